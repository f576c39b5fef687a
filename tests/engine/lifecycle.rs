//! Wallets are loaded by their first request, and retired when they are unused; actors are spawned by operations.

use std::thread;
use std::time::Duration;

use actix::Arbiter;
use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::sleep;
use uuid::Uuid;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::EngineError;

use super::journal::Fault;
use super::{TestEngine, config, deposit, until, within};

#[actix_web::test]
async fn any_number_of_concurrent_first_requests_load_the_wallet_once() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.journal.hold_loads();

    let mut sent = join_all((0..200).map(|_| test.deposit(wallet, 1))).boxed_local();
    assert!(poll!(&mut sent).is_pending());
    until("the load", || test.journal.loads() == 1).await;
    test.journal.let_loads(100);

    assert!(within("the answers", sent).await.iter().all(Result::is_ok));
    assert_eq!(test.journal.loads(), 1);
    assert_eq!(
        test.engine.wallet(wallet).await.unwrap().balance.cents(),
        200
    );
    assert_eq!(
        test.journal.loads(),
        1,
        "a read of an active wallet is served from memory"
    );
}

#[actix_web::test]
async fn many_cold_wallets_are_loaded_by_few_queries() {
    let test = TestEngine::start();
    let wallets: Vec<_> = (0..200).map(|_| test.store.wallet_with(0)).collect();
    test.journal.hold_loads();
    let mut sent = join_all(wallets.iter().map(|w| test.deposit(*w, 1))).boxed_local();
    assert!(poll!(&mut sent).is_pending());
    // Each load is requested by a task on this thread: all of them, before the first query is released.
    for _ in 0..wallets.len() {
        yield_now().await;
    }
    until("a load", || test.journal.load_queries() > 0).await;
    test.journal.let_loads(200);

    assert!(within("the answers", sent).await.iter().all(Result::is_ok));
    assert_eq!(test.journal.loads(), 200);
    assert!(test.journal.load_queries() < 50);
}

#[actix_web::test]
async fn looking_for_an_unknown_wallet_leaves_no_actor_behind() {
    let test = TestEngine::start();
    for _ in 0..100 {
        let unknown = WalletId(Uuid::new_v4());
        assert!(matches!(
            test.engine.wallet(unknown).await,
            Err(EngineError::WalletNotFound)
        ));
        assert!(matches!(
            test.engine.apply(unknown, deposit(1)).await,
            Err(EngineError::WalletNotFound)
        ));
    }
    assert_eq!(test.engine.active_wallets(), 0);
}

#[actix_web::test]
async fn a_first_caller_that_leaves_takes_nothing_from_those_behind_it() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.journal.hold_loads();
    let mut first = test.engine.apply(wallet, deposit(1)).boxed_local();
    assert!(poll!(&mut first).is_pending());
    let mut second = test.engine.apply(wallet, deposit(2)).boxed_local();
    assert!(poll!(&mut second).is_pending());

    drop(first);
    test.journal.let_loads(10);

    assert_eq!(
        within("the second", second).await.unwrap().balance.cents(),
        2
    );
}

#[actix_web::test]
async fn an_idle_actor_is_retired_and_comes_back_with_what_it_knew() {
    let mut config = config();
    config.idle = Duration::from_millis(20);
    let test = TestEngine::with(&config);
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 1).await.unwrap();

    until("the retirement", || test.engine.active_wallets() == 0).await;

    assert_eq!(test.deposit(wallet, 2).await, Ok(3));
    assert_eq!(test.journal.loads(), 2);
}

#[actix_web::test]
async fn an_actor_moves_to_the_thread_that_alone_uses_it() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    let first = test.engine.apply(wallet, deposit(1)).await;
    assert_eq!(first.unwrap().balance.cents(), 1);
    let (away, engine) = (Arbiter::new(), test.engine.clone());
    let (done, answers) = oneshot::channel();
    away.spawn(async move {
        let mut balances = Vec::new();
        for _ in 0..300 {
            let answer = engine.apply(wallet, deposit(1)).await;
            balances.push(answer.unwrap().balance.cents());
            // An actor stops when nothing waits; a caller that returns at once may come before that, every time.
            sleep(Duration::from_millis(1)).await;
        }
        let lives_on = engine.actor_state(wallet).and_then(|actor| actor.thread);
        let here = thread::current().name().map(str::to_owned);
        let _ = done.send((balances, lives_on, here));
    });

    let (balances, lives_on, here) = within("the answers", answers).await.unwrap();

    assert_eq!(balances, (2..=301).collect::<Vec<_>>());
    assert!(here.is_some());
    assert_eq!(lives_on, here, "it moved");
    assert_eq!(test.journal.loads(), 1, "what it knew moved with it");
    away.stop();
}

