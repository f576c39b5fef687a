//! Panics in a handler, an actor and a committer of the whole application: each costs at most the requests in
//! flight on that wallet. One in a page of the panel costs that page.
//!
//! A place is planted for the whole process, so stories with the same places are one after another.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

use std::io;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::app::TestApp;
use testkit::postgres;
use wallet_engine::failpoint::{is_planted, plant};

/// Held by a test whose places another test has as well.
static PLACES: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Requests in flight on the wallet.
const IN_FLIGHT: i64 = 16;

#[actix_web::test]
async fn a_panic_costs_at_most_what_is_in_flight_on_that_wallet() {
    let _alone = PLACES.lock().await;
    for place in [
        "handler",
        "actor takes",
        "actor notified",
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

#[actix_web::test]
async fn a_panic_costs_transfers_in_flight_and_never_half_of_one() {
    let _alone = PLACES.lock().await;
    for place in [
        "actor takes",
        "actor notified",
        "committer takes",
        "committer wrote",
    ] {
        let app = TestApp::spawn().await;
        let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
        for wallet in [&alice, &bob] {
            assert_eq!(app.deposit(wallet, "100.00").await.0, 200);
        }
        let pay = async |from: &str, to: &str| {
            let to = to.split('/').nth(3).unwrap();
            let body = json!({"to": to, "amount": "1.00"});
            app.post(&format!("{from}transfers/"), &body).await
        };

        plant(place);
        let both_ways = (0..IN_FLIGHT).map(|n| {
            let pair = [&alice, &bob];
            let (from, to) = (pair[usize::from(n % 2 == 0)], pair[usize::from(n % 2 == 1)]);
            pay(from, to)
        });
        let answers = join_all(both_ways).await;
        assert!(!is_planted(place), "{place}: nobody came by");

        let (mut acknowledged, mut open) = (0, 0);
        for (status, body) in answers {
            match status {
                201 => acknowledged += 1,
                500 => open += 1,
                503 => {}
                _ => panic!("{place}: {status} {body}"),
            }
        }
        // Both wallets go on, together and alone.
        assert_eq!(pay(&alice, &bob).await.0, 201, "{place}");
        assert_eq!(pay(&bob, &alice).await.0, 201, "{place}");
        assert_eq!(app.deposit(&alice, "1.00").await.0, 200, "{place}");
        assert_eq!(app.withdraw(&bob, "1.00").await.0, 200, "{place}");

        let rows = app.audited_operations().await - 4;
        assert_eq!(rows % 2, 0, "{place}: half of a transfer");
        let written = rows / 2 - 2;
        assert!(
            (acknowledged..=acknowledged + open).contains(&written),
            "{place}: {written} transfers, {acknowledged} acknowledged, {open} open"
        );
        let mut cents = 0.0;
        for wallet in [&alice, &bob] {
            cents += app.balance(wallet).await.parse::<f64>().unwrap() * 100.0;
        }
        assert!((cents - 20_000.0).abs() < 0.5, "{place}: {cents}");
        assert_eq!(app.get("/readyz").await.0, 200, "{place}");
        app.stop().await.unwrap();
    }
}

/// What this process logs.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The line of the request with this id.
fn request_line(id: &str) -> Value {
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut found = lines.filter(|line: &Value| line["request.id"] == id);
    let line = found.next().unwrap();
    assert!(found.next().is_none(), "{id} has one line");
    line
}

#[actix_web::test]
async fn a_page_that_panics_and_one_that_is_too_slow_have_their_lines_in_the_log() {
    let logger = tracing_subscriber::fmt().json().flatten_event(true);
    logger.with_writer(|| Log).init();
    let app = TestApp::spawn_with(|config| config.server.page_max = Duration::from_secs(1)).await;
    let get = async |path: &str, id: &str| {
        let cookie = format!("wallet_admin={}", "0".repeat(64));
        let request = app.http.get(app.url(path)).header("cookie", cookie);
        let answer = request.header("x-request-id", id).send().await.unwrap();
        assert_eq!(answer.headers()["x-request-id"], id);
        assert_eq!(answer.headers()["x-frame-options"], "DENY");
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    plant("panel");
    let (status, page) = get("/admin/sign-in/", "panics").await;
    assert_eq!(status, 500);
    assert!(
        page.contains("<html") && !page.contains("planted"),
        "{page}"
    );
    let line = request_line("panics");
    assert_eq!(line["message"], "request failed");
    assert_eq!(line["route"], "/admin/sign-in/");
    assert_eq!(line["status"], 500);
    let error = line["error"].as_str().unwrap();
    assert!(error.ends_with("panicked: planted: panel"), "{error}");

    let other = postgres::connect(&app.database).await;
    let lock = "BEGIN; LOCK TABLE admin_sessions";
    other.batch_execute(lock).await.unwrap();
    let (status, page) = get("/admin/", "is-slow").await;
    assert_eq!(status, 503);
    assert!(page.contains("<html"), "{page}");
    other.batch_execute("ROLLBACK").await.unwrap();
    let line = request_line("is-slow");
    assert_eq!(line["message"], "request refused");
    assert_eq!(
        (&line["route"], &line["status"]),
        (&json!("/admin/"), &json!(503))
    );

    app.stop().await.unwrap();
}
