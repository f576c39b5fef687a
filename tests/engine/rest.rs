//! A wallet at rest: in memory, without an actor. It becomes active by its first operation, and comes to rest after its last.

use std::time::Duration;

use actix::Arbiter;
use futures_util::future::{join_all, try_join_all};
use futures_util::{FutureExt, poll};
use testkit::random::Random;
use tokio::sync::oneshot;
use tokio::time::sleep;
use wallet_engine::config::EngineConfig;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::Engine;

use super::journal::{Fault, Store};
use super::linked::{pay, transfer};
use super::{TestEngine, balance_after, config, deposit, holds, until, withdraw, within};

/// An engine whose actors come to rest after a quarter of that time.
fn idle_after(idle: Duration) -> EngineConfig {
    EngineConfig { idle, ..config() }
}

async fn read(engine: &Engine, wallet: WalletId) -> i64 {
    engine.wallet(wallet).await.unwrap().balance.cents()
}

async fn until_all_rest(test: &TestEngine, wallets: usize) {
    until("the wallets to rest", || {
        test.engine.resting_wallets() == wallets
    })
    .await;
}

#[actix_web::test]
async fn a_wallet_that_is_only_read_has_no_actor_and_its_first_operation_no_load() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(7);
    for _ in 0..3 {
        assert_eq!(read(&test.engine, wallet).await, 7);
    }
    assert_eq!(test.engine.actor_state(wallet), None);
    assert!(test.engine.rests(wallet));
    assert_eq!(test.engine.active_wallets(), 1);
    assert_eq!(test.engine.resting_wallets(), 1);
    assert!(test.engine.hottest(9).wallets.is_empty());

    let refused = test.withdraw(wallet, 8).await.unwrap_err();
    assert!(refused.contains("InsufficientFunds"), "{refused}");
    assert!(test.engine.actor_state(wallet).is_some());
    assert!(!test.engine.rests(wallet));
    assert_eq!(test.engine.active_wallets(), 1);
    assert_eq!(test.engine.resting_wallets(), 0);
    assert_eq!(test.deposit(wallet, 1).await, Ok(8));
    assert_eq!(test.journal.loads(), 1);
}

#[actix_web::test]
async fn an_actor_comes_to_rest_with_what_it_had_committed() {
    // Long enough for a resting wallet not to be retired while it is looked at.
    let test = TestEngine::with(&idle_after(Duration::from_secs(8)));
    let wallet = test.store.wallet_with(0);
    for expected in 1..=2 {
        assert_eq!(test.deposit(wallet, 1).await, Ok(expected));
        until_all_rest(&test, 1).await;
        assert_eq!(test.engine.actor_state(wallet), None);
        assert_eq!(read(&test.engine, wallet).await, expected);
    }
    assert_eq!(test.journal.loads(), 1);
    assert_eq!(test.engine.hottest(9).wallets[0].operations, 2);
    assert_eq!(test.store.audit(wallet, 0), 2);
}

#[actix_web::test]
async fn two_threads_that_wake_a_wallet_have_one_actor() {
    let test = TestEngine::start();
    let wallets: Vec<_> = (0..200).map(|_| test.store.wallet_with(0)).collect();
    try_join_all(wallets.iter().map(|wallet| test.engine.wallet(*wallet)))
        .await
        .unwrap();
    let (away, engine) = (Arbiter::new(), test.engine.clone());
    let (done, there) = oneshot::channel();
    let of_other = wallets.clone();
    away.spawn(async move {
        let sent = of_other
            .iter()
            .map(|wallet| engine.apply(*wallet, deposit(1)));
        let _ = done.send(join_all(sent).await.iter().all(Result::is_ok));
    });
    let here = join_all(wallets.iter().map(|wallet| test.deposit(*wallet, 1))).await;

    assert!(here.iter().all(Result::is_ok));
    assert!(within("the other thread", there).await.unwrap());
    assert_eq!(test.journal.loads(), wallets.len(), "none missed its guard");
    for wallet in wallets {
        assert_eq!(test.store.audit(wallet, 0), 2);
    }
    away.stop();
}

