//! `/metrics`: what is told is what was done.

mod prometheus;

use std::collections::HashMap;

use serde_json::json;
use wallet_engine::config::{Config, MetricsConfig};

use crate::app::TestApp;
use crate::postgres;

/// With one HTTP thread, so that no actor moves to another.
pub(crate) fn measured(config: &mut Config) {
    config.metrics = MetricsConfig::At(([127, 0, 0, 1], 0).into());
    config.server.workers = 1;
}

/// Every sample by its name and labels, as they are written.
pub(crate) async fn scrape(app: &TestApp) -> HashMap<String, f64> {
    let url = format!("http://{}/metrics", app.metrics.unwrap());
    let answer = app.http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let content_type = answer.headers()["content-type"].to_str().unwrap();
    assert!(content_type.starts_with("text/plain; version=0.0.4"));
    let text = answer.text().await.unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let samples = samples.map(|line| line.rsplit_once(' ').unwrap());
    samples
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

fn assert_told(told: &HashMap<String, f64>, wanted: &[(&str, u32)]) {
    for (name, value) in wanted {
        let name = format!("wallet_engine_{name}");
        assert_eq!(told.get(&name), Some(&f64::from(*value)), "{name}");
    }
}

async fn keyed(app: &TestApp, wallet: &str, amount: &str) -> u16 {
    let body = json!({"operationType": "DEPOSIT", "amount": amount});
    let url = app.url(&format!("{wallet}operation/"));
    let sent = app
        .http
        .post(url)
        .header("Idempotency-Key", "k")
        .json(&body);
    sent.send().await.unwrap().status().as_u16()
}

#[actix_web::test]
async fn what_is_counted_is_exactly_what_was_done() {
    let app = TestApp::spawn_with(measured).await;
    let wallet = app.wallet("alice").await;
    app.wallet("bob").await;
    for _ in 0..10 {
        assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);
    }
    for _ in 0..3 {
        assert_eq!(app.withdraw(&wallet, "100.00").await.0, 400);
    }
    let statuses = [
        keyed(&app, &wallet, "1.00").await,
        keyed(&app, &wallet, "1.00").await,
        keyed(&app, &wallet, "2.00").await,
        app.deposit(&wallet, "0").await.0,
        app.deposit("/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/", "1")
            .await
            .0,
    ];
    assert_eq!(statuses, [200, 200, 422, 400, 404]);
    for _ in 0..5 {
        app.balance(&wallet).await;
    }
    assert_eq!(app.get(&format!("{wallet}operations/")).await.0, 200);
    assert_eq!(app.get(&format!("{wallet}operations/1/")).await.0, 200);
    assert_eq!(app.get("/metrics").await.0, 404);

    let told = scrape(&app).await;
    let request = |route: &str, status: u16| {
        format!("http_request_seconds_count{{route=\"{route}\",status=\"{status}\"}}")
    };
    for (route, status, times) in [
        ("/api/register/", 201, 2),
        ("/api/wallets/{wallet}/", 200, 5),
        ("/api/wallets/{wallet}/operation/", 200, 12),
        ("/api/wallets/{wallet}/operation/", 400, 4),
        ("/api/wallets/{wallet}/operation/", 404, 1),
        ("/api/wallets/{wallet}/operation/", 422, 1),
        ("/api/wallets/{wallet}/operations/", 200, 1),
        ("/api/wallets/{wallet}/operations/{id}/", 200, 1),
        ("unknown", 404, 1),
    ] {
        assert_told(&told, &[(&request(route, status), times)]);
    }
    assert_told(
        &told,
        &[
            ("operations_total{outcome=\"committed\"}", 11),
            ("operations_total{outcome=\"replayed\"}", 1),
            ("operations_total{outcome=\"insufficient_funds\"}", 3),
            ("operations_total{outcome=\"key_reused\"}", 1),
            ("operations_total{outcome=\"wallet_not_found\"}", 1),
            ("operations_total{outcome=\"unavailable\"}", 0),
            // Also what turned out to be a repetition was sent.
            ("commits_total{outcome=\"committed\"}", 13),
            ("commit_seconds_count", 13),
            ("commit_operations_sum", 13),
            ("commit_wallets_sum", 13),
            ("guard_misses_total", 0),
            ("actors_retired_total", 0),
            ("actors", 1),
            ("waiting", 0),
            ("waiting_max", 20_000),
            ("wallets_waited_on", 0),
            ("pool_max", 6),
            ("pool_used", 0),
            ("pool_waiting", 0),
            ("database_up", 1),
        ],
    );
    // Whether the actor rests by now is a matter of time.
    assert!(told["wallet_engine_actors_spawned_total"] >= 1.0);
    assert!(told["wallet_engine_resting_wallets"] <= 1.0);
    for name in [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_start_time_seconds",
    ] {
        assert!(told[name] > 0.0, "{name}");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wallet_that_another_engine_wrote_is_a_guard_miss() {
    let app = TestApp::spawn_with(measured).await;
    let other = TestApp::spawn_on(app.database.clone(), |_| {}).await;
    let wallet = app.wallet("alice").await;
    for app in [&app, &other, &app] {
        assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);
    }
    let told = scrape(&app).await;
    assert_told(
        &told,
        &[
            ("guard_misses_total", 1),
            ("operations_total{outcome=\"committed\"}", 2),
            ("commit_operations_sum", 3),
        ],
    );
    other.stop().await.unwrap();
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_database_that_does_not_answer_is_told_until_it_does() {
    let app = TestApp::spawn_with(measured).await;
    let name = app.database.get_dbname().unwrap().to_owned();
    let mut server = app.database.clone();
    server.dbname("postgres");
    let administrator = postgres::connect(&server).await;
    assert_told(&scrape(&app).await, &[("database_up", 1)]);
    // One after the other: until the first is committed, a session that ends is replaced.
    for away in [
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
        format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
        ),
    ] {
        administrator.batch_execute(&away).await.unwrap();
    }
    while scrape(&app).await["wallet_engine_database_up"] > 0.0 {}
    let back = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    administrator.batch_execute(&back).await.unwrap();
    while scrape(&app).await["wallet_engine_database_up"] < 1.0 {}
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn engines_share_a_machine_although_one_alone_has_the_usual_address_for_metrics() {
    let first = TestApp::spawn_with(measured).await;
    let taken = first.metrics.unwrap();
    let second = TestApp::spawn_with(|config| config.metrics = MetricsConfig::IfFree(taken)).await;
    let others = second.metrics.unwrap();
    assert_eq!(others.ip(), taken.ip());
    let wallet = second.wallet("alice").await;
    assert_eq!(second.deposit(&wallet, "1.00").await.0, 200);
    let committed = r#"operations_total{outcome="committed"}"#;
    assert_told(&scrape(&second).await, &[(committed, 1)]);
    assert_told(&scrape(&first).await, &[(committed, 0)]);
    first.stop().await.unwrap();
    second.stop().await.unwrap();
}
