//! A hold expires at its moment for every decision, and once in the ledger, whichever engines are up.

use std::time::Duration;

use futures_util::future::join_all;
use time::Duration as Time;
use wallet_engine::domain::{OperationKind, OperationRefused, WalletId};
use wallet_engine::engine::Engine;

use super::{LASTS_S, apply, capture, constellations, hold, refusal, rows};
use crate::journal::{Fault, Store};
use crate::{TestEngine, config, until, withdraw, within};

fn release(store: &Store, wallet: WalletId) -> usize {
    rows(store, wallet, OperationKind::Release)
}

#[actix_web::test]
async fn what_has_expired_is_available_at_once_and_cannot_be_captured() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(100);
    let id = apply(&test.engine, wallet, hold(100)).await.unwrap().seq;
    let refused = apply(&test.engine, wallet, withdraw(1).into()).await;
    assert_eq!(refusal(refused), OperationRefused::InsufficientFunds);
    test.store.pass(Time::seconds(i64::from(LASTS_S)));
    let refused = apply(&test.engine, wallet, capture(id, None)).await;
    assert_eq!(refusal(refused), OperationRefused::NoOpenHold);
    apply(&test.engine, wallet, withdraw(100).into())
        .await
        .unwrap();
    assert_eq!(release(&test.store, wallet), 1);
    test.store.audit(wallet, 100);
}

#[actix_web::test]
async fn a_quiet_wallet_s_hold_is_released_once_by_whichever_engine() {
    let store = Store::new();
    for engines in constellations(&store) {
        let wallet = store.wallet_with(100);
        // What the others remember of the wallet is from before the hold.
        for engine in &engines {
            apply(engine, wallet, hold(5)).await.unwrap();
        }
        apply(&engines[0], wallet, hold(30)).await.unwrap();
        let placed = engines.len() + 1;
        store.pass(Time::seconds(i64::from(LASTS_S)));
        until("the release", || release(&store, wallet) == placed).await;
        // Another sweep of each engine finds nothing.
        let other = store.wallet_with(1);
        apply(&engines[engines.len() - 1], other, hold(1))
            .await
            .unwrap();
        store.pass(Time::seconds(i64::from(LASTS_S)));
        until("the next release", || release(&store, other) == 1).await;
        assert_eq!(release(&store, wallet), placed);
        assert_eq!(store.wallet(wallet).terms, None);
        for wallet in [wallet, other] {
            store.audit(wallet, if wallet == other { 1 } else { 100 });
        }
        for engine in &engines {
            assert_eq!(engine.pending().operations, 0, "a ticket leaks");
        }
    }
}

#[actix_web::test]
async fn what_expired_while_no_engine_was_up_is_released_in_portions_and_its_actors_leave() {
    const WALLETS: usize = 600;
    let store = Store::new();
    let before = Engine::start(&config(), store.side());
    let wallets: Vec<_> = (0..WALLETS).map(|_| store.wallet_with(100)).collect();
    let placed = wallets
        .iter()
        .map(|wallet| apply(&before, *wallet, hold(30)));
    for placed in within("the holds", join_all(placed)).await {
        placed.unwrap();
    }
    before.stop(Duration::from_secs(10)).await.unwrap();
    drop(before);
    store.pass(Time::days(1));

    let test = TestEngine::start_on(&store);
    test.journal.fail_next([
        Fault::NotSent,
        Fault::LostAfter,
        Fault::LostBefore,
        Fault::Busy,
    ]);
    let is_released = |wallet: &WalletId| store.wallet(*wallet).terms.is_none();
    until("all releases", || wallets.iter().all(is_released)).await;
    for wallet in &wallets {
        assert_eq!(store.audit(*wallet, 100), 2);
    }
    // One whose release was not sent is used again by the next sweep, and stays.
    let is_active = |wallet: &&WalletId| test.engine.actor_state(**wallet).is_some();
    until("the actors to leave", || {
        wallets.iter().filter(is_active).count() <= 256
    })
    .await;
    assert_eq!(test.engine.pending().operations, 0);
}

#[actix_web::test]
async fn an_actor_that_waits_for_a_linked_set_or_writes_releases_as_well() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(100);
    for _ in 0..3 {
        apply(&test.engine, wallet, hold(10)).await.unwrap();
    }
    test.journal.hold_commits();
    let mut writing = Box::pin(apply(&test.engine, wallet, withdraw(1).into()));
    assert!(futures_util::poll!(&mut writing).is_pending());
    test.store.pass(Time::seconds(i64::from(LASTS_S)));
    test.journal.let_commits(100);
    writing.await.unwrap();
    until("the releases", || release(&test.store, wallet) == 3).await;
    test.store.audit(wallet, 100);
}