#[actix_web::test]
async fn above_the_limit_the_longest_idle_actors_are_retired() {
    let mut config = config();
    config.active_max = 32;
    let test = TestEngine::with(&config);
    for _ in 0..200 {
        let wallet = test.store.wallet_with(0);
        test.deposit(wallet, 1).await.unwrap();
    }
    until("the retirements", || test.engine.active_wallets() <= 32).await;
}

#[actix_web::test]
async fn an_actor_with_a_write_under_way_is_never_retired() {
    let mut config = config();
    config.idle = Duration::from_millis(4);
    let test = TestEngine::with(&config);
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    test.journal.hold_commits();
    let mut held = test.engine.apply(wallet, deposit(1)).boxed_local();
    assert!(poll!(&mut held).is_pending());
    until("the write", || test.journal.commits() == 1).await;
    let other = test.store.wallet_with(0);
    test.engine.wallet(other).await.unwrap();

    // The retirement of the other actor shows that idle actors were checked.
    until("a retirement", || test.engine.active_wallets() == 1).await;
    test.journal.let_commits(10);

    within("the answer", held).await.unwrap();
    assert_eq!(test.store.audit(wallet, 0), 1);
}

#[actix_web::test]
async fn retirement_racing_with_messages_loses_none() {
    let mut config = config();
    config.idle = Duration::from_millis(4);
    config.active_max = 2;
    let test = TestEngine::with(&config);
    let wallets: Vec<_> = (0..8).map(|_| test.store.wallet_with(0)).collect();

    for round in 0..300_u64 {
        let answers = join_all(wallets.iter().map(|wallet| test.deposit(*wallet, 1))).await;
        for answer in answers {
            assert_eq!(answer, Ok(i64::try_from(round).unwrap() + 1));
        }
        if round % 5 == 0 {
            tokio::time::sleep(Duration::from_millis(round % 11)).await;
        }
    }

    for wallet in wallets {
        assert_eq!(test.store.audit(wallet, 0), 300);
    }
    assert!(test.journal.loads() > 100, "wallets did retire in between");
}

#[actix_web::test]
async fn a_stop_answers_what_was_accepted_and_refuses_the_rest() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 1).await.unwrap();
    test.journal.hold_commits();
    let mut accepted = join_all((0..50).map(|_| test.deposit(wallet, 1))).boxed_local();
    assert!(poll!(&mut accepted).is_pending());

    let mut stop = test.engine.stop(Duration::from_secs(20)).boxed_local();
    assert!(poll!(&mut stop).is_pending());
    assert!(
        test.deposit(wallet, 1)
            .await
            .unwrap_err()
            .contains("Stopping")
    );
    assert!(matches!(
        test.engine.wallet(wallet).await,
        Err(EngineError::Stopping)
    ));
    test.journal.let_commits(100);

    let (answers, stopped) = futures_util::join!(accepted, stop);
    assert!(answers.iter().all(Result::is_ok));
    stopped.unwrap();
    assert_eq!(test.store.audit(wallet, 0), 51);
    assert_eq!(test.engine.active_wallets(), 0);
}

#[actix_web::test]
async fn a_stop_that_cannot_finish_says_how_much_was_under_way() {
    let mut config = config();
    config.wait = Duration::from_secs(1);
    let test = TestEngine::with(&config);
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    test.journal.fail_next([Fault::Hang { applied: false }]);
    let mut hanging = test.engine.apply(wallet, deposit(1)).boxed_local();
    assert!(poll!(&mut hanging).is_pending());
    until("the write", || test.journal.commits() == 1).await;

    let stopped = test.engine.stop(Duration::from_millis(50)).await;

    let pending = stopped.unwrap_err().0;
    assert_eq!((pending.operations, pending.wallets), (1, 1));
    // As long as its thread runs, waiting callers receive the outcome.
    let answer = within("the answer", hanging).await;
    assert_eq!(test.store.audit(wallet, 0), usize::from(answer.is_ok()));
}
