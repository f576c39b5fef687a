//! Browsers' pages of other origins.

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use wallet_engine::config::Config;

use crate::access::callers::{Answered, Protected, answered};
use crate::app::TestApp;
use crate::metrics::{measured, scrape};

const PAGE: &str = "https://app.example.com";
const ALLOWED: &str = "access-control-allow-origin";

fn with_origins(config: &mut Config) {
    config.server.cors_origins = format!("{PAGE},http://localhost:5173").parse().unwrap();
}

fn preflight(request: RequestBuilder, origin: &str) -> RequestBuilder {
    request
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,idempotency-key",
        )
}

fn allows_nothing(answer: &Answered) {
    let about_pages = answer
        .headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control"));
    assert_eq!(about_pages.count(), 0, "{answer:?}");
}

fn allows(answer: &Answered) {
    assert_eq!(answer.all(ALLOWED), [PAGE], "{answer:?}");
    assert!(
        !answer
            .headers
            .contains_key("access-control-allow-credentials")
    );
    assert!(
        answer
            .all("vary")
            .join(",")
            .to_lowercase()
            .contains("origin"),
        "{answer:?}"
    );
}

#[actix_web::test]
async fn no_page_may_call_by_default() {
    let app = TestApp::spawn().await;
    let get = app.http.get(app.url("/api/schema/")).header("origin", PAGE);
    let answer = answered(get).await;
    assert_eq!(answer.status, 200);
    allows_nothing(&answer);
    let asked = app.http.request(Method::OPTIONS, app.url("/api/register/"));
    allows_nothing(&answered(preflight(asked, PAGE)).await);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_preflight_of_an_allowed_page_is_answered_without_a_key_and_counted() {
    let engine = Protected::spawn_with(|config| {
        with_origins(config);
        measured(config);
    })
    .await;
    let alice = engine.owner("alice").await;
    let path = format!("{}operation/", alice.path);
    let answer = answered(preflight(engine.request(Method::OPTIONS, &path), PAGE)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    allows(&answer);
    assert!(
        answer.headers.contains_key("x-request-id"),
        "it is in the request log"
    );
    let methods = answer.all("access-control-allow-methods").join(",");
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        assert!(methods.contains(method), "{methods}");
    }
    let headers = answer
        .all("access-control-allow-headers")
        .join(",")
        .to_lowercase();
    for header in [
        "authorization",
        "content-type",
        "idempotency-key",
        "accept-language",
    ] {
        assert!(headers.contains(header), "{headers}");
    }
    assert_eq!(answer.all("access-control-max-age"), ["7200"]);
    let samples = scrape(&engine.app).await;
    let labels = "route=\"/api/wallets/{wallet}/operation/\",status=\"200\"";
    let name = format!("wallet_engine_http_request_seconds_count{{{labels}}}");
    assert_eq!(samples.get(&name), Some(&1.0));
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_page_that_is_not_allowed_is_served_as_any_client_and_not_marked() {
    let engine = Protected::spawn_with(with_origins).await;
    let alice = engine.owner("alice").await;
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.com.evil.example",
        "*",
        "",
    ] {
        let request = engine
            .request(Method::GET, &alice.path)
            .header("origin", origin);
        let answer = answered(request.header("authorization", &engine.key)).await;
        assert_eq!(answer.status, 200);
        allows_nothing(&answer);
        // As OPTIONS of anybody: without a key it is refused, with one it describes the address.
        let asked = || preflight(engine.request(Method::OPTIONS, &alice.path), origin);
        let refused = answered(asked()).await;
        assert_eq!(refused.status, 401, "{refused:?}");
        allows_nothing(&refused);
        let described = answered(asked().header("authorization", &engine.key)).await;
        assert_eq!(described.status, 200);
        assert_eq!(described.json()["name"], "Wallet Detail");
        allows_nothing(&described);
    }
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn every_answer_to_an_allowed_page_is_marked_errors_too() {
    let engine = Protected::spawn_with(with_origins).await;
    let alice = engine.owner("alice").await;
    let (path, missing) = (format!("{}operation/", alice.path), "/api/nothing/");
    let with_key = |request: RequestBuilder| request.header("authorization", &engine.key);
    let deposit = json!({"operationType": "DEPOSIT", "amount": "1.00"});
    let post = |path: &str| engine.request(Method::POST, path);
    for (request, status) in [
        (with_key(post(&path)).json(&deposit), 200),
        (post(&path).json(&deposit), 401),
        (with_key(post(&path)).json(&json!({})), 400),
        (with_key(post(&path)).body("x".repeat(70_000)), 413),
        (engine.request(Method::GET, missing), 404),
        (with_key(engine.request(Method::GET, &path)), 405),
        (post("/api/token/").json(&json!({})), 400),
    ] {
        let answer = answered(request.header("origin", PAGE)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        allows(&answer);
        let exposed = answer
            .all("access-control-expose-headers")
            .join(",")
            .to_lowercase();
        for header in [
            "location",
            "retry-after",
            "www-authenticate",
            "idempotency-replayed",
            "statement-final",
            "x-request-id",
        ] {
            assert!(exposed.contains(header), "{exposed}");
        }
    }
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_page_may_read_that_it_calls_too_often() {
    use std::num::NonZeroU32;
    use wallet_engine::config::ClientRate;

    let app = TestApp::spawn_with(|config| {
        with_origins(config);
        config.server.client_rate = Some(ClientRate {
            per_s: NonZeroU32::new(1).unwrap(),
            burst: NonZeroU32::new(2).unwrap(),
        });
    })
    .await;
    let mut limited = false;
    for _ in 0..50 {
        let get = app.http.get(app.url("/api/schema/")).header("origin", PAGE);
        let answer = answered(get).await;
        allows(&answer);
        limited |= answer.status == 429;
    }
    assert!(limited);
    // A preflight costs nothing of that.
    let asked = app.http.request(Method::OPTIONS, app.url("/api/register/"));
    assert_eq!(answered(preflight(asked, PAGE)).await.status, 200);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_panel_is_no_page_s_to_call() {
    let app = TestApp::spawn_with(with_origins).await;
    for path in ["/admin/sign-in/", "/livez", "/"] {
        let get = app.http.get(app.url(path)).header("origin", PAGE);
        allows_nothing(&answered(get).await);
        let asked = app.http.request(Method::OPTIONS, app.url(path));
        let asked = answered(preflight(asked, PAGE)).await;
        allows_nothing(&asked);
    }
    app.stop().await.unwrap();
}
