//! Rows that were written before rows had places in the feed.

use super::{assert_whole, id, page, read_on};
use crate::app::TestApp;
use crate::postgres;

#[actix_web::test]
async fn rows_of_before_come_first_and_once_whatever_is_written_meanwhile() {
    let app = TestApp::spawn().await;
    let mut wallets = Vec::new();
    for name in ["alice", "bob", "carol"] {
        let wallet = app.wallet(name).await;
        for _ in 0..5 {
            app.deposit(&wallet, "1").await;
        }
        wallets.push(wallet);
    }
    let database = postgres::connect(&app.database).await;
    let forget = "UPDATE operations SET feed_position = NULL, feed_run = NULL";
    assert_eq!(database.execute(forget, &[]).await.unwrap(), 15);
    wallets.push(app.wallet("dave").await);
    for wallet in &wallets {
        app.deposit(wallet, "1").await;
    }
    for limit in [1, 4, 15, 16, 100] {
        let (all, _) = read_on(&app, "", limit).await;
        assert_eq!(assert_whole(&all), 19, "{limit}");
    }
    // A row of a wallet that is behind the reader.
    let (half, cursor) = page(&app, "?limit=8").await;
    for wallet in &wallets {
        app.deposit(wallet, "1").await;
    }
    let (rest, end) = read_on(&app, &cursor, 3).await;
    assert_eq!(assert_whole(&[half, rest].concat()), 23);
    assert_eq!(page(&app, "?after=now").await.1, end);
    for wallet in &wallets {
        let of_wallet = format!("?wallet={}", id(wallet));
        let (all, _) = page(&app, &of_wallet).await;
        let (rest, _) = page(&app, &format!("{of_wallet}&after={cursor}")).await;
        let (first, _) = page(&app, "?limit=8").await;
        let before = first.iter().filter(|event| event["wallet"] == id(wallet));
        assert_eq!(before.count() + rest.len(), all.len(), "{wallet}");
    }
}

#[actix_web::test]
async fn an_engine_that_knows_nothing_of_the_feed_writes_rows_with_places() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "1").await;
    let database = postgres::connect(&app.database).await;
    for (from, to) in [(2, 4), (5, 5)] {
        // As its statements do, without the columns of the feed.
        let write = format!(
            "WITH moved AS (UPDATE wallets SET balance = {to}, version = {to} WHERE id = '{alice}')
             INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
             SELECT '{alice}', seq, gen_random_uuid(), 'DEPOSIT', 1, seq, now() FROM generate_series({from}, {to}) AS seq",
            alice = id(&alice),
        );
        database.batch_execute(&write).await.unwrap();
    }
    app.deposit(&alice, "1").await;
    for limit in [1, 2, 100] {
        let (all, _) = read_on(&app, "", limit).await;
        assert_eq!(assert_whole(&all), 6, "{limit}");
    }
}
