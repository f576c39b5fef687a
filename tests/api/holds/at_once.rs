//! Many at once on one hold, or on one wallet, and two engines.

use futures_util::future::join_all;
use serde_json::json;
use wallet_engine::config::Config;

use super::{assert_problem, cents, hold, post, told};
use crate::app::TestApp;

fn shared(config: &mut Config) {
    config.engine.shared = true;
}

#[actix_web::test]
async fn of_fifty_captures_and_voids_at_once_of_one_hold_one_is_done() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let placed = hold(&app, &alice, &json!({"amount": "30.00"})).await;
    let tries = (0..50).map(async |n| {
        let what = if n % 2 == 0 { "capture" } else { "void" };
        let path = format!("holds/{}/{what}/", placed["id"]);
        post(&app, &alice, &path, &json!({})).await
    });
    let answers = join_all(tries).await;
    let closed = told(&app, &alice, &placed["id"]).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|it| it.0 == 200);
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].1["hold"], closed);
    for answer in refused {
        assert_problem(&answer, 409, "hold_closed");
        assert_eq!(answer.1["hold"], closed);
    }
    let left = 10_000 - cents(&closed["captured"]);
    assert_eq!(cents(&json!(app.balance(&alice).await)), left);
    assert_eq!(app.audited_operations().await, 3);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn of_forty_holds_at_once_as_many_are_placed_as_there_is_money() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "50").await;
    let body = json!({"amount": "2.00"});
    let answers = join_all((0..40).map(|_| post(&app, &alice, "holds/", &body))).await;
    let (placed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|it| it.0 == 201);
    assert_eq!(placed.len(), 25);
    for answer in refused {
        assert_problem(&answer, 409, "insufficient_funds");
    }
    let (_, balance) = app.get(&format!("{alice}balance/")).await;
    assert_eq!(
        (&balance["held"], &balance["available"]),
        (&json!("50.00"), &json!("0.00"))
    );
    assert_eq!(app.audited_operations().await, 26);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn two_engines_take_no_more_than_was_held() {
    let here = TestApp::spawn_with(shared).await;
    let there = TestApp::spawn_on(here.database.clone(), shared).await;
    let alice = here.wallet("alice").await;
    here.deposit(&alice, "100").await;
    let placed = hold(&here, &alice, &json!({"amount": "10.00"})).await;
    let path = format!("holds/{}/capture/", placed["id"]);
    let part = json!({"amount": "1.00"});
    let parts = (0..24).map(|n| {
        let app = if n % 2 == 0 { &here } else { &there };
        post(app, &alice, &path, &part)
    });
    let answers = join_all(parts).await;
    let done = answers.iter().filter(|(status, _)| *status == 200);
    assert_eq!(done.count(), 10, "{answers:?}");
    for app in [&here, &there] {
        let hold = told(app, &alice, &placed["id"]).await;
        assert_eq!(
            (&hold["status"], &hold["captured"]),
            (&json!("captured"), &json!("10.00"))
        );
        assert_eq!(app.balance(&alice).await, "90.00");
    }
    assert_eq!(here.audited_operations().await, 12);
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}

#[actix_web::test]
async fn a_hold_that_an_engine_has_not_noticed_is_not_called_closed() {
    let here = TestApp::spawn().await;
    let there = TestApp::spawn_on(here.database.clone(), |_| {}).await;
    let alice = here.wallet("alice").await;
    there.deposit(&alice, "100").await;
    let placed = hold(&here, &alice, &json!({"amount": "30.00"})).await;
    let path = format!("holds/{}/void/", placed["id"]);
    let answer = post(&there, &alice, &path, &json!({})).await;
    assert_problem(&answer, 503, "overloaded");
    // The next write finds that the wallet is another one.
    there.deposit(&alice, "1").await;
    assert_eq!(post(&there, &alice, &path, &json!({})).await.0, 200);
    assert_eq!(here.audited_operations().await, 4);
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}
