//! A wallet that other engines write all the time: its row is locked before it is written.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use wallet_engine::config::EngineConfig;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::{Engine, EngineError, LOCKED_SESSIONS, Lane};

use super::journal::{Fault, LockFault, Side, Store};
use super::shared::shared;
use super::{balance_after, deposit, under, until, withdraw, within};

/// An engine whose wallet is contended, as `there` has written it again and again.
struct Contended {
    store: Arc<Store>,
    here: Engine,
    journal: Arc<Side>,
    there: Engine,
    wallet: WalletId,
    /// The wallet's balance.
    cents: i64,
}

impl Contended {
    async fn start() -> Self {
        Self::with(&shared()).await
    }

    async fn with(config: &EngineConfig) -> Self {
        let mut it = Self::unlocked(config);
        while it.journal.locked_commits() == 0 {
            it.disturb().await;
            it.deposit_here().await;
        }
        it
    }

    /// The wallet is not contended yet.
    fn unlocked(config: &EngineConfig) -> Self {
        let store = Store::new();
        let journal = store.side();
        Self {
            here: Engine::start(config, journal.clone()),
            journal,
            there: Engine::start(config, store.side()),
            wallet: store.wallet_with(0),
            store,
            cents: 0,
        }
    }

    /// The other engine writes the wallet.
    async fn disturb(&mut self) {
        self.cents += 1;
        let balance = balance_after(&self.there, self.wallet, deposit(1)).await;
        assert_eq!(balance, Ok(self.cents));
    }

    async fn deposit_here(&mut self) {
        self.cents += 1;
        let balance = balance_after(&self.here, self.wallet, deposit(1)).await;
        assert_eq!(balance, Ok(self.cents));
    }

    fn assert_written_once(&self) {
        self.store.land();
        let operations = self.store.audit(self.wallet, 0);
        assert_eq!(i64::try_from(operations), Ok(self.cents));
    }
}

#[actix_web::test]
async fn a_wallet_that_others_write_all_the_time_is_locked_and_misses_no_more() {
    let mut it = Contended::unlocked(&shared());
    it.deposit_here().await;
    it.disturb().await;
    it.deposit_here().await;
    assert_eq!(it.journal.locks(), 0, "one miss");
    for _ in 0..3 {
        it.disturb().await;
        it.deposit_here().await;
    }
    assert_eq!(it.journal.locks(), it.journal.locked_commits());
    let (locks, loads, commits) = (it.journal.locks(), it.journal.loads(), it.journal.commits());
    assert!(locks > 0);
    for _ in 0..10 {
        it.disturb().await;
        it.deposit_here().await;
    }
    assert_eq!(it.journal.locks(), locks + 10);
    assert_eq!(it.journal.commits(), commits + 10, "none missed");
    assert_eq!(it.journal.loads(), loads, "and none was loaded besides");
    it.assert_written_once();
}

#[actix_web::test]
async fn it_is_locked_no_more_when_no_one_else_writes_it() {
    let mut it = Contended::start().await;
    let before = it.journal.commits() - it.journal.locked_commits();
    while it.journal.commits() - it.journal.locked_commits() == before {
        it.deposit_here().await;
    }
    let locks = it.journal.locks();
    assert!((2..=100).contains(&locks), "{locks} locks");
    for _ in 0..10 {
        it.deposit_here().await;
    }
    assert_eq!(it.journal.locks(), locks);
    it.assert_written_once();
}

#[actix_web::test]
async fn where_rows_cannot_be_locked_a_miss_costs_a_load_and_a_write() {
    let mut it = Contended::unlocked(&shared());
    it.store.move_to(Lane(1), it.wallet);
    it.deposit_here().await;
    for _ in 0..20 {
        it.disturb().await;
        let (loads, commits) = (it.journal.loads(), it.journal.commits());
        it.deposit_here().await;
        assert_eq!(it.journal.loads(), loads + 1);
        assert_eq!(it.journal.commits(), commits + 2);
    }
    assert_eq!(it.journal.locks(), 0);
    it.assert_written_once();
}

#[actix_web::test]
async fn everything_that_waits_for_the_lock_is_one_write() {
    let mut it = Contended::start().await;
    let locked = it.store.locks.lock(it.wallet).await;
    let commits = it.journal.commits();
    let locks = it.journal.locks();
    let mut all = join_all((0..20).map(|_| it.here.apply(it.wallet, deposit(1)))).boxed_local();
    assert!(poll!(&mut all).is_pending());
    until("an attempt", || it.journal.locks() > locks).await;
    drop(locked);
    for answer in all.await {
        answer.unwrap();
    }
    assert_eq!(it.journal.commits(), commits + 1);
    it.cents += 20;
    it.assert_written_once();
}

#[actix_web::test]
async fn a_refusal_under_the_lock_is_true_and_writes_nothing() {
    let mut it = Contended::start().await;
    for _ in 0..10 {
        it.disturb().await;
        let (locks, commits) = (it.journal.locks(), it.journal.commits());
        let refused = it.here.apply(it.wallet, withdraw(it.cents + 1)).await;
        assert!(matches!(refused, Err(EngineError::Refused(_))));
        assert_eq!(it.journal.locks(), locks + 1);
        assert_eq!(it.journal.commits(), commits);
    }
    it.disturb().await;
    it.assert_written_once();
}

