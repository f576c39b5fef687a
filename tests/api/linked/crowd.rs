//! A crowd on two wallets, and a few who pay from the one to the other.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::{join, join_all};
use tokio::time::timeout;

use super::{cents, sent, transfer};
use crate::app::TestApp;

/// Connections that deposit without a pause, half of them into either wallet.
const CROWD: usize = 512;
const PAYERS: usize = 4;
/// Transfers of each payer, one after the other.
const TRANSFERS: usize = 10;
/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(300);

#[actix_web::test]
async fn transfers_between_two_saturated_wallets_are_all_done() {
    let app = TestApp::spawn().await;
    let wallets = [app.wallet("alice").await, app.wallet("bob").await];
    for wallet in &wallets {
        app.deposit(wallet, "100.00").await;
    }
    let over = Cell::new(false);
    let deposits = Cell::new(0);
    let crowd = (0..CROWD).map(async |n| {
        while !over.get() {
            let (status, body) = app.deposit(&wallets[n % 2], "0.01").await;
            assert_eq!(status, 200, "{body}");
            deposits.set(deposits.get() + 1);
        }
    });
    let payers = (0..PAYERS).map(async |n| {
        // The crowd is there.
        while deposits.get() < CROWD {
            tokio::task::yield_now().await;
        }
        for _ in 0..TRANSFERS {
            let (from, to) = (&wallets[n % 2], &wallets[(n + 1) % 2]);
            let (status, body) = sent(transfer(&app, from, to, "0.50")).await;
            assert_eq!(status, 201, "{body}");
        }
    });
    let payers = async {
        join_all(payers).await;
        over.set(true);
    };
    timeout(PATIENCE, join(join_all(crowd), payers))
        .await
        .unwrap();

    let balances = join(app.balance(&wallets[0]), app.balance(&wallets[1])).await;
    let deposits = i64::try_from(deposits.get()).unwrap();
    let total = cents(&balances.0) + cents(&balances.1);
    assert_eq!(total, 2 * 10_000 + deposits);
    let transfers = i64::try_from(PAYERS * TRANSFERS).unwrap();
    assert_eq!(app.audited_operations().await, 2 + deposits + 2 * transfers);
    app.stop().await.unwrap();
}
