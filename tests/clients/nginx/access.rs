//! Engines with `WALLET_AUTH` on behind nginx: the client's credentials reach them, and nobody else learns of them.

use std::fs;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use tokio::time::{Instant, sleep};
use wallet_engine::auth::{Scope, Secret};

use super::{AsInTheStack, Behind, Configured, Engines, Limited, PATIENCE, status};
use crate::bank::{client_with, close, make_key};
use crate::faults::Fate::ResponseLost;

const ORIGIN: &str = "https://app.example.com";

/// Two engines that take a key, with one wallet, and nginx.
struct Closed {
    engines: Engines,
    behind: Behind,
    key: Secret,
}

impl Closed {
    async fn start(configured: Configured) -> Self {
        let mut apps = Engines::spawn(|config| {
            close(config);
            config.server.cors_origins = ORIGIN.parse().unwrap();
        })
        .await;
        let key = make_key(&apps[0], &Scope::ALL).await;
        for app in &mut apps {
            app.http = client_with(&key);
        }
        let wallet = apps[0].wallet("alice").await;
        let engines = Engines { apps, wallet };
        let behind = engines.behind(configured).await;
        Self {
            engines,
            behind,
            key,
        }
    }

    fn with(&self, key: &Secret, method: Method, path: &str) -> RequestBuilder {
        let request = self.behind.request(method, path);
        request.bearer_auth(key.expose())
    }

    /// The addresses of nginx and of an engine.
    fn addresses(&self) -> [String; 2] {
        let addresses = [self.behind.nginx.address, self.engines.apps[0].address];
        addresses.map(|address| format!("http://{address}"))
    }
}

/// What a client goes by, of a response.
async fn told(request: RequestBuilder) -> (u16, Vec<String>, Vec<String>, String) {
    let response = request.send().await.unwrap();
    let all = |headers: &HeaderMap, name: &str| {
        let values = headers.get_all(name).iter();
        values
            .map(|value| value.to_str().unwrap().to_owned())
            .collect()
    };
    let challenges = all(response.headers(), "www-authenticate");
    let content_types = all(response.headers(), "content-type");
    let status = response.status().as_u16();
    (
        status,
        challenges,
        content_types,
        response.text().await.unwrap(),
    )
}

#[actix_web::test]
async fn the_key_reaches_the_engine_that_is_tried_next_as_well_and_no_response_is_kept() {
    let closed = Closed::start(AsInTheStack).await;
    let (behind, wallet) = (&closed.behind, &closed.engines.wallet);
    behind.faults.plan(&[ResponseLost]);
    let read = closed.with(&closed.key, Method::GET, wallet);
    assert_eq!(status(read).await, 200);
    assert_eq!(behind.faults.statuses(), [200, 200]);
    assert_eq!(status(behind.request(Method::GET, wallet)).await, 401);
    closed.engines.stop().await;
}

#[actix_web::test]
async fn what_the_engine_refuses_passes_as_it_is() {
    let closed = Closed::start(AsInTheStack).await;
    let reader = make_key(&closed.engines.apps[0], &[Scope::WalletsRead]).await;
    let made_up = Secret::new_key().unwrap();
    let wallet = &closed.engines.wallet;
    let operation = format!("{wallet}operation/");
    let transfers = format!("{wallet}transfers/");
    let http = Client::new();
    for (key, method, path, expected) in [
        (None, Method::GET, wallet, 401),
        (None, Method::POST, &operation, 401),
        (None, Method::POST, &transfers, 401),
        (None, Method::DELETE, &operation, 401),
        (Some(&made_up), Method::GET, wallet, 401),
        (Some(&made_up), Method::POST, &transfers, 401),
        (Some(&reader), Method::POST, &operation, 403),
        (Some(&reader), Method::POST, &transfers, 403),
    ] {
        let mut seen = Vec::new();
        for address in closed.addresses() {
            let request = http.request(method.clone(), format!("{address}{path}"));
            let request = request.json(&json!({"amount": "1.00"}));
            seen.push(match key {
                Some(key) => told(request.bearer_auth(key.expose())).await,
                None => told(request).await,
            });
        }
        assert_eq!(seen[0], seen[1], "{method} {path}");
        assert_eq!(seen[0].0, expected, "{method} {path}");
        assert!(!seen[0].1.is_empty(), "{method} {path}: no challenge");
    }
    closed.engines.stop().await;
}

#[actix_web::test]
async fn a_browsers_question_passes_and_so_does_the_answer() {
    let closed = Closed::start(AsInTheStack).await;
    let http = Client::new();
    let wallet = &closed.engines.wallet;
    let mut seen = Vec::new();
    for address in closed.addresses() {
        let preflight = http.request(Method::OPTIONS, format!("{address}{wallet}"));
        let preflight = preflight
            .header("Origin", ORIGIN)
            .header("Access-Control-Request-Method", "GET")
            .header("Access-Control-Request-Headers", "authorization");
        let answered = preflight.send().await.unwrap();
        assert_eq!(answered.status(), 200);
        let read = http
            .get(format!("{address}{wallet}"))
            .header("Origin", ORIGIN);
        let read = read.bearer_auth(closed.key.expose()).send().await.unwrap();
        assert_eq!(read.status(), 200);
        let of = |headers: &HeaderMap| -> Vec<(String, String)> {
            let cors = headers
                .iter()
                .filter(|(name, _)| name.as_str().starts_with("access-control-"));
            let mut cors: Vec<_> = cors
                .map(|(name, value)| (name.to_string(), sorted(value.to_str().unwrap())))
                .collect();
            cors.sort_unstable();
            cors
        };
        seen.push((of(answered.headers()), of(read.headers())));
    }
    assert_eq!(seen[0], seen[1]);
    let allowed = ("access-control-allow-origin".to_owned(), ORIGIN.to_owned());
    assert!(
        seen[0].0.contains(&allowed) && seen[0].1.contains(&allowed),
        "{seen:?}"
    );
    closed.engines.stop().await;
}

/// The names of a list, which may come in any order.
fn sorted(list: &str) -> String {
    let mut names: Vec<_> = list.split(", ").collect();
    names.sort_unstable();
    names.join(", ")
}

#[actix_web::test]
async fn no_log_of_nginx_has_the_key() {
    let closed = Closed::start(AsInTheStack).await;
    let read = closed.with(&closed.key, Method::GET, &closed.engines.wallet);
    let named = read.header("X-Request-Id", "of-the-client");
    assert_eq!(status(named).await, 200);
    let log = closed.behind.nginx.files.path().join("access.log");
    let begun = Instant::now();
    let text = loop {
        let text = fs::read_to_string(&log).unwrap();
        if text.contains("of-the-client") {
            break text;
        }
        assert!(begun.elapsed() < PATIENCE, "{text}");
        sleep(Duration::from_millis(5)).await;
    };
    assert!(
        !text.contains(closed.key.expose()) && !text.contains("Bearer"),
        "{text}"
    );
    closed.engines.stop().await;
}

#[actix_web::test]
async fn an_address_that_asks_too_often_is_refused_before_any_engine_looks_for_its_key() {
    let closed = Closed::start(Limited).await;
    closed.behind.faults.plan(&[]);
    let made_up = Secret::new_key().unwrap();
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let read = closed.with(&made_up, Method::GET, &closed.engines.wallet);
        statuses.push(status(read).await);
    }
    assert_eq!(statuses[..4], [401; 4]);
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!(closed.behind.faults.seen().len(), 20 - refused);
    assert!(refused > 0, "{statuses:?}");
    closed.engines.stop().await;
}
