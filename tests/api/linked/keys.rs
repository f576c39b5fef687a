//! Keys across kinds: a wallet's key is of one request, whichever endpoint it came by.

use serde_json::{Value, json};

use super::{answered, batch, deposit, payment, sent, transfer, with_key};
use crate::app::TestApp;

/// An operation by the recorded endpoint: status, whether it is a replay, and body.
async fn recorded(app: &TestApp, wallet: &str, key: &str, amount: &str) -> (u16, bool, Value) {
    let body = json!({"operationType": "DEPOSIT", "amount": amount});
    let url = app.url(&format!("{wallet}operation/"));
    let request = app.http.post(url).json(&body);
    answered(request.header("Idempotency-Key", key)).await
}

fn of_another() -> Value {
    json!({"detail": "Ключ идемпотентности уже использован для другой операции."})
}

#[actix_web::test]
async fn a_key_is_of_one_request_whichever_endpoint_it_came_by() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let pay = |key: &'static str, amount: &str| {
        transfer(&app, &alice, &bob, amount).header("Idempotency-Key", key)
    };
    assert_eq!(recorded(&app, &alice, "salary", "100.00").await.0, 200);

    // A deposit's key is no transfer's, and the other way round.
    let (status, _, problem) = answered(pay("salary", "100.00")).await;
    assert_eq!((status, &problem["code"]), (422, &json!("key_reused")));
    let (status, replayed, receipt) = answered(pay("rent", "10.00")).await;
    assert_eq!((status, replayed), (201, false));
    assert_eq!(
        recorded(&app, &alice, "rent", "10.00").await,
        (422, false, of_another())
    );
    // The receiver's ledger has the row without the sender's key.
    assert_eq!(recorded(&app, &bob, "rent", "10.00").await.0, 200);

    // A batch's member is the same request as the endpoint's, and has its answer.
    let rent = with_key(payment(&alice, &bob, "10.00"), "rent");
    let salary = with_key(deposit(&alice, "100.00"), "salary");
    for atomic in [false, true] {
        let operations = [salary.clone(), rent.clone()];
        let (status, body) = sent(batch(&app, atomic, &operations)).await;
        assert_eq!(status, 200, "{body}");
        let [first, second] = [&body["results"][0], &body["results"][1]];
        assert_eq!(first["balance"], "100.00");
        for name in ["id", "transfer", "balance"] {
            assert_eq!(second[name], receipt[name], "{body}");
        }
        assert_eq!([&first["replayed"], &second["replayed"]], [true, true]);
    }
    // And the other way round.
    let gift = with_key(payment(&alice, &bob, "1.00"), "gift");
    let (_, body) = sent(batch(&app, true, &[gift])).await;
    assert_eq!(body["results"][0]["replayed"], false);
    let (status, replayed, receipt) = answered(pay("gift", "1.00")).await;
    assert_eq!((status, replayed), (201, true));
    assert_eq!(receipt["transfer"], body["results"][0]["transfer"]);
    assert_eq!(receipt["id"], body["results"][0]["id"]);

    assert_eq!(app.balance(&alice).await, "89.00");
    assert_eq!(app.audited_operations().await, 6);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_key_that_comes_twice_in_a_batch_is_once_if_it_asks_for_the_same() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let mut balance = 0;
    for (atomic, key) in [(false, "alone"), (true, "together")] {
        let same = with_key(deposit(&alice, "5.00"), key);
        let (status, body) = sent(batch(&app, atomic, &[same.clone(), same.clone()])).await;
        assert_eq!(status, 200, "{body}");
        let results = &body["results"];
        assert_eq!(results[0]["id"], results[1]["id"]);
        assert_eq!(results[0]["replayed"], false);
        assert_eq!(results[1]["replayed"], true);
        balance += 5;

        let first = with_key(deposit(&bob, "1.00"), key);
        let other = with_key(payment(&bob, &alice, "1.00"), key);
        let (status, body) = sent(batch(&app, atomic, &[first, other])).await;
        if atomic {
            assert_eq!(status, 409);
            assert_eq!(body["code"], "batch_refused");
            assert_eq!(
                (&body["index"], &body["cause"]),
                (&json!(1), &json!("key_reused"))
            );
        } else {
            assert_eq!(status, 200);
            assert_eq!(body["results"][0]["status"], 201);
            assert_eq!(body["results"][1]["code"], "key_reused");
        }
    }
    assert_eq!(app.balance(&alice).await, format!("{balance}.00"));
    assert_eq!(
        app.balance(&bob).await,
        "1.00",
        "of the one that stands alone"
    );
    assert_eq!(app.audited_operations().await, 3);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_refusal_leaves_the_key_free() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let pay = || transfer(&app, &alice, &bob, "10.00").header("Idempotency-Key", "rent");
    let operation = with_key(payment(&alice, &bob, "10.00"), "rent");
    assert_eq!(sent(pay()).await.0, 409);
    for atomic in [false, true] {
        let (status, body) = sent(batch(&app, atomic, std::slice::from_ref(&operation))).await;
        assert_eq!(status, if atomic { 409 } else { 200 });
        assert!(body.to_string().contains("insufficient_funds"), "{body}");
    }
    app.deposit(&alice, "10.00").await;
    let (status, replayed, receipt) = answered(pay()).await;
    assert_eq!((status, replayed), (201, false));
    // Its repetition is answered alike, also where the balance no longer allows it.
    assert_eq!(answered(pay()).await, (201, true, receipt));
    assert_eq!(app.audited_operations().await, 3);
    app.stop().await.unwrap();
}
