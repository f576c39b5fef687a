//! What is repeated under its key gets its first answer, whatever became of the hold since.

use serde_json::{Value, json};

use super::{answered, asked};
use crate::app::TestApp;

async fn keyed(
    app: &TestApp,
    wallet: &str,
    path: &str,
    key: &str,
    body: &Value,
) -> (u16, bool, Value) {
    answered(asked(app, wallet, path, body).header("Idempotency-Key", key)).await
}

#[actix_web::test]
async fn every_step_of_a_hold_is_answered_again_as_it_was() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let place = json!({"amount": "30.00", "reference": "order 7"});
    let steps = [
        ("holds/", "place", place),
        ("holds/2/capture/", "part", json!({"amount": "10.00"})),
        (
            "holds/2/capture/",
            "last",
            json!({"amount": "5.00", "final": true}),
        ),
    ];
    let mut answers = Vec::new();
    for (path, key, body) in &steps {
        let (status, replayed, answer) = keyed(&app, &alice, path, key, body).await;
        assert_eq!(
            (status, replayed),
            (if *path == "holds/" { 201 } else { 200 }, false),
            "{answer}"
        );
        answers.push((status, true, answer));
    }
    assert_eq!(answers[0].2["remaining"], "30.00");
    assert_eq!(answers[1].2["hold"]["status"], "open");
    assert_eq!(answers[2].2["hold"]["status"], "captured");
    let other = TestApp::spawn_on(app.database.clone(), |_| {}).await;
    for app in [&app, &other] {
        for ((path, key, body), answer) in steps.iter().zip(&answers) {
            assert_eq!(keyed(app, &alice, path, key, body).await, *answer, "{key}");
        }
    }
    // A key is of one request.
    for (path, key, body) in [
        ("holds/", "place", json!({"amount": "30.00"})),
        (
            "holds/",
            "place",
            json!({"amount": "30.00", "reference": "order 7", "expires_in": 604_800}),
        ),
        (
            "holds/2/capture/",
            "part",
            json!({"amount": "10.00", "final": true}),
        ),
        ("holds/3/capture/", "part", json!({"amount": "10.00"})),
        ("holds/2/void/", "last", json!({})),
    ] {
        let (status, _, problem) = keyed(&app, &alice, path, key, &body).await;
        let expected = if body.get("expires_in").is_some() {
            [201, 422]
        } else {
            [422, 422]
        };
        assert!(expected.contains(&status), "{path} {body}: {problem}");
    }
    assert_eq!(app.audited_operations().await, 5);
    app.stop().await.unwrap();
    other.stop().await.unwrap();
}

#[actix_web::test]
async fn a_refusal_leaves_the_key_free() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let body = json!({"amount": "30.00"});
    assert_eq!(keyed(&app, &alice, "holds/", "k", &body).await.0, 409);
    app.deposit(&alice, "30").await;
    let (status, replayed, placed) = keyed(&app, &alice, "holds/", "k", &body).await;
    assert_eq!((status, replayed), (201, false));
    let capture = format!("holds/{}/capture/", placed["id"]);
    let much = json!({"amount": "30.01"});
    assert_eq!(keyed(&app, &alice, &capture, "c", &much).await.0, 409);
    let all = json!({});
    let (status, replayed, _) = keyed(&app, &alice, &capture, "c", &all).await;
    assert_eq!((status, replayed), (200, false));
    assert_eq!(app.audited_operations().await, 3);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_key_of_another_request_is_reused_also_on_a_hold_whose_time_is_over() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let place = json!({"amount": "1.00"});
    assert_eq!(keyed(&app, &alice, "holds/", "known", &place).await.0, 201);
    let place = json!({"amount": "1.00", "expires_in": 1});
    for (key, status) in [("known", 422), ("new", 409), ("known", 422)] {
        let (_, _, placed) = answered(asked(&app, &alice, "holds/", &place)).await;
        let path = format!("holds/{}/void/", placed["id"]);
        loop {
            let (_, told) = app.get(&format!("{alice}holds/{}/", placed["id"])).await;
            if told["status"] == "expired" {
                break;
            }
        }
        for _ in 0..2 {
            let (given, _, problem) = keyed(&app, &alice, &path, key, &json!({})).await;
            assert_eq!(given, status, "{key} {problem}");
        }
    }
    app.audited_operations().await;
    app.stop().await.unwrap();
}
