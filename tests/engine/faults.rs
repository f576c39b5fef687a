//! Faults of the journal: they cost a clear error at most, never an operation lost or executed twice.

use std::time::Duration;

use futures_util::future::{join, join_all};
use futures_util::{FutureExt, poll};

use super::journal::{Fault, LoadFault};
use super::{TestEngine, config, until};
use testkit::random::Random;
use wallet_engine::engine::EngineError;

#[actix_web::test]
async fn a_rejected_write_is_an_error_and_leaves_the_wallet_as_it_was() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(100);
    test.journal.fail_next([Fault::Reject]);

    assert!(
        test.deposit(wallet, 1)
            .await
            .unwrap_err()
            .contains("Unavailable")
    );

    assert_eq!(test.deposit(wallet, 2).await, Ok(102));
    assert_eq!(test.journal.loads(), 1, "the actor goes on");
    assert_eq!(test.store.audit(wallet, 100), 1);
}

#[actix_web::test]
async fn a_group_that_could_not_be_sent_is_not_tried_wallet_by_wallet() {
    let mut config = config();
    config.committers = 1;
    let test = TestEngine::with(&config);
    let wallets: Vec<_> = (0..20).map(|_| test.store.wallet_with(0)).collect();
    for wallet in &wallets {
        test.engine.wallet(*wallet).await.unwrap();
    }
    test.journal.hold_commits();
    let mut first = test.deposit(wallets[0], 1).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the first write", || test.journal.commits() == 1).await;
    let mut behind = join_all(wallets[1..].iter().map(|w| test.deposit(*w, 1))).boxed_local();
    assert!(poll!(&mut behind).is_pending());
    test.journal.fail_next([Fault::NotSent, Fault::NotSent]);
    test.journal.let_commits(100);

    let first = first.await.unwrap_err();
    assert!(first.contains("NotDone") && first.contains("no line"));
    let answers = behind.await;
    assert!(answers.iter().any(Result::is_err));
    assert!(
        test.journal.commits() <= 20,
        "as groups: one by one there are 21 or more"
    );
    assert_eq!(test.deposit(wallets[0], 1).await, Ok(1));
}

#[actix_web::test]
async fn one_bad_wallet_never_fails_its_neighbours() {
    let test = TestEngine::start();
    let wallets: Vec<_> = (0..20).map(|_| test.store.wallet_with(0)).collect();
    for wallet in &wallets {
        test.deposit(*wallet, 1).await.unwrap();
    }
    // Everything gathers behind two held commits.
    test.journal.fail_next([Fault::RejectWallet(wallets[7])]);

    let answers = join_all(wallets.iter().map(|wallet| test.deposit(*wallet, 5))).await;

    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(answer.is_ok(), n != 7, "wallet {n}: {answer:?}");
    }
}

#[actix_web::test]
async fn a_write_that_is_in_the_way_of_another_is_decided_again() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.journal.fail_next([Fault::Busy, Fault::Busy]);

    assert_eq!(test.deposit(wallet, 3).await, Ok(3));
    assert_eq!(test.store.audit(wallet, 0), 1);
}

#[actix_web::test]
async fn an_unknown_outcome_is_found_out_before_anybody_is_answered() {
    for fault in [Fault::LostAfter, Fault::LostBefore, Fault::InFlight] {
        let test = TestEngine::start();
        let wallet = test.store.wallet_with(0);
        test.deposit(wallet, 1).await.unwrap();
        test.journal.fail_next([fault]);
        test.journal.fail_settling(3);

        assert_eq!(test.deposit(wallet, 10).await, Ok(11), "{fault:?}");

        test.store.land();
        assert_eq!(test.deposit(wallet, 100).await, Ok(111), "{fault:?}");
        assert_eq!(test.store.audit(wallet, 0), 3, "{fault:?}");
    }
}

#[actix_web::test]
async fn a_commit_that_hangs_is_found_out_like_any_unknown_outcome() {
    for applied in [false, true] {
        let mut config = config();
        config.wait = Duration::from_secs(1);
        config.answer = Duration::from_millis(500);
        let test = TestEngine::with(&config);
        let wallet = test.store.wallet_with(0);
        test.journal.fail_next([Fault::Hang { applied }]);

        assert_eq!(test.deposit(wallet, 10).await, Ok(10), "applied: {applied}");
        assert_eq!(test.store.audit(wallet, 0), 1, "applied: {applied}");
    }
}

#[actix_web::test]
async fn an_outcome_that_stays_unknown_is_an_error_and_the_next_request_loads_afresh() {
    for fault in [Fault::LostAfter, Fault::LostBefore, Fault::InFlight] {
        let mut config = config();
        config.wait = Duration::from_millis(300);
        config.idle = Duration::from_millis(20);
        let test = TestEngine::with(&config);
        let (wallet, other) = (test.store.wallet_with(0), test.store.wallet_with(0));
        test.journal.fail_next([fault]);
        test.journal.fail_settling(usize::MAX);

        let answers = join_all((0..10).map(|_| test.deposit(wallet, 10))).await;
        assert!(answers.iter().all(Result::is_err), "{fault:?}");
        // A wallet with an unknown outcome is neither read nor written, also when idle actors retire.
        test.engine.wallet(other).await.unwrap();
        until("the neighbour's retirement", || {
            test.engine.active_wallets() == 1
        })
        .await;
        let unread = test.engine.wallet(wallet).await;
        assert!(matches!(unread, Err(EngineError::NotDone(_))), "{fault:?}");
        let later = test.deposit(wallet, 10).await.unwrap_err();
        assert!(later.contains("NotDone"), "{fault:?}");
        test.store.land();

        test.journal.fail_settling(0);
        until("the actor's end", || test.engine.active_wallets() == 0).await;
        let before = test.store.wallet(wallet).balance.cents();
        assert_eq!(test.deposit(wallet, 5).await, Ok(before + 5), "{fault:?}");
        test.store.audit(wallet, 0);
    }
}