#[actix_web::test]
async fn rest_and_retirement_race_with_operations_and_reads_of_two_threads() {
    const ROUNDS: i64 = 150;
    for (seed, active_max) in [(1, 1), (2, 3), (3, 1_000)] {
        let config = EngineConfig {
            active_max,
            ..idle_after(Duration::from_millis(12))
        };
        let test = TestEngine::with(&config);
        let wallets: Vec<_> = (0..4).map(|_| test.store.wallet_with(0)).collect();
        let threads = [Arbiter::new(), Arbiter::new()];
        let ended = threads.iter().zip(seed..).map(|(thread, seed)| {
            let (engine, wallets) = (test.engine.clone(), wallets.clone());
            let (done, ended) = oneshot::channel();
            thread.spawn(async move {
                let mut random = Random::from_seed(seed);
                for _ in 0..ROUNDS {
                    let each = wallets.iter().map(async |wallet| {
                        let after = balance_after(&engine, *wallet, deposit(1)).await.unwrap();
                        let read = read(&engine, *wallet).await;
                        assert!(read >= after, "read {read} after {after} was answered");
                    });
                    join_all(each).await;
                    sleep(Duration::from_millis(random.below(9))).await;
                }
                let _ = done.send(());
            });
            ended
        });
        let ended = within("the threads", join_all(ended.collect::<Vec<_>>())).await;
        assert!(ended.iter().all(Result::is_ok), "{ended:?}");

        for wallet in &wallets {
            let rows = i64::try_from(test.store.audit(*wallet, 0)).unwrap();
            assert_eq!(rows, 2 * ROUNDS, "seed {seed}");
        }
        let pending = test.engine.pending();
        assert_eq!((pending.operations, pending.wallets), (0, 0));
        until("all to be retired", || test.engine.active_wallets() == 0).await;
        for thread in threads {
            thread.stop();
        }
    }
}

#[actix_web::test]
async fn transfers_between_wallets_that_rest_again_and_again_lose_nothing() {
    let test = TestEngine::with(&idle_after(Duration::from_millis(40)));
    test.journal.pause_at_random(7);
    let mut random = Random::from_seed(7);
    let wallets: Vec<_> = (0..5).map(|_| test.store.wallet_with(1_000)).collect();
    for _ in 0..60 {
        let steps: Vec<_> = (0..6)
            .map(|_| {
                let from = random.index(5);
                let to = (from + 1 + random.index(4)) % 5;
                transfer(wallets[from], wallets[to], random.cents(20))
            })
            .collect();
        let paid = join_all(steps.into_iter().map(|step| pay(&test.engine, step))).await;
        assert!(paid.iter().all(Result::is_ok), "{paid:?}");
        sleep(Duration::from_millis(random.below(25))).await;
    }
    let mut sum = 0;
    for wallet in &wallets {
        test.store.audit(*wallet, 1_000);
        sum += read(&test.engine, *wallet).await;
    }
    assert_eq!(sum, 5_000);
}

#[actix_web::test]
async fn seeded_faults_between_rests_lose_nothing_and_do_nothing_twice() {
    for seed in 0..6 {
        let test = TestEngine::with(&idle_after(Duration::from_millis(16)));
        test.journal.pause_at_random(seed);
        let mut random = Random::from_seed(seed);
        let wallets: Vec<_> = (0..3).map(|_| test.store.wallet_with(100)).collect();
        let faults = (0..40).map(|_| match random.below(6) {
            0 => Fault::Reject,
            1 => Fault::Busy,
            2 => Fault::LostAfter,
            3 => Fault::LostBefore,
            4 => Fault::Panic,
            _ => Fault::InFlight,
        });
        test.journal.fail_next(faults.collect::<Vec<_>>());
        test.journal.fail_settling(3);
        for _ in 0..30 {
            let sent = wallets.iter().map(async |wallet| {
                let answer = test.deposit(*wallet, 1).await;
                if let Ok(after) = answer {
                    assert!(read(&test.engine, *wallet).await >= after, "seed {seed}");
                }
            });
            join_all(sent).await;
            test.store.land();
            sleep(Duration::from_millis(random.below(14))).await;
        }
        for wallet in &wallets {
            test.store.audit(*wallet, 100);
            let in_store = test.store.wallet(*wallet).balance.cents();
            assert_eq!(read(&test.engine, *wallet).await, in_store, "seed {seed}");
        }
    }
}

