//! What comes, and in which order.

use std::collections::HashSet;

use serde_json::json;

use crate::hook::{Hook, engine, id_of};
use crate::receiver::{Receiver, Reply, first_of};

#[actix_web::test]
async fn every_operation_comes_once_signed_and_in_order() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "10.00").await;
    let hook = Hook::to(&app, &receiver).await;
    receiver.wait(1).await;
    for _ in 0..4 {
        app.withdraw(&alice, "1.00").await;
    }
    let bob = app.wallet("bob").await;
    let transfer = json!({"to": id_of(&bob), "amount": "2.00", "reference": "rent"});
    app.post(&format!("{alice}transfers/"), &transfer).await;

    let seen = receiver.wait(7).await;
    assert_eq!(first_of(&seen, id_of(&alice)), [1, 2, 3, 4, 5, 6]);
    assert_eq!(first_of(&seen, id_of(&bob)), [1]);
    let ids: HashSet<_> = seen.iter().map(|seen| seen.header("webhook-id")).collect();
    assert_eq!((seen.len(), ids.len()), (7, 7));
    for seen in &seen {
        Hook::assert_signed(seen, &[&hook.secret]);
        assert!(seen.head.starts_with("POST /hook?a=1 HTTP/1.1\r\n"));
        assert_eq!(seen.header("content-type"), "application/json");
        assert_eq!(seen.header("host"), receiver.address.to_string());
        assert!(seen.raw.len() < 20 * 1_024);
        // The operation as the history has it.
        let path = format!("/api/wallets/{}/operations/{}/", seen.wallet(), seen.seq());
        assert_eq!(
            app.get(&path).await,
            (200, seen.body["data"]["operation"].clone())
        );
        assert_eq!(
            seen.body["timestamp"],
            seen.body["data"]["operation"]["created_at"]
        );
    }
    let types: HashSet<_> = seen
        .iter()
        .map(|seen| seen.body["type"].as_str().unwrap())
        .collect();
    let expected = ["deposit", "withdraw", "transfer_in", "transfer_out"];
    let expected = expected.map(|kind| format!("operation.{kind}"));
    assert_eq!(types, expected.iter().map(String::as_str).collect());

    let row = hook
        .wait_for("all is recorded", |row| {
            row.get::<_, String>("cursor") > seen_cursor(&seen)
        })
        .await;
    assert_eq!(row.get::<_, i64>("waiting"), 0);
    app.stop().await.unwrap();
    assert!(
        hook.row()
            .await
            .get::<_, Option<uuid::Uuid>>("leased_by")
            .is_none()
    );
}

/// Less than the cursor of the last event, in the order of texts.
fn seen_cursor(seen: &[crate::receiver::Seen]) -> String {
    let cursors = seen
        .iter()
        .map(|seen| seen.body["data"]["cursor"].as_str().unwrap());
    let last = cursors.max().unwrap();
    last[..last.len() - 1].to_owned()
}

#[actix_web::test]
async fn a_wallet_whose_delivery_fails_is_held_back_alone_and_comes_in_order() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let refused = id_of(&alice).to_owned();
    receiver.answer(move |seen| Reply::Status(if seen.wallet() == refused { 500 } else { 200 }));
    let hook = Hook::to(&app, &receiver).await;
    for _ in 0..5 {
        app.deposit(&alice, "1.00").await;
        app.deposit(&bob, "1.00").await;
    }
    let what = "all of one wallet, and a second attempt of the other";
    let seen = receiver
        .wait_for(what, |seen| {
            let of = |wallet: &str| seen.iter().filter(|seen| seen.wallet() == wallet).count();
            of(id_of(&bob)) == 5 && of(id_of(&alice)) >= 2
        })
        .await;
    assert_eq!(first_of(&seen, id_of(&alice)), [1], "the next one waits");
    let row = hook
        .wait_for("a wallet waits", |row| row.get::<_, i64>("waiting") == 1)
        .await;
    assert_eq!(row.get::<_, Option<&str>>("last_failure"), Some("500"));
    let attempts = seen.iter().filter(|seen| seen.wallet() == id_of(&alice));
    let ids: HashSet<_> = attempts.map(|seen| seen.header("webhook-id")).collect();
    assert_eq!(ids.len(), 1, "an event has one id");

    receiver.answer(|_| Reply::Status(200));
    let seen = receiver
        .wait_for("the rest", |seen| first_of(seen, id_of(&alice)).len() == 5)
        .await;
    assert_eq!(first_of(&seen, id_of(&alice)), [1, 2, 3, 4, 5]);
    hook.wait_for("no wallet waits", |row| row.get::<_, i64>("waiting") == 0)
        .await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn only_events_of_its_types_and_its_wallet_come() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let wallet = id_of(&alice);
    let (database, url) = (&app.database, receiver.url());
    Hook::filtered(database, &url, Some("operation.withdraw"), Some(wallet)).await;
    for wallet in [&alice, &bob] {
        app.deposit(wallet, "2.00").await;
        app.withdraw(wallet, "1.00").await;
    }
    app.withdraw(&alice, "1.00").await;
    let seen = receiver.wait(2).await;
    assert_eq!(first_of(&seen, wallet), [2, 3]);
    assert_eq!(seen.len(), 2);
    app.stop().await.unwrap();
}