#[actix_web::test]
async fn a_panic_in_a_commit_costs_the_operations_in_it() {
    let test = TestEngine::start();
    let (wallet, other) = (test.store.wallet_with(0), test.store.wallet_with(0));
    test.deposit(other, 1).await.unwrap();
    test.journal.fail_next([Fault::Panic]);

    assert!(test.deposit(wallet, 1).await.is_err());

    assert_eq!(test.deposit(wallet, 2).await, Ok(2));
    assert_eq!(test.deposit(other, 2).await, Ok(3));
}

#[actix_web::test]
async fn a_panic_in_a_reload_costs_what_waits_on_that_wallet() {
    let test = TestEngine::start();
    let (wallet, other) = (test.store.wallet_with(0), test.store.wallet_with(0));
    test.deposit(wallet, 1).await.unwrap();
    test.deposit(other, 1).await.unwrap();
    // The actor loads its wallet again after its write met a lock.
    test.journal.fail_next([Fault::Busy]);
    test.journal.fail_next_load(LoadFault::Panic);

    let failed = test.deposit(wallet, 2).await.unwrap_err();
    assert!(failed.contains("LoaderDied"), "{failed}");

    assert_eq!(test.deposit(wallet, 4).await, Ok(5), "a fresh actor");
    assert_eq!(test.deposit(other, 4).await, Ok(5));
    assert_eq!(test.store.audit(wallet, 0), 2);
}

#[actix_web::test]
async fn a_failed_or_panicked_load_leaves_nothing_behind() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(7);
    for fault in [LoadFault::Fail, LoadFault::Panic] {
        test.journal.fail_next_load(fault);
        let answers = join_all((0..10).map(|_| test.deposit(wallet, 1))).await;
        assert!(
            answers
                .iter()
                .all(|answer| answer.as_ref().is_err_and(|e| e.contains("NotDone")))
        );
        assert_eq!(test.engine.active_wallets(), 0, "{fault:?}");
    }
    assert_eq!(test.deposit(wallet, 1).await, Ok(8));
}

#[actix_web::test]
async fn a_row_that_cannot_be_read_fails_its_own_wallet_and_not_the_others_of_its_load() {
    let test = TestEngine::start();
    let wallets: Vec<_> = (0..12).map(|n| test.store.wallet_with(n)).collect();
    test.store.spoil(wallets[5]);
    test.journal.hold_loads();
    let deposits = join_all(wallets.iter().map(|wallet| test.deposit(*wallet, 1)));
    let (answers, ()) = join(deposits, async {
        until("a load begins", || test.journal.load_queries() > 0).await;
        test.journal.let_loads(12);
    })
    .await;
    assert!(
        test.journal.load_queries() < 12,
        "some were loaded together"
    );
    for ((n, answer), balance) in answers.iter().enumerate().zip(1..) {
        match n {
            5 => assert!(answer.as_ref().is_err_and(|e| e.contains("Unavailable"))),
            _ => assert_eq!(*answer, Ok(balance)),
        }
    }
}

#[actix_web::test]
async fn a_reload_that_fails_is_an_error_and_a_fresh_actor_is_found() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 1).await.unwrap();
    test.journal.fail_next([Fault::Busy]);
    test.journal.fail_next_load(LoadFault::Fail);

    let late = test.deposit(wallet, 2).await.unwrap_err();
    assert!(
        late.contains("NotDone") && late.contains("Reload"),
        "{late}"
    );
    assert_eq!(test.deposit(wallet, 4).await, Ok(5));

    test.journal.fail_next([Fault::Busy]);
    test.store.delete(wallet);
    assert!(
        test.deposit(wallet, 8)
            .await
            .unwrap_err()
            .contains("WalletNotFound")
    );
}

#[actix_web::test]
async fn seeded_histories_with_every_fault_lose_nothing_and_do_nothing_twice() {
    for seed in 0..60 {
        let test = TestEngine::start();
        test.journal.pause_at_random(seed);
        let mut random = Random::from_seed(seed);
        let wallets: Vec<_> = (0..4).map(|_| test.store.wallet_with(1_000)).collect();
        let faults = (0..64).map(|_| match random.below(6) {
            0 => Fault::Reject,
            1 => Fault::Busy,
            2 => Fault::LostAfter,
            3 => Fault::LostBefore,
            _ => Fault::InFlight,
        });
        test.journal.fail_next(faults.collect::<Vec<_>>());
        test.journal.fail_settling(3);

        let mut acknowledged = [0; 4];
        for _ in 0..8 {
            let round: Vec<_> = (0..32)
                .map(|_| (random.index(4), random.cents(300), random.below(2)))
                .collect();
            let answers = join_all(round.iter().map(|&(n, cents, kind)| {
                let (test, wallet) = (&test, wallets[n]);
                async move {
                    if kind == 0 {
                        test.deposit(wallet, cents).await
                    } else {
                        test.withdraw(wallet, cents).await
                    }
                }
            }))
            .await;
            for (&(n, ..), answer) in round.iter().zip(&answers) {
                acknowledged[n] += usize::from(answer.is_ok());
            }
            test.store.land();
        }

        for (wallet, acknowledged) in wallets.iter().zip(acknowledged) {
            assert_eq!(
                test.store.audit(*wallet, 1_000),
                acknowledged,
                "seed {seed}"
            );
        }
    }
}