#[actix_web::test]
async fn what_rests_from_an_earlier_incarnation_is_neither_read_nor_spent() {
    let test = TestEngine::with(&idle_after(Duration::from_secs(8)));
    let wallets = [(); 2].map(|()| test.store.wallet_with(0));
    let before = test.store.backup();
    for wallet in wallets {
        test.deposit(wallet, 90_00).await.unwrap();
    }
    until_all_rest(&test, 2).await;
    test.store.restore(&before);
    test.store.begin_incarnation();

    assert_eq!(read(&test.engine, wallets[0]).await, 0);
    let refused = test.withdraw(wallets[1], 90_00).await.unwrap_err();
    assert!(refused.contains("InsufficientFunds"), "{refused}");
    for wallet in wallets {
        assert_eq!(test.deposit(wallet, 1).await, Ok(1));
        assert_eq!(test.store.audit(wallet, 0), 1);
    }
}

#[actix_web::test]
async fn an_actor_that_died_leaves_nothing_at_rest() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    let (doomed, engine) = (Arbiter::new(), test.engine.clone());
    let (done, there) = oneshot::channel();
    doomed.spawn(async move {
        engine.apply(wallet, deposit(1)).await.unwrap();
        let _ = done.send(());
    });
    within("the deposit there", there).await.unwrap();
    doomed.stop();
    doomed.join().unwrap();
    assert_eq!(test.engine.active_wallets(), 0);
    assert_eq!(test.deposit(wallet, 1).await, Ok(2));
    assert_eq!(test.journal.loads(), 2);
}

#[actix_web::test]
async fn a_hold_that_another_engine_placed_is_released_though_the_wallet_rests_without_it() {
    let store = Store::new();
    let wallet = store.wallet_with(100);
    let test = TestEngine::start_on(&store);
    assert_eq!(read(&test.engine, wallet).await, 100);
    let other = Engine::start(&config(), store.side());
    let placed = holds::apply(&other, wallet, holds::hold(30)).await;
    placed.unwrap();
    other.stop(Duration::from_secs(10)).await.unwrap();
    drop(other);

    store.pass(time::Duration::DAY);
    until("the release", || store.wallet(wallet).terms.is_none()).await;
    until("the actor to rest", || test.engine.rests(wallet)).await;
    assert_eq!(read(&test.engine, wallet).await, 100);
    assert_eq!(test.store.audit(wallet, 100), 2);
}

#[actix_web::test]
async fn no_more_wallets_stay_in_memory_than_allowed_whether_read_or_used() {
    for active_max in [1, 40] {
        let config = EngineConfig {
            active_max,
            ..config()
        };
        let test = TestEngine::with(&config);
        for n in 0..300 {
            let wallet = test.store.wallet_with(5);
            if n % 3 == 0 {
                assert_eq!(test.withdraw(wallet, 5).await, Ok(0));
            } else {
                assert_eq!(read(&test.engine, wallet).await, 5);
            }
        }
        until("the others to leave", || {
            test.engine.active_wallets() <= active_max
        })
        .await;
        assert_eq!(test.engine.active_wallets(), active_max, "and none besides");
    }
}

#[actix_web::test]
async fn wallets_that_are_waited_on_are_counted_once_each() {
    let test = TestEngine::start();
    let wallets = [(); 3].map(|()| test.store.wallet_with(10));
    try_join_all(wallets.map(|wallet| test.engine.wallet(wallet)))
        .await
        .unwrap();
    let pending = || {
        let pending = test.engine.pending();
        (pending.operations, pending.wallets)
    };
    assert_eq!(pending(), (0, 0));
    test.journal.hold_commits();
    let operations = (0..9).map(|n| test.engine.apply(wallets[n % 3], withdraw(1)));
    let mut sent = join_all(operations).boxed_local();
    assert!(poll!(&mut sent).is_pending());
    assert_eq!(pending(), (9, 3));
    test.journal.let_commits(100);
    assert!(within("the answers", sent).await.iter().all(Result::is_ok));
    assert_eq!(pending(), (0, 0));
}
