//! Linked sets whose write, wallets or callers fail.

use std::time::Duration;

use futures_util::future::join_all;
use wallet_engine::config::EngineConfig;
use wallet_engine::engine::{EngineError, LinkedError};

use super::{pay, transfer};
use crate::journal::{Fault, LoadFault};
use crate::{TestEngine, config, deposit, until, within};

#[actix_web::test]
async fn what_fails_fails_both_wallets_and_what_is_open_is_settled_for_both() {
    for (fault, happens) in [
        (Fault::NotSent, false),
        (Fault::Reject, false),
        (Fault::Busy, true),
        (Fault::LostAfter, true),
        (Fault::LostBefore, true),
        (Fault::InFlight, true),
        (Fault::Panic, false),
    ] {
        let test = TestEngine::start();
        let (a, b) = (test.store.wallet_with(1_000), test.store.wallet_with(0));
        test.journal.fail_next([fault]);
        let answer = within("a transfer", pay(&test.engine, transfer(a, b, 10))).await;
        assert_eq!(answer.is_ok(), happens, "{fault:?}: {answer:?}");
        test.store.land();
        let rows = usize::from(happens);
        assert_eq!(test.store.audit(a, 1_000), rows, "{fault:?}");
        assert_eq!(test.store.audit(b, 0), rows, "{fault:?}");
        // Both wallets go on.
        within("another", pay(&test.engine, transfer(a, b, 10)))
            .await
            .unwrap();
        assert_eq!(test.store.audit(b, 0), rows + 1, "{fault:?}");
        until("nothing is inside", || {
            test.engine.pending().operations == 0
        })
        .await;
    }
}

#[actix_web::test]
async fn a_rejected_group_is_tried_again_unit_by_unit() {
    let test = TestEngine::start();
    let [a, b, c, d] = [1_000; 4].map(|cents| test.store.wallet_with(cents));
    test.deposit(a, 1).await.unwrap();
    test.journal.hold_commits();
    let first = test.engine.apply(a, deposit(1));
    let others = async {
        until("the first is being written", || test.journal.commits() == 2).await;
        let pays = [transfer(c, d, 1), transfer(a, b, 1)].map(|step| pay(&test.engine, step));
        let release = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            test.journal
                .fail_next([Fault::Pass, Fault::RejectWallet(b)]);
            test.journal.let_commits(100);
        };
        tokio::join!(join_all(pays), release).0
    };
    let (_, answers) = within("the group", async { tokio::join!(first, others) }).await;
    assert!(answers[0].is_ok(), "{:?}", answers[0]);
    assert!(answers[1].is_err());
    assert_eq!(test.store.audit(c, 1_000), 1);
    assert_eq!(test.store.audit(a, 1_000), 2);
}

#[actix_web::test]
async fn a_caller_that_left_or_whose_time_is_over_withdraws_what_no_committer_has() {
    let test = TestEngine::with(&EngineConfig {
        wait: Duration::from_millis(100),
        ..config()
    });
    let (a, b) = (test.store.wallet_with(1_000), test.store.wallet_with(0));
    test.deposit(a, 1).await.unwrap();
    test.journal.hold_loads();
    let answer = within("a transfer", pay(&test.engine, transfer(a, b, 10))).await;
    assert!(
        matches!(answer, Err(LinkedError::Engine(EngineError::NotDone(_)))),
        "{answer:?}"
    );
    let left = pay(&test.engine, transfer(a, b, 10));
    drop(tokio::time::timeout(Duration::from_millis(20), left).await);
    test.journal.let_loads(100);
    until("nothing is inside", || {
        test.engine.pending().operations == 0
    })
    .await;
    assert_eq!(test.deposit(a, 1).await, Ok(1_002));
    assert_eq!(test.deposit(b, 1).await, Ok(1));
    assert_eq!(test.store.audit(b, 0), 1);
}

#[actix_web::test]
async fn what_a_committer_has_when_its_caller_leaves_happens_in_both_wallets() {
    let test = TestEngine::start();
    let (a, b) = (test.store.wallet_with(1_000), test.store.wallet_with(0));
    test.journal.hold_commits();
    let leaves = async {
        tokio::select! {
            answer = pay(&test.engine, transfer(a, b, 10)) => panic!("{answer:?}"),
            () = until("it is being written", || test.journal.commits() == 1) => {}
        }
    };
    within("the caller", leaves).await;
    test.journal.let_commits(100);
    until("nothing is inside", || {
        test.engine.pending().operations == 0
    })
    .await;
    assert_eq!(test.store.audit(a, 1_000), 1);
    assert_eq!(test.store.audit(b, 0), 1);
    assert_eq!(test.deposit(a, 1).await, Ok(991));
    assert_eq!(test.deposit(b, 1).await, Ok(11));
}

#[actix_web::test]
async fn a_wallet_that_cannot_be_loaded_gives_the_set_up() {
    let test = TestEngine::start();
    let (a, b) = (test.store.wallet_with(1_000), test.store.wallet_with(0));
    test.deposit(a, 1).await.unwrap();
    for fault in [LoadFault::Fail, LoadFault::Panic] {
        test.journal.fail_next_load(fault);
        let answer = within("a transfer", pay(&test.engine, transfer(a, b, 10))).await;
        assert!(
            matches!(answer, Err(LinkedError::Engine(EngineError::NotDone(_)))),
            "{answer:?}"
        );
    }
    assert_eq!(test.deposit(a, 1).await, Ok(1_002));
}

#[actix_web::test]
async fn a_stop_waits_for_what_is_inside_and_lets_nothing_more_in() {
    let test = TestEngine::start();
    let (a, b) = (test.store.wallet_with(1_000), test.store.wallet_with(0));
    test.journal.hold_commits();
    let first = pay(&test.engine, transfer(a, b, 10));
    let stop = async {
        until("it is being written", || test.journal.commits() == 1).await;
        let stop = test.engine.stop(Duration::from_secs(10));
        let release = async {
            let late = pay(&test.engine, transfer(a, b, 10)).await;
            assert!(matches!(
                late,
                Err(LinkedError::Engine(EngineError::Stopping))
            ));
            test.journal.let_commits(10);
        };
        tokio::join!(stop, release).0
    };
    let (answer, stopped) = within("the stop", async { tokio::join!(first, stop) }).await;
    answer.unwrap();
    stopped.unwrap();
    assert_eq!(test.store.audit(b, 0), 1);
}
