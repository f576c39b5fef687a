//! One of several engines on a database: its memory of a wallet may be behind.

use std::sync::Arc;

use futures_util::future::{join, join_all};
use futures_util::{FutureExt, poll};
use wallet_engine::config::EngineConfig;
use wallet_engine::domain::{Operation, Receipt, WalletId};
use wallet_engine::engine::{Engine, EngineError, Queue};

use super::journal::{Side, Store};
use super::{balance_after, config, deposit, under, until, withdraw, within};

/// The greatest balance.
const FULL: i64 = 999_999_999_999;

pub fn shared() -> EngineConfig {
    EngineConfig {
        shared: true,
        ..config()
    }
}

struct Two {
    store: Arc<Store>,
    here: Engine,
    journal: Arc<Side>,
    elsewhere: Engine,
}

impl Two {
    fn start() -> Self {
        let config = &shared();
        let store = Store::new();
        let journal = store.side();
        Self {
            here: Engine::start(config, journal.clone()),
            journal,
            elsewhere: Engine::start(config, store.side()),
            store,
        }
    }

    /// A wallet with this balance, which both engines have in memory since they refused the operation.
    async fn remembered(&self, cents: i64, refused: Operation) -> WalletId {
        let wallet = self.store.wallet_with(cents);
        for engine in [&self.here, &self.elsewhere] {
            assert!(is_refused(&engine.apply(wallet, refused).await));
        }
        wallet
    }
}

fn is_refused(answer: &Result<Receipt, EngineError>) -> bool {
    matches!(answer, Err(EngineError::Refused(_)))
}

async fn read(engine: &Engine, wallet: WalletId) -> i64 {
    engine.wallet(wallet).await.unwrap().balance.cents()
}

#[actix_web::test]
async fn a_balance_that_another_engine_moved_is_read_at_once_and_needs_no_actor() {
    let two = Two::start();
    let wallet = two.remembered(0, withdraw(1)).await;
    for cents in 1..=100 {
        let (writes, reads) = if cents % 2 == 0 {
            (&two.here, &two.elsewhere)
        } else {
            (&two.elsewhere, &two.here)
        };
        assert_eq!(balance_after(writes, wallet, deposit(1)).await, Ok(cents));
        assert_eq!(read(reads, wallet).await, cents);
    }
    let cold = two.store.wallet_with(7);
    assert_eq!(read(&two.here, cold).await, 7);
    assert_eq!(two.here.active_wallets(), 1);
}

#[actix_web::test]
async fn a_read_waits_for_a_load_that_began_after_it() {
    let two = Two::start();
    let wallet = two.store.wallet_with(1);
    two.journal.hold_loaded();
    let mut early = two.here.wallet(wallet).boxed_local();
    assert!(poll!(&mut early).is_pending());
    until("the first load", || two.journal.loads_done() == 1).await;
    let moved = balance_after(&two.elsewhere, wallet, deposit(1)).await;
    assert_eq!(moved, Ok(2));

    let mut late = two.here.wallet(wallet).boxed_local();
    assert!(poll!(&mut late).is_pending());
    two.journal.let_loaded(2);

    let early = within("the early read", early).await.unwrap();
    let late = within("the late read", late).await.unwrap();
    assert_eq!((early.balance.cents(), late.balance.cents()), (1, 2));
}

#[actix_web::test]
async fn nobody_is_refused_what_another_engine_made_possible() {
    let two = Two::start();
    let empty = two.remembered(0, withdraw(1)).await;
    let full = two.remembered(FULL, deposit(1)).await;
    for _ in 0..100 {
        balance_after(&two.elsewhere, empty, deposit(5))
            .await
            .unwrap();
        assert_eq!(balance_after(&two.here, empty, withdraw(5)).await, Ok(0));
        balance_after(&two.elsewhere, full, withdraw(5))
            .await
            .unwrap();
        assert_eq!(balance_after(&two.here, full, deposit(5)).await, Ok(FULL));
    }
    two.store.audit(empty, 0);
    two.store.audit(full, FULL);
}

#[actix_web::test]
async fn refusals_at_the_same_time_cost_few_loads_and_no_write() {
    let two = Two::start();
    let wallet = two.remembered(0, withdraw(1)).await;
    let loads = two.journal.loads();
    two.journal.hold_loads();

    let mut asked = join_all((0..200).map(|_| two.here.apply(wallet, withdraw(1)))).boxed_local();
    assert!(poll!(&mut asked).is_pending());
    until("the load", || two.journal.loads() == loads + 1).await;
    two.journal.let_loads(10);

    assert!(within("refusals", asked).await.iter().all(is_refused));
    assert!(two.journal.loads() <= loads + 3);
    assert_eq!(two.journal.commits(), 0);
}

#[actix_web::test]
async fn refusals_and_repetitions_in_one_queue_are_each_answered_rightly() {
    let two = Two::start();
    let wallet = two.store.wallet_with(0);
    for n in 0..50 {
        let key = under(&format!("key-{n}"), deposit(1));
        two.elsewhere.apply(wallet, key).await.unwrap();
    }
    let emptying = balance_after(&two.elsewhere, wallet, withdraw(50)).await;
    assert_eq!(emptying, Ok(0));

    let repeating = (0..50).map(|n| {
        two.here
            .apply(wallet, under(&format!("key-{n}"), deposit(1)))
    });
    let refused = join_all((0..50).map(|_| two.here.apply(wallet, withdraw(1))));
    let (repeated, refused) = within("the answers", join(join_all(repeating), refused)).await;

    assert!(refused.iter().all(is_refused));
    for answer in repeated {
        assert!(answer.unwrap().replayed);
    }
    two.store.audit(wallet, 0);
}

#[actix_web::test]
async fn reads_that_ask_the_database_are_bounded_and_finished_by_a_stop() {
    let store = Store::new();
    let journal = store.side();
    let config = EngineConfig {
        inflight_max: 2,
        ..shared()
    };
    let engine = Engine::start(&config, journal.clone());
    let wallet = store.wallet_with(3);
    journal.hold_loads();
    let mut reads = join(engine.wallet(wallet), engine.wallet(wallet)).boxed_local();
    assert!(poll!(&mut reads).is_pending());

    assert!(matches!(
        engine.wallet(wallet).await,
        Err(EngineError::Overloaded(Queue::Engine))
    ));
    let mut stop = engine.stop(config.wait).boxed_local();
    assert!(poll!(&mut stop).is_pending());
    assert!(matches!(
        engine.wallet(wallet).await,
        Err(EngineError::Stopping)
    ));
    journal.let_loads(2);

    let (first, second) = within("the reads", reads).await;
    assert_eq!(first.unwrap(), second.unwrap());
    within("the stop", stop).await.unwrap();
}
