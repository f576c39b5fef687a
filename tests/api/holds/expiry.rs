//! Holds whose time is over.

use std::time::Duration;

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration as Span, OffsetDateTime};
use tokio::time::{sleep, timeout};

use super::{answered, asked, assert_problem, hold, post, told};
use crate::app::TestApp;
use crate::postgres;

/// Nothing here takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until it is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    let asking = async {
        while !is_so().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, asking).await.expect("it becomes so");
}

/// The rows that released holds, as the history tells them.
async fn releases(app: &TestApp, wallet: &str) -> Vec<Value> {
    let (status, page) = app.get(&format!("{wallet}operations/?kind=RELEASE")).await;
    assert_eq!(status, 200);
    page["results"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn what_was_held_is_available_at_its_moment_and_a_capture_comes_too_late() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let placed = hold(&app, &alice, &json!({"amount": "30.00", "expires_in": 1})).await;
    let path = |what: &str| format!("holds/{}/{what}/", placed["id"]);
    let part = json!({"amount": "10.00"});
    assert_eq!(post(&app, &alice, &path("capture"), &part).await.0, 200);
    until(async || told(&app, &alice, &placed["id"]).await["status"] != "open").await;

    let ended = told(&app, &alice, &placed["id"]).await;
    assert_eq!(ended["status"], "captured", "something was");
    assert_eq!(
        (&ended["released"], &ended["remaining"]),
        (&json!("20.00"), &json!("0.00"))
    );
    for what in ["capture", "void"] {
        let refused = post(&app, &alice, &path(what), &json!({})).await;
        assert_problem(&refused, 409, "hold_expired");
        assert_eq!(refused.1["hold"], ended);
    }
    let (_, balance) = app.get(&format!("{alice}balance/")).await;
    assert_eq!(
        (&balance["held"], &balance["available"]),
        (&json!("0.00"), &json!("90.00"))
    );
    assert_eq!(app.withdraw(&alice, "90.00").await.0, 200);
    let released = releases(&app, &alice).await;
    assert_eq!(released.len(), 1, "{released:?}");
    assert_eq!(released[0]["expires_at"], placed["expires_at"]);
    assert_eq!(released[0]["amount"], "20.00");
    assert_eq!(app.audited_operations().await, 5);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_quiet_wallet_s_hold_is_released_once_whatever_engines_are_there() {
    let here = TestApp::spawn().await;
    let there = TestApp::spawn_on(here.database.clone(), |_| {}).await;
    let alice = here.wallet("alice").await;
    here.deposit(&alice, "100").await;
    let placed = hold(&here, &alice, &json!({"amount": "30.00", "expires_in": 1})).await;
    until(async || !releases(&here, &alice).await.is_empty()).await;
    assert_eq!(
        told(&there, &alice, &placed["id"]).await["status"],
        "expired"
    );
    for app in [&here, &there] {
        assert_eq!(app.withdraw(&alice, "50.00").await.0, 200);
    }
    assert_eq!(releases(&here, &alice).await.len(), 1);
    assert_eq!(here.audited_operations().await, 5);
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}

#[actix_web::test]
async fn a_hold_expires_while_no_engine_is_there() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let placed = hold(&app, &alice, &json!({"amount": "30.00", "expires_in": 2})).await;
    let database = app.database.clone();
    app.stop().await.unwrap();
    let client = postgres::connect(&database).await;
    until(async || {
        let row = client.query_one("SELECT now() > max(expires_at) FROM holds", &[]);
        row.await.unwrap().get(0)
    })
    .await;

    let app = TestApp::spawn_on(database, |_| {}).await;
    assert_eq!(told(&app, &alice, &placed["id"]).await["status"], "expired");
    let (_, balance) = app.get(&format!("{alice}balance/")).await;
    assert_eq!(balance["available"], "100.00");
    assert_eq!(app.withdraw(&alice, "100.00").await.0, 200);
    assert_eq!(releases(&app, &alice).await.len(), 1);
    assert_eq!(app.audited_operations().await, 4);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_hold_is_answered_again_under_its_key_although_its_time_is_over() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let soon = OffsetDateTime::now_utc() + Span::seconds(2);
    let body = json!({"amount": "30.00", "expires_at": soon.format(&Rfc3339).unwrap()});
    let place = |key: &'static str| {
        let request = asked(&app, &alice, "holds/", &body);
        answered(request.header("Idempotency-Key", key))
    };
    let (status, replayed, placed) = place("k").await;
    assert_eq!((status, replayed), (201, false), "{placed}");
    until(async || told(&app, &alice, &placed["id"]).await["status"] == "expired").await;
    assert_eq!(place("k").await, (201, true, placed));
    // It is too late for another one.
    for answer in [
        place("other").await,
        answered(asked(&app, &alice, "holds/", &body)).await,
    ] {
        let (status, _, problem) = answer;
        assert_problem(&(status, problem.clone()), 400, "invalid_request");
        assert!(problem["errors"]["expires_at"][0].is_string(), "{problem}");
    }
    app.audited_operations().await;
    app.stop().await.unwrap();
}
