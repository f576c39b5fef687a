//! What takes money that is held, and what gives it back.

use serde_json::{Value, json};

use super::{assert_problem, hold, id, post, told};
use crate::app::TestApp;

/// The members of the value that are named.
fn some(of: &Value, names: &[&str]) -> Value {
    let members = names
        .iter()
        .map(|name| ((*name).to_owned(), of[*name].clone()));
    Value::Object(members.collect())
}

#[actix_web::test]
async fn a_hold_is_taken_in_parts_and_the_last_one_gives_the_rest_back() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100").await;
    let placed = hold(
        &app,
        &alice,
        &json!({"amount": "30.00", "reference": "order 7"}),
    )
    .await;
    let capture = format!("holds/{}/capture/", placed["id"]);
    // All that is not held is gone: a capture does not need it.
    app.withdraw(&alice, "70").await;

    let (status, first) = post(&app, &alice, &capture, &json!({"amount": "10.00"})).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(
        some(&first, &["id", "balance"]),
        json!({"id": 4, "balance": "20.00"})
    );
    assert_eq!(first["hold"]["status"], "open");
    assert_eq!(first["hold"], told(&app, &alice, &placed["id"]).await);

    let last = json!({"amount": "5.00", "final": true, "to": id(&bob)});
    let (status, last) = post(&app, &alice, &capture, &last).await;
    assert_eq!(status, 200, "{last}");
    assert_eq!(
        some(&last, &["id", "balance"]),
        json!({"id": 6, "balance": "15.00"})
    );
    let amounts = ["status", "captured", "released", "remaining"];
    let expected = json!({"status": "captured", "captured": "15.00", "released": "15.00", "remaining": "0.00"});
    assert_eq!(some(&last["hold"], &amounts), expected);
    assert_eq!(last["hold"], told(&app, &alice, &placed["id"]).await);
    assert_eq!(app.balance(&bob).await, "5.00");

    let entry = async |wallet: &str, id: i64| app.get(&format!("{wallet}operations/{id}/")).await.1;
    let placed_by = entry(&alice, 2).await;
    let names = [
        "kind",
        "amount",
        "hold",
        "held_after",
        "balance_after",
        "expires_at",
        "reference",
    ];
    let mut expected = json!({
        "kind": "HOLD", "amount": "30.00", "hold": 2, "held_after": "30.00", "balance_after": "100.00",
        "reference": "order 7",
    });
    expected["expires_at"] = placed["expires_at"].clone();
    assert_eq!(some(&placed_by, &names), expected);
    let released = entry(&alice, 5).await;
    let expected = json!({"kind": "RELEASE", "amount": "15.00", "hold": 2, "held_after": "5.00"});
    assert_eq!(
        some(&released, &["kind", "amount", "hold", "held_after"]),
        expected
    );
    assert_eq!(released.get("expires_at"), None);
    let paid = entry(&alice, 6).await;
    assert_eq!(
        (&paid["kind"], &paid["other_wallet"]),
        (&json!("CAPTURE"), &json!(id(&bob)))
    );
    assert_eq!(paid.get("held_after"), None, "nothing is held any more");
    let received = entry(&bob, 1).await;
    assert_eq!(received["kind"], "TRANSFER_IN");
    assert_eq!(received["transfer"], paid["transfer"]);
    let (_, page) = app.get(&format!("{alice}operations/?kind=CAPTURE")).await;
    assert_eq!(page["results"].as_array().unwrap().len(), 2);
    assert_eq!(app.audited_operations().await, 7);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_void_gives_back_what_remains_and_a_closed_hold_says_how_it_ended() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    for (part, status) in [(None, "voided"), (Some("4.00"), "captured")] {
        let placed = hold(&app, &alice, &json!({"amount": "10.00"})).await;
        let path = |what: &str| format!("holds/{}/{what}/", placed["id"]);
        if let Some(part) = part {
            let taken = post(&app, &alice, &path("capture"), &json!({"amount": part})).await;
            assert_eq!(taken.0, 200);
        }
        // Without a body, and without its type.
        let url = app.url(&format!("{alice}{}", path("void")));
        let answer = app.http.post(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let voided: Value = answer.json().await.unwrap();
        assert_eq!(voided["hold"]["status"], status);
        assert_eq!(voided["hold"]["remaining"], "0.00");
        assert_eq!(voided["hold"], told(&app, &alice, &placed["id"]).await);
        for (what, body) in [("void", json!({})), ("capture", json!({"amount": "0.01"}))] {
            let refused = post(&app, &alice, &path(what), &body).await;
            assert_problem(&refused, 409, "hold_closed");
            assert_eq!(refused.1["hold"], voided["hold"]);
        }
    }
    assert_eq!(app.balance(&alice).await, "96.00");
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_a_hold_refuses_leaves_it_open() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100").await;
    let placed = hold(&app, &alice, &json!({"amount": "30.00"})).await;
    let capture = format!("holds/{}/capture/", placed["id"]);
    let nobody = "47c6a995-7685-412c-99fe-4259db91f18f";
    let rules = async |wallet: &str, rules: Value| {
        let url = app.url(&format!("{wallet}rules/"));
        let answer = app.http.patch(url).json(&rules).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    };
    rules(&bob, json!({"credits": "frozen", "reason": "r"})).await;
    for (body, status, code) in [
        (json!({"amount": "30.01"}), 409, "exceeds_hold"),
        (json!({"to": id(&alice)}), 409, "same_wallet"),
        (json!({"to": nobody}), 404, "wallet_not_found"),
        (json!({"to": id(&bob)}), 409, "wallet_frozen"),
    ] {
        let refused = post(&app, &alice, &capture, &body).await;
        assert_problem(&refused, status, code);
        assert_eq!(refused.1.get("errors").is_some(), status == 404, "{body}");
        assert_eq!(told(&app, &alice, &placed["id"]).await, placed);
    }
    rules(
        &bob,
        json!({"credits": "open", "closed": true, "reason": "r"}),
    )
    .await;
    let refused = post(&app, &alice, &capture, &json!({"to": id(&bob)})).await;
    assert_problem(&refused, 409, "wallet_closed");
    rules(&alice, json!({"debits": "frozen", "reason": "r"})).await;
    let refused = post(&app, &alice, &capture, &json!({})).await;
    assert_problem(&refused, 409, "wallet_frozen");
    // What gives money back goes on.
    let void = format!("holds/{}/void/", placed["id"]);
    assert_eq!(post(&app, &alice, &void, &json!({})).await.0, 200);
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_no_hold_is_not_found() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let nobody = "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/";
    let most = i64::MAX.to_string();
    for (wallet, hold, code) in [
        (alice.as_str(), "1", "hold_not_found"),
        (&alice, "0", "hold_not_found"),
        (&alice, "7", "hold_not_found"),
        (&alice, &most, "hold_not_found"),
        (&alice, "9223372036854775808", "not_found"),
        (&alice, "first", "not_found"),
        (&alice, "-1", "not_found"),
        (nobody, "1", "wallet_not_found"),
        ("/api/wallets/alice/", "1", "not_found"),
    ] {
        assert_problem(&app.get(&format!("{wallet}holds/{hold}/")).await, 404, code);
        for what in ["capture", "void"] {
            let answer = post(&app, wallet, &format!("holds/{hold}/{what}/"), &json!({})).await;
            assert_problem(&answer, 404, code);
        }
    }
    assert_eq!(app.audited_operations().await, 1);
    app.stop().await.unwrap();
}
