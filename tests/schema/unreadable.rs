//! Rows that the engine cannot read cost their own wallet and nothing else.

use std::time::Duration;

use wallet_engine::config::DatabaseLimits;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::Journal;
use wallet_engine::storage::Database;

use crate::app::TestApp;
use crate::postgres;

fn id_of(wallet: &str) -> WalletId {
    let id = wallet.split('/').nth(3).unwrap();
    WalletId(id.parse().unwrap())
}

#[actix_web::test]
async fn a_balance_that_is_no_number_fails_its_own_wallet_alone() {
    let app = TestApp::spawn().await;
    let mut wallets = Vec::new();
    for n in 0..12 {
        let wallet = app.wallet(&format!("user{n}")).await;
        let (status, body) = app.deposit(&wallet, "7.00").await;
        assert_eq!(status, 200, "{body}");
        wallets.push(wallet);
    }
    let database = postgres::connect(&app.database).await;
    let spoil = format!(
        "ALTER TABLE wallets DROP CONSTRAINT IF EXISTS wallets_balance_max_check;
         UPDATE wallets SET balance = 'NaN' WHERE id = '{}';
         ALTER TABLE wallets ADD CONSTRAINT wallets_balance_max_check CHECK (balance <= 9999999999.99) NOT VALID",
        id_of(&wallets[5])
    );
    database.batch_execute(&spoil).await.unwrap();

    let limits = DatabaseLimits::of(Duration::from_secs(20));
    let journal = Database::new(&app.database, 1, 1, &limits).unwrap();
    let mut ids: Vec<_> = wallets.iter().map(|wallet| id_of(wallet)).collect();
    ids.push(WalletId(uuid::Uuid::nil()));
    let loaded = journal.load(None, &ids).await.unwrap();
    assert_eq!(loaded.len(), ids.len());
    for (n, loaded) in loaded.iter().enumerate() {
        match n {
            5 => assert!(loaded.is_err()),
            12 => assert_eq!(loaded.as_ref().unwrap(), &None),
            _ => {
                let wallet = loaded.as_ref().unwrap().as_ref().unwrap();
                assert_eq!((wallet.id, wallet.balance.cents()), (ids[n], 700));
            }
        }
    }

    // An engine that has none of them in memory.
    let fresh = TestApp::spawn_on(app.database.clone(), |_| {}).await;
    for (n, wallet) in wallets.iter().enumerate() {
        let (status, body) = fresh.deposit(wallet, "1.00").await;
        assert_eq!(status, if n == 5 { 500 } else { 200 }, "{n}: {body}");
    }
    fresh.stop().await.unwrap();
    app.stop().await.unwrap();
}
