//! Batches over HTTP: many operations in one request, each by itself or all together.

use serde_json::{Value, json};

use crate::app::TestApp;

fn id(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

fn single(wallet: &str, kind: &str, amount: &str) -> Value {
    json!({"wallet": id(wallet), "kind": kind, "amount": amount})
}

fn transfer(from: &str, to: &str, amount: &str) -> Value {
    json!({"wallet": id(from), "kind": "TRANSFER", "to": id(to), "amount": amount})
}

fn with_key(mut operation: Value, key: &str) -> Value {
    operation["key"] = json!(key);
    operation
}

async fn batch(app: &TestApp, atomic: bool, operations: &[Value]) -> (u16, Value) {
    let body = json!({"atomic": atomic, "operations": operations});
    app.post("/api/batch/", &body).await
}

/// Of each result, its status and its balance or code.
fn told(body: &Value) -> Vec<(u64, String)> {
    let results = body["results"].as_array().unwrap();
    let told = results.iter().map(|result| {
        let said = result.get("balance").or(result.get("code")).unwrap();
        (
            result["status"].as_u64().unwrap(),
            said.as_str().unwrap().to_owned(),
        )
    });
    told.collect()
}

fn ok(balance: &str) -> (u64, String) {
    (201, balance.to_owned())
}

fn no(status: u64, code: &str) -> (u64, String) {
    (status, code.to_owned())
}

#[actix_web::test]
async fn each_stands_alone_and_later_ones_see_earlier_ones() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let operations = [
        single(&alice, "DEPOSIT", "10.00"),
        transfer(&alice, &bob, "6.00"),
        single(&bob, "WITHDRAW", "7.00"),
        single(&bob, "WITHDRAW", "5.00"),
        transfer(&alice, &alice, "1.00"),
        single(&alice, "DEPOSIT", "0.001"),
        transfer(
            &alice,
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/",
            "1.00",
        ),
        transfer(&bob, &alice, "1.00"),
        single(&alice, "WITHDRAW", "5.00"),
        json!(7),
    ];
    let (status, body) = batch(&app, false, &operations[..9]).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        told(&body),
        [
            ok("10.00"),
            ok("4.00"),
            no(409, "insufficient_funds"),
            ok("1.00"),
            no(409, "same_wallet"),
            no(400, "invalid_request"),
            no(404, "wallet_not_found"),
            ok("0.00"),
            ok("0.00"),
        ]
    );
    assert!(body["results"][1]["transfer"].is_string());
    assert!(body["results"][0].get("transfer").is_none());
    assert!(body["results"][5]["errors"]["amount"].is_array());
    // What is no object is a fault of the whole: nothing of it is done.
    let (status, body) = batch(&app, false, &operations).await;
    assert_eq!((status, &body["code"]), (400, &json!("invalid_request")));
    assert_eq!(app.audited_operations().await, 7);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn all_together_happens_whole_or_not_at_all() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let happens = [
        single(&alice, "DEPOSIT", "10.00"),
        single(&bob, "DEPOSIT", "1.00"),
        transfer(&alice, &bob, "6.00"),
        single(&bob, "WITHDRAW", "7.00"),
    ];
    let (status, body) = batch(&app, true, &happens).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        told(&body),
        [ok("10.00"), ok("1.00"), ok("4.00"), ok("0.00")]
    );

    let refused = [
        single(&alice, "DEPOSIT", "10.00"),
        transfer(&alice, &bob, "6.00"),
        single(&bob, "WITHDRAW", "7.00"),
    ];
    let (status, body) = batch(&app, true, &refused).await;
    assert_eq!((status, &body["code"]), (409, &json!("batch_refused")));
    assert_eq!(
        (&body["index"], &body["cause"]),
        (&json!(2), &json!("insufficient_funds"))
    );
    let unknown = "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/";
    for (operations, index, cause) in [
        (
            [
                single(&alice, "DEPOSIT", "1"),
                transfer(&alice, unknown, "1"),
            ],
            1,
            "wallet_not_found",
        ),
        (
            [
                transfer(&alice, &alice, "1"),
                single(&alice, "DEPOSIT", "1"),
            ],
            0,
            "same_wallet",
        ),
    ] {
        let (status, body) = batch(&app, true, &operations).await;
        assert_eq!(
            (status, &body["code"]),
            (409, &json!("batch_refused")),
            "{body}"
        );
        assert_eq!(
            (&body["index"], &body["cause"]),
            (&json!(index), &json!(cause))
        );
    }
    let (status, body) = batch(
        &app,
        true,
        &[single(&alice, "DEPOSIT", "x"), json!({"kind": "A"})],
    )
    .await;
    assert_eq!((status, &body["code"]), (400, &json!("invalid_request")));
    let errors: Vec<_> = body["errors"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    for name in [
        "operations[0].amount",
        "operations[1].wallet",
        "operations[1].kind",
        "operations[1].amount",
    ] {
        assert!(errors.iter().any(|given| given == name), "{name}: {body}");
    }
    assert_eq!(app.balance(&alice).await, "4.00");
    assert_eq!(app.audited_operations().await, 5);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn keys_are_the_members_and_a_repeated_batch_repeats_every_answer() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let operations = [
        with_key(single(&alice, "DEPOSIT", "10.00"), "a"),
        with_key(transfer(&alice, &bob, "6.00"), "b"),
        with_key(single(&alice, "DEPOSIT", "10.00"), "a"),
    ];
    for atomic in [true, false] {
        let (status, first) = batch(&app, atomic, &operations).await;
        assert_eq!(status, 200, "{first}");
        assert_eq!(
            told(&first),
            [ok("10.00"), ok("4.00"), ok("10.00")],
            "{atomic}"
        );
        let replayed = |body: &Value| -> Vec<bool> {
            let results = body["results"].as_array().unwrap();
            results
                .iter()
                .map(|it| it["replayed"].as_bool().unwrap())
                .collect()
        };
        let expected = if atomic {
            vec![false, false, true]
        } else {
            vec![true; 3]
        };
        assert_eq!(replayed(&first), expected);
    }
    // A member's key is one of its wallet, whatever asks for it.
    let url = app.url(&format!("{alice}operation/"));
    let body = json!({"operationType": "DEPOSIT", "amount": "10.00"});
    let answer = app
        .http
        .post(url)
        .header("Idempotency-Key", "a")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["Idempotency-Replayed"], "true");
    let reused = [
        with_key(single(&alice, "WITHDRAW", "1.00"), "b"),
        single(&bob, "DEPOSIT", "1.00"),
    ];
    let (_, body) = batch(&app, false, &reused).await;
    assert_eq!(told(&body), [no(422, "key_reused"), ok("7.00")]);
    let (status, body) = batch(&app, true, &reused).await;
    assert_eq!((status, &body["cause"]), (409, &json!("key_reused")));

    let sent = app
        .http
        .post(app.url("/api/batch/"))
        .header("Idempotency-Key", "whole");
    let answer = sent
        .json(&json!({"operations": operations}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(app.audited_operations().await, 4);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn its_limits_are_told() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let thousand = vec![single(&alice, "DEPOSIT", "1.00"); 1_000];
    for atomic in [false, true] {
        let (status, body) = batch(&app, atomic, &thousand).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["results"].as_array().unwrap().len(), 1_000);
    }
    assert_eq!(app.balance(&alice).await, "2000.00");
    let more = vec![single(&alice, "DEPOSIT", "1.00"); 1_001];
    let mut wallets = Vec::new();
    for n in 0..101 {
        wallets.push(json!({
            "wallet": format!("47c6a995-7685-412c-99fe-4259db9{n:05}"),
            "kind": "DEPOSIT",
            "amount": "1",
        }));
    }
    for (atomic, operations) in [(false, more.as_slice()), (false, &[]), (true, &wallets)] {
        let (status, body) = batch(&app, atomic, operations).await;
        assert_eq!(
            (status, &body["code"]),
            (400, &json!("invalid_request")),
            "{body}"
        );
        assert!(body["errors"]["operations"].is_array(), "{body}");
    }
    let large = app
        .http
        .post(app.url("/api/batch/"))
        .header("Content-Type", "application/json");
    let answer = large
        .body(vec![b' '; 1024 * 1024 + 1])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 413);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "too_large");
    assert_eq!(app.audited_operations().await, 2_000);
    app.stop().await.unwrap();
}