#[actix_web::test]
async fn a_key_of_the_other_engine_is_replayed_under_the_lock() {
    let mut it = Contended::start().await;
    for number in 0..10 {
        it.disturb().await;
        let keyed = |cents| under(&format!("key-{number}"), deposit(cents));
        let first = it.there.apply(it.wallet, keyed(1)).await.unwrap();
        it.cents += 1;
        let fresh = it.here.apply(it.wallet, deposit(1));
        let again = it.here.apply(it.wallet, keyed(1));
        let reused = it.here.apply(it.wallet, keyed(2));
        let (fresh, again, reused) = futures_util::join!(fresh, again, reused);
        it.cents += 1;
        assert_eq!(fresh.unwrap().balance.cents(), it.cents);
        let again = again.unwrap();
        assert_eq!((again.seq, again.replayed), (first.seq, true));
        assert!(matches!(reused, Err(EngineError::KeyReused)));
    }
    it.assert_written_once();
}

#[actix_web::test]
async fn whatever_keeps_it_from_locking_does_not_keep_it_from_writing() {
    for fault in [
        LockFault::Busy,
        LockFault::Lost,
        LockFault::LostLocked,
        LockFault::Silent,
        LockFault::Panic,
    ] {
        let mut it = Contended::start().await;
        it.journal.fail_next_lock([fault; 10]);
        for _ in 0..20 {
            it.deposit_here().await;
            it.disturb().await;
        }
        it.assert_written_once();
    }
}

#[actix_web::test]
async fn an_outcome_that_is_unknown_under_the_lock_is_found_out() {
    for fault in [
        Fault::LostAfter,
        Fault::LostBefore,
        Fault::InFlight,
        Fault::Busy,
        Fault::NotSent,
    ] {
        let mut it = Contended::start().await;
        for _ in 0..5 {
            it.disturb().await;
            let locked = it.journal.locked_commits();
            it.journal.fail_next([fault]);
            it.journal.fail_settling(2);
            it.deposit_here().await;
            assert!(it.journal.locked_commits() > locked, "{fault:?}");
            it.journal.fail_settling(0);
        }
        it.assert_written_once();
    }
}

#[actix_web::test]
async fn a_write_that_fails_under_the_lock_is_an_error_and_frees_the_row() {
    for fault in [Fault::Reject, Fault::Panic] {
        let mut it = Contended::start().await;
        it.disturb().await;
        it.journal.fail_next([fault]);
        let failed = balance_after(&it.here, it.wallet, deposit(1)).await;
        assert!(failed.unwrap_err().contains("Unavailable"), "{fault:?}");
        it.disturb().await;
        it.deposit_here().await;
        it.assert_written_once();
    }
}

#[actix_web::test]
async fn a_lock_that_is_not_released_is_an_error_in_time_and_no_neighbour_waits() {
    let mut config = shared();
    config.wait = Duration::from_millis(400);
    let mut it = Contended::with(&config).await;
    let neighbour = it.store.wallet_with(0);
    let locked = it.store.locks.lock(it.wallet).await.unwrap();

    let mut waiting = it.here.apply(it.wallet, deposit(1)).boxed_local();
    assert!(poll!(&mut waiting).is_pending());
    let beside = balance_after(&it.here, neighbour, deposit(1)).await;
    assert_eq!(beside, Ok(1));
    let failed = within("an answer", waiting).await;
    assert!(matches!(failed, Err(EngineError::NotDone(_))), "{failed:?}");

    drop(locked);
    it.deposit_here().await;
    it.assert_written_once();
}

#[actix_web::test]
async fn a_caller_that_leaves_while_the_lock_is_awaited_leaves_nothing_behind() {
    let mut it = Contended::start().await;
    let locked = it.store.locks.lock(it.wallet).await.unwrap();
    let locks = it.journal.locks();
    let mut left = it.here.apply(it.wallet, deposit(1)).boxed_local();
    assert!(poll!(&mut left).is_pending());
    until("an attempt", || it.journal.locks() > locks).await;
    drop(left);
    drop(locked);
    it.disturb().await;
    it.deposit_here().await;
    it.assert_written_once();
}

#[actix_web::test]
async fn more_contended_wallets_than_sessions_are_all_written() {
    let config = &shared();
    let store = Store::new();
    let journals = [store.side(), store.side()];
    let engines = journals.clone().map(|side| Engine::start(config, side));
    let wallets: Vec<_> = (0..3 * LOCKED_SESSIONS)
        .map(|_| store.wallet_with(0))
        .collect();
    for (number, side) in (0..).zip(&journals) {
        side.pause_at_random(number);
    }
    let clients = wallets.iter().flat_map(|wallet| {
        let clients = engines.iter().flat_map(|engine| [engine; 4]);
        clients.map(move |engine| async move {
            for _ in 0..25 {
                engine.apply(*wallet, deposit(1)).await.unwrap();
            }
        })
    });
    within("all", join_all(clients)).await;
    for wallet in wallets {
        assert_eq!(store.audit(wallet, 0), 200);
    }
    for side in journals {
        assert!(side.locked_commits() > 0);
        let sessions = side.groups().into_iter().map(|(session, _)| session.number);
        assert!(sessions.max() < Some(config.committers + LOCKED_SESSIONS));
    }
}
