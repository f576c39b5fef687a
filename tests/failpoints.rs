//! Panics in a handler, an actor and a committer of the whole application: each costs at most the requests in
//! flight on that wallet.
//!
//! A story after another in one test: a place is planted for the whole process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

#[path = "api/app.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod app;
#[path = "api/postgres.rs"]
mod postgres;

use futures_util::future::join_all;
use serde_json::json;
use wallet_engine::failpoint::{is_planted, plant};

use app::TestApp;

/// Requests in flight on the wallet.
const IN_FLIGHT: i64 = 16;

#[actix_web::test]
async fn a_panic_costs_at_most_what_is_in_flight_on_that_wallet() {
    for place in [
        "handler",
        "actor takes",
        "actor told",
        "committer takes",
        "committer wrote",
    ] {
        let app = TestApp::spawn().await;
        let (wallet, other) = (app.wallet("alice").await, app.wallet("bob").await);
        assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);
        assert_eq!(app.deposit(&other, "1.00").await.0, 200);

        plant(place);
        let answers = join_all((0..IN_FLIGHT).map(|_| app.deposit(&wallet, "1.00"))).await;

        assert!(!is_planted(place), "{place}: nobody came by");
        let (mut acknowledged, mut open) = (2, 0);
        for (status, body) in answers {
            let detail = match status {
                200 => {
                    acknowledged += 1;
                    continue;
                }
                500 => {
                    open += 1;
                    "Ошибка при обработке операции кошелька"
                }
                _ => "Сервис недоступен, повторите запрос позже.",
            };
            let hidden = json!({ "detail": detail });
            assert!([500, 503].contains(&status), "{place}: {status}");
            assert_eq!(body, hidden, "{place}: {status}");
        }
        assert!(acknowledged < 2 + IN_FLIGHT, "{place}: it cost nothing");
        assert_eq!(app.deposit(&other, "1.00").await.0, 200, "{place}");
        assert_eq!(app.deposit(&wallet, "1.00").await.0, 200, "{place}");
        acknowledged += 2;

        let written = app.audited_operations().await;
        assert!(
            (acknowledged..=acknowledged + open).contains(&written),
            "{place}: {written} operations, {acknowledged} acknowledged, {open} open"
        );
        assert_eq!(app.balance(&other).await, "2.00", "{place}");
        assert_eq!(app.balance(&wallet).await, format!("{}.00", written - 2));
        assert_eq!(app.get("/readyz").await.0, 200, "{place}");
        // Also what the panic cost has left the engine: a stop waits for whoever is inside.
        app.stop().await.unwrap();
    }
}
