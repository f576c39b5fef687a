//! Reversals over HTTP: an operation is given back, whole or in parts, never more than it was.

use futures_util::future::join_all;
use serde_json::{Value, json};
use wallet_engine::config::Config;

use crate::app::TestApp;
use crate::holds::{answered, asked, assert_problem, hold, id, post};

async fn reverse(app: &TestApp, wallet: &str, operation: i64, body: &Value) -> (u16, Value) {
    post(
        app,
        wallet,
        &format!("operations/{operation}/reverse/"),
        body,
    )
    .await
}

async fn entry(app: &TestApp, wallet: &str, operation: i64) -> Value {
    let (status, entry) = app.get(&format!("{wallet}operations/{operation}/")).await;
    assert_eq!(status, 200);
    entry
}

#[actix_web::test]
async fn a_deposit_and_a_withdrawal_are_reversed_in_parts_and_name_their_reversals() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    app.withdraw(&alice, "40").await;
    let path = "operations/2/reverse/";
    let answer = asked(&app, &alice, path, &json!({"amount": "15.00"}));
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(
        answer.headers()["location"],
        format!("{alice}operations/3/")
    );
    let receipt: Value = answer.json().await.unwrap();
    assert_eq!(receipt, json!({"id": 3, "balance": "75.00"}));
    let much = reverse(&app, &alice, 2, &json!({"amount": "25.01"})).await;
    assert_problem(&much, 409, "exceeds_original");
    // What has not been reversed yet.
    let rest = reverse(&app, &alice, 2, &json!({})).await;
    assert_eq!(rest, (201, json!({"id": 4, "balance": "100.00"})));
    assert_problem(
        &reverse(&app, &alice, 2, &json!({})).await,
        409,
        "already_reversed",
    );
    let part = reverse(&app, &alice, 1, &json!({"amount": 30})).await;
    assert_eq!(part, (201, json!({"id": 5, "balance": "70.00"})));

    let original = entry(&app, &alice, 2).await;
    assert_eq!(original["reversed_by"], json!([3, 4]));
    let reversal = entry(&app, &alice, 3).await;
    assert_eq!(
        (&reversal["kind"], &reversal["reverses"]),
        (&json!("REVERSAL_IN"), &json!(2))
    );
    assert_eq!(entry(&app, &alice, 5).await["kind"], "REVERSAL_OUT");
    assert_eq!(app.audited_operations().await, 5);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_transfer_moves_back_in_both_wallets_whichever_row_is_named() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100").await;
    post(
        &app,
        &alice,
        "transfers/",
        &json!({"to": id(&bob), "amount": "60.00"}),
    )
    .await;
    let by_sender = reverse(&app, &alice, 2, &json!({"amount": "10.00"})).await;
    assert_eq!(by_sender, (201, json!({"id": 3, "balance": "50.00"})));
    let by_receiver = reverse(&app, &bob, 1, &json!({"amount": "20.00"})).await;
    assert_eq!(by_receiver, (201, json!({"id": 3, "balance": "30.00"})));
    let much = reverse(&app, &alice, 2, &json!({"amount": "30.01"})).await;
    assert_problem(&much, 409, "exceeds_original");
    // From what is available: the rest is held by the receiver.
    let held = hold(&app, &bob, &json!({"amount": "30.00"})).await;
    let short = reverse(&app, &alice, 2, &json!({})).await;
    assert_problem(&short, 409, "insufficient_funds");
    post(
        &app,
        &bob,
        &format!("holds/{}/void/", held["id"]),
        &json!({}),
    )
    .await;
    assert_eq!(reverse(&app, &alice, 2, &json!({})).await.0, 201);
    for (wallet, operation) in [(&alice, 2), (&bob, 1)] {
        let refused = reverse(&app, wallet, operation, &json!({})).await;
        assert_problem(&refused, 409, "already_reversed");
        let reversed_by = entry(&app, wallet, operation).await["reversed_by"].clone();
        assert_eq!(reversed_by.as_array().unwrap().len(), 3);
    }
    let (came, went) = (entry(&app, &alice, 3).await, entry(&app, &bob, 2).await);
    assert_eq!(came["transfer"], went["transfer"]);
    assert_eq!(
        (&came["reverses"], &went["reverses"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(app.balance(&alice).await, "100.00");
    assert_eq!(app.balance(&bob).await, "0.00");
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_capture_is_reversed_and_what_moved_no_money_is_not() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100").await;
    hold(&app, &alice, &json!({"amount": "30.00"})).await;
    let capture = json!({"amount": "20.00", "final": true, "to": id(&bob)});
    let (status, _) = post(&app, &alice, "holds/2/capture/", &capture).await;
    assert_eq!(status, 200);
    let reversed = reverse(&app, &alice, 4, &json!({})).await;
    assert_eq!(reversed, (201, json!({"id": 5, "balance": "100.00"})));
    assert_eq!(app.balance(&bob).await, "0.00");
    let url = app.url(&format!("{alice}rules/"));
    app.http
        .patch(url)
        .json(&json!({"reason": "r"}))
        .send()
        .await
        .unwrap();
    for operation in [2, 3, 5, 6] {
        let refused = reverse(&app, &alice, operation, &json!({})).await;
        assert_problem(&refused, 409, "not_reversible");
    }
    let nobody = "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/";
    for (wallet, operation, code) in [
        (alice.as_str(), 7, "operation_not_found"),
        (&alice, 0, "operation_not_found"),
        (nobody, 1, "wallet_not_found"),
    ] {
        assert_problem(
            &reverse(&app, wallet, operation, &json!({})).await,
            404,
            code,
        );
    }
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn fifty_at_once_reverse_once_on_one_engine_and_on_two() {
    let shared = |config: &mut Config| config.engine.shared = true;
    let here = TestApp::spawn_with(shared).await;
    let there = TestApp::spawn_on(here.database.clone(), shared).await;
    for (name, engines) in [("alice", [&here, &here]), ("bob", [&here, &there])] {
        let wallet = here.wallet(name).await;
        here.deposit(&wallet, "10").await;
        here.deposit(&wallet, "90").await;
        let body = json!({});
        let all = (0..50).map(|n| reverse(engines[n % 2], &wallet, 1, &body));
        let answers = join_all(all).await;
        let done = answers.iter().filter(|(status, _)| *status == 201);
        assert_eq!(done.count(), 1, "{answers:?}");
        for answer in answers.iter().filter(|(status, _)| *status != 201) {
            assert_problem(answer, 409, "already_reversed");
        }
        assert_eq!(here.balance(&wallet).await, "90.00");
    }
    assert_eq!(here.audited_operations().await, 6);
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}

#[actix_web::test]
async fn a_reversal_under_a_key_is_answered_again_as_it_was() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let keyed = |operation: i64, body: Value| {
        let request = asked(
            &app,
            &alice,
            &format!("operations/{operation}/reverse/"),
            &body,
        );
        answered(request.header("Idempotency-Key", "k"))
    };
    let receipt = json!({"id": 2, "balance": "0.00"});
    assert_eq!(keyed(1, json!({})).await, (201, false, receipt.clone()));
    app.deposit(&alice, "7").await;
    assert_eq!(keyed(1, json!({})).await, (201, true, receipt));
    let (status, _, problem) = keyed(1, json!({"amount": "1.00"})).await;
    assert_problem(&(status, problem), 422, "key_reused");
    let (status, _, problem) = keyed(3, json!({})).await;
    assert_problem(&(status, problem), 422, "key_reused");
    assert_eq!(app.audited_operations().await, 3);
    app.stop().await.unwrap();
}
