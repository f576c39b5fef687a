//! What is still being committed: nothing of the feed overtakes it.

use serde_json::Value;

use super::{assert_whole, id, page, read_on};
use crate::app::TestApp;
use crate::postgres;

#[actix_web::test]
async fn a_page_ends_before_a_transaction_that_still_runs_and_its_rows_come_first() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "1").await;
    let (first, cursor) = read_on(&app, "", 10).await;
    assert_eq!(first.len(), 1);

    // As an engine that has written and not committed yet.
    let mut late = postgres::connect(&app.database).await;
    let transaction = late.transaction().await.unwrap();
    let write = format!(
        "UPDATE wallets SET balance = 7, version = 1 WHERE id = '{bob}';
         INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
         VALUES ('{bob}', 1, gen_random_uuid(), 'DEPOSIT', 7, 7, now())",
        bob = id(&bob),
    );
    transaction.batch_execute(&write).await.unwrap();
    for amount in ["2", "3"] {
        app.deposit(&alice, amount).await;
        let (events, next) = page(&app, &format!("?after={cursor}")).await;
        assert_eq!((events.len(), next), (0, cursor.clone()), "shown early");
        let (events, _) = page(&app, &format!("?after={cursor}&wallet={}", id(&alice))).await;
        assert_eq!(events.len(), 0, "shown early to the reader of one wallet");
        let (_, now) = page(&app, "?after=now").await;
        assert_eq!(now, cursor);
    }
    transaction.commit().await.unwrap();
    let (events, _) = read_on(&app, &cursor, 10).await;
    let wallets: Vec<&Value> = events.iter().map(|event| &event["wallet"]).collect();
    assert_eq!(wallets, [id(&bob), id(&alice), id(&alice)], "skipped");
    let (all, _) = read_on(&app, "", 10).await;
    assert_eq!(assert_whole(&all), 4);
}

#[actix_web::test]
async fn what_is_rolled_back_and_what_other_databases_do_stops_nothing() {
    let app = TestApp::spawn().await;
    let elsewhere = postgres::database().await;
    let alice = app.wallet("alice").await;
    let mut late = postgres::connect(&app.database).await;
    let transaction = late.transaction().await.unwrap();
    transaction
        .execute("SELECT pg_current_xact_id()", &[])
        .await
        .unwrap();
    app.deposit(&alice, "1").await;
    assert_eq!(page(&app, "").await.0.len(), 0);
    transaction.rollback().await.unwrap();
    assert_eq!(read_on(&app, "", 10).await.0.len(), 1);

    let mut idle = postgres::connect(&elsewhere).await;
    let transaction = idle.transaction().await.unwrap();
    transaction
        .execute("SELECT pg_current_xact_id()", &[])
        .await
        .unwrap();
    app.deposit(&alice, "1").await;
    let (events, _) = read_on(&app, "", 10).await;
    assert_eq!(assert_whole(&events), 2);
    transaction.commit().await.unwrap();
}
