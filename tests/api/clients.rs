//! How the engine meets its clients: how often they may ask, who they are behind proxies, and for which host.

use std::num::NonZeroU32;

use futures_util::future::join_all;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use wallet_engine::config::{ClientRate, Config, MetricsConfig};

use crate::app::TestApp;

/// One a second would be the next, so that a test sees the burst alone.
fn limited(config: &mut Config) {
    config.server.client_rate = Some(ClientRate {
        per_s: NonZeroU32::new(1).unwrap(),
        burst: NonZeroU32::new(5).unwrap(),
    });
}

fn behind_a_proxy(config: &mut Config) {
    limited(config);
    config.server.trusted_proxies = "127.0.0.0/8".parse().unwrap();
}

fn get(app: &TestApp, path: &str) -> RequestBuilder {
    app.http.get(app.url(path))
}

/// The same request, as often as nobody may ask.
async fn insist(request: &RequestBuilder) -> Vec<Response> {
    let sent = (0..100).map(|_| request.try_clone().unwrap().send());
    let answers = join_all(sent).await;
    answers.into_iter().map(Result::unwrap).collect()
}

fn refused(answers: &[Response]) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status() == 429)
        .count()
}

#[actix_web::test]
async fn who_asks_too_often_is_told_when_to_come_again_and_health_is_no_asking() {
    let app = TestApp::spawn_with(|config| {
        limited(config);
        config.metrics = MetricsConfig::At("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let answers = insist(&get(&app, "/api/schema/")).await;
    let well = answers.iter().filter(|answer| answer.status() == 200);
    assert!(well.count() >= 5);
    assert!(refused(&answers) > 0);
    for answer in answers {
        if answer.status() == 429 {
            assert_eq!(answer.headers()["retry-after"], "1");
            assert!(answer.headers().contains_key("x-request-id"));
            let body: Value = answer.json().await.unwrap();
            let words = "Слишком много запросов, повторите запрос позже.";
            assert_eq!(body, json!({"detail": words}));
        }
    }
    for path in ["/livez", "/readyz"] {
        assert_eq!(refused(&insist(&get(&app, path)).await), 0, "{path}");
    }
    let metrics = format!("http://{}/metrics", app.metrics.unwrap());
    let metrics = app.http.get(metrics).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains(r#"route="/api/schema/",status="429""#));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_body_that_nobody_reads_does_not_cost_its_client_the_refusal() {
    let app = TestApp::spawn_with(limited).await;
    let body = "x".repeat(60_000);
    let request = app.http.post(app.url("/api/register/")).body(body);
    let answers = insist(&request).await;
    assert!(refused(&answers) > 0);
    assert!(
        answers
            .iter()
            .all(|answer| [415, 429].contains(&answer.status().as_u16()))
    );
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn without_a_limit_nobody_is_refused() {
    let app = TestApp::spawn().await;
    assert_eq!(refused(&insist(&get(&app, "/api/schema/")).await), 0);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn clients_behind_a_proxy_are_told_apart_and_none_passes_for_another() {
    let app = TestApp::spawn_with(behind_a_proxy).await;
    let of = |client: &str| get(&app, "/api/schema/").header("X-Forwarded-For", client);
    assert!(refused(&insist(&of("203.0.113.1")).await) > 0);
    // Its own tales do not make it anybody else.
    for n in 0..5 {
        let tale = format!("198.51.100.{n}, 203.0.113.1");
        assert!(refused(&insist(&of(&tale)).await) > 0);
    }
    let another = of("203.0.113.2").send().await.unwrap();
    assert_eq!(another.status(), 200);
    let told = of("198.51.100.1").send().await.unwrap();
    assert_eq!(told.status(), 200, "its allowance was not touched");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_proxy_that_is_not_trusted_makes_nobody_somebody_else() {
    let app = TestApp::spawn_with(limited).await;
    let sent = (0..100).map(|n| {
        let client = format!("203.0.113.{n}");
        let request = get(&app, "/api/schema/").header("X-Forwarded-For", client);
        request.send()
    });
    let answers = join_all(sent).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(refused(&answers) > 0);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn only_the_hosts_that_are_named_are_served_and_health_by_any() {
    let app = TestApp::spawn_with(|config| {
        config.server.allowed_hosts = ".example.com,[::1]".parse().unwrap();
    })
    .await;
    let status = async |path: &str, host: &str| {
        let sent = get(&app, path).header("Host", host).send();
        let answer = sent.await.unwrap();
        let status = answer.status().as_u16();
        if status == 400 {
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body, json!({"detail": "Bad request."}));
        }
        status
    };
    for host in ["example.com", "API.Example.com:8000", "[::1]:8000"] {
        assert_eq!(status("/api/schema/", host).await, 200, "{host}");
    }
    for host in [
        "evil.org",
        "127.0.0.1",
        "example.com.evil.org",
        "evil@example.com",
        "",
    ] {
        assert_eq!(status("/api/schema/", host).await, 400, "{host}");
        assert_eq!(status("/nothing", host).await, 400, "{host}");
        assert_eq!(status("/livez", host).await, 200, "{host}");
        assert_eq!(status("/readyz", host).await, 200, "{host}");
    }
    app.stop().await.unwrap();
}
