//! A thread that loads wallets has a loader and a load session of its own, as long as there are any.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use actix::Arbiter;
use futures_util::future::join_all;
use tokio::sync::oneshot;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::{Engine, EngineError};
use wallet_engine::telemetry::chain;

use super::journal::{LoadFault, Store};
use super::{TestEngine, config, within};

fn with_sessions(sessions: usize) -> TestEngine {
    TestEngine::with_load_sessions(sessions, &config(), Store::new())
}

/// Reads a balance on that thread.
async fn read_on(thread: &Arbiter, engine: &Engine, wallet: WalletId) -> i64 {
    let (done, answer) = oneshot::channel();
    let engine = engine.clone();
    thread.spawn(async move {
        let wallet = engine.wallet(wallet).await.unwrap();
        done.send(wallet.balance.cents()).unwrap();
    });
    within("a balance", answer).await.unwrap()
}

#[actix_web::test]
async fn each_thread_loads_on_itself_by_a_session_of_its_own() {
    let test = with_sessions(2);
    let threads = [Arbiter::new(), Arbiter::new()];
    for cents in 0..20 {
        for thread in &threads {
            let wallet = test.store.wallet_with(cents);
            assert_eq!(read_on(thread, &test.engine, wallet).await, cents);
        }
    }
    let loaded: HashSet<_> = test.journal.load_sessions.used().into_iter().collect();
    assert_eq!(loaded.len(), 2, "each on its thread: {loaded:?}");
    let sessions: HashSet<_> = loaded.iter().map(|(session, _)| *session).collect();
    assert_eq!(sessions, HashSet::from([Some(0), Some(1)]));
    let here = thread::current().id();
    assert!(loaded.iter().all(|(_, thread)| *thread != here));
}

#[actix_web::test]
async fn threads_without_a_session_share_the_loaders_of_the_engine() {
    let test = with_sessions(1);
    let [first, second] = [Arbiter::new(), Arbiter::new()];
    for cents in 0..20 {
        let wallets = [cents, 100 + cents].map(|cents| test.store.wallet_with(cents));
        let reads = [&first, &second].into_iter().zip(wallets);
        let reads = reads.map(|(thread, wallet)| read_on(thread, &test.engine, wallet));
        assert_eq!(join_all(reads).await, [cents, 100 + cents]);
    }
    let of = |session| {
        let loads = test.journal.load_sessions.used().into_iter();
        let threads = loads.filter(|(its, _)| *its == session).map(|(_, on)| on);
        threads.collect::<HashSet<_>>()
    };
    assert_eq!((of(Some(0)).len(), of(None).len()), (1, 1));
    assert!(of(Some(0)).is_disjoint(&of(None)));
}

#[actix_web::test]
async fn the_session_of_a_thread_that_ended_serves_another() {
    let test = with_sessions(1);
    let wallets = [1, 2, 3].map(|cents| test.store.wallet_with(cents));
    for wallet in wallets {
        let thread = Arbiter::new();
        read_on(&thread, &test.engine, wallet).await;
        thread.stop();
        thread.join().unwrap();
    }
    let sessions = test.journal.load_sessions.used().into_iter();
    let sessions: Vec<_> = sessions.map(|(session, _)| session).collect();
    assert_eq!(sessions, [Some(0); 3]);
}

#[actix_web::test]
async fn a_load_that_fails_or_panics_leaves_the_loader_to_the_next() {
    let test = with_sessions(1);
    for fault in [LoadFault::Fail, LoadFault::Panic] {
        let wallet = test.store.wallet_with(5);
        test.journal.fail_next_load(fault);
        assert!(test.engine.wallet(wallet).await.is_err());
        let found = within("a balance", test.engine.wallet(wallet)).await;
        assert_eq!(found.unwrap().balance.cents(), 5);
    }
    let loads = test.journal.load_sessions.used();
    assert_eq!(loads.len(), 4);
    assert!(loads.iter().all(|(session, _)| *session == Some(0)));
}

#[actix_web::test]
async fn a_load_that_waited_too_long_behind_others_is_refused_in_time_and_not_sent() {
    let mut config = config();
    config.wait = Duration::from_secs(3);
    let test = TestEngine::with_load_sessions(1, &config, Store::new());
    // A query has 256 of them, and a third of the time.
    let wallets: Vec<_> = (0..600)
        .map(|cents| test.store.wallet_with(cents))
        .collect();
    test.journal.hold_loads();
    let reads = wallets.iter().map(|wallet| test.engine.wallet(*wallet));
    let answers = within("the refusals", join_all(reads)).await;
    let causes = answers.into_iter().map(|answer| match answer {
        Err(error @ EngineError::NotDone(_)) => chain(&error).to_string(),
        other => panic!("{other:?}"),
    });
    let waited = causes.filter(|cause| cause.contains("behind others"));
    assert_eq!(
        (waited.count(), test.journal.load_queries()),
        (600 - 2 * 256, 2)
    );

    test.journal.let_loads(1);
    let found = within("a balance", test.engine.wallet(wallets[7])).await;
    assert_eq!(found.unwrap().balance.cents(), 7);
}
