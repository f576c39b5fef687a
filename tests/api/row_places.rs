//! A wallet that is written alone is found by the place of its row, and by its id where that is another one by now.

use std::time::Duration;

use tokio::time::sleep;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::SetOutcome;
use wallet_engine::storage::Database;

use crate::app::TestApp;
use crate::keyed_commit::{COMMITTED, commit, journal, load, set, wallet};
use crate::postgres;

/// Deposits once, or twice in one set, on the wallet as it is.
async fn deposit(database: &Database, id: WalletId, twice: bool) -> SetOutcome {
    let loaded = load(database, &[id]).await.remove(0);
    let keys: &[_] = if twice { &[None, None] } else { &[None] };
    commit(database, &[set(&loaded, keys, &[])]).await.remove(0)
}

#[actix_web::test]
async fn the_index_is_not_asked_again_for_a_wallet_that_was_just_written() {
    const COMMITS: i64 = 400;
    let app = TestApp::spawn().await;
    let id = wallet(&app, "hot").await;
    let somebody = postgres::connect(&app.database).await;
    let counted = async || {
        let counts = "SELECT i.idx_scan, n_tup_upd FROM pg_stat_user_indexes i
            JOIN pg_stat_user_tables t USING (relid) WHERE indexrelname = 'wallets_pkey'";
        let row = somebody.query_one(counts, &[]).await.unwrap();
        (row.get::<_, i64>(0), row.get::<_, i64>(1))
    };
    let database = journal(&app);
    let mut now = load(&database, &[id]).await.remove(0);
    let (scans, updates) = counted().await;
    for n in 0..COMMITS {
        let keys: &[_] = if n % 2 == 0 { &[None, None] } else { &[None] };
        let written = set(&now, keys, &[]);
        assert_eq!(
            commit(&database, std::slice::from_ref(&written)).await,
            [COMMITTED]
        );
        now.version = written.version();
        now.balance = written.balance();
    }
    // A session reports its counts about once a second, when it is used.
    let (scans, _) = loop {
        assert_eq!(deposit(&database, id, false).await, COMMITTED);
        let (scans_now, updates_now) = counted().await;
        if updates_now - updates >= COMMITS {
            break (scans_now - scans, updates_now);
        }
        sleep(Duration::from_millis(100)).await;
    };
    assert!(scans < COMMITS / 2, "{scans} scans of the index");
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_row_that_is_elsewhere_is_found_by_the_wallets_id() {
    let app = TestApp::spawn().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(wallet(&app, &format!("user{n}")).await);
    }
    let database = journal(&app);
    let somebody = postgres::connect(&app.database).await;
    let touch = format!(
        "UPDATE wallets SET updated_at = updated_at WHERE id IN ('{}', '{}')",
        ids[0], ids[3]
    );
    for moves in [
        "VACUUM FULL wallets",
        &touch,
        "CLUSTER wallets USING wallets_pkey",
    ] {
        for twice in [false, true] {
            for id in &ids {
                assert_eq!(
                    deposit(&database, *id, twice).await,
                    COMMITTED,
                    "before {moves}"
                );
            }
            // Rows of other wallets come to be where those of some were.
            somebody.batch_execute(moves).await.unwrap();
            for id in &ids {
                assert_eq!(
                    deposit(&database, *id, twice).await,
                    COMMITTED,
                    "after {moves}"
                );
            }
        }
    }
    let versions = load(&database, &ids).await;
    assert!(versions.iter().all(|wallet| wallet.version == 18));
    assert_eq!(app.audited_operations().await, 5 * 18);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wallet_that_another_engine_wrote_is_stale_at_its_place_as_well() {
    let app = TestApp::spawn().await;
    let id = wallet(&app, "shared").await;
    let engines = [journal(&app), journal(&app)];
    for _ in 0..50 {
        assert_eq!(deposit(&engines[0], id, true).await, COMMITTED);
        let before = load(&engines[0], &[id]).await.remove(0);
        assert_eq!(deposit(&engines[1], id, false).await, COMMITTED);
        let late = commit(&engines[0], &[set(&before, &[None], &[])]).await;
        assert_eq!(late, [SetOutcome::Stale]);
    }
    assert_eq!(app.audited_operations().await, 150);
    app.stop().await.unwrap();
}
