//! What the engine reports of itself: committers, hot wallets, totals.

use std::thread;
use std::time::Duration;

use actix::Arbiter;
use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::{Group, Refusal};

use super::journal::Fault;
use super::{TestEngine, config, deposit, until, within};

#[actix_web::test]
async fn a_committer_is_seen_with_what_it_writes_and_what_waits_for_it() {
    let mut config = config();
    config.committers = 1;
    let test = TestEngine::with(&config);
    assert_eq!(test.engine.committers().workers, []);
    let wallets = [(); 3].map(|()| test.store.wallet_with(0));
    for wallet in wallets {
        test.engine.wallet(wallet).await.unwrap();
    }
    test.journal.hold_commits();
    let mut first = join_all((0..4).map(|_| test.deposit(wallets[0], 1))).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the first commit", || test.journal.commits() == 1).await;
    let mut others = join_all(wallets[1..].iter().map(|w| test.deposit(*w, 1))).boxed_local();
    assert!(poll!(&mut others).is_pending());
    until("the others to wait", || {
        test.engine.committers().waiting_wallets == 2
    })
    .await;

    let look = test.engine.committers();
    assert_eq!(look.workers.len(), 1);
    let (group, _) = look.workers[0].writing.unwrap();
    assert_eq!(group.wallets, 1);
    assert!(group.operations >= 1);

    test.journal.let_commits(100);
    assert!(first.await.iter().all(Result::is_ok));
    assert!(others.await.iter().all(Result::is_ok));
    until("the committer to rest", || {
        let look = test.engine.committers();
        look.workers[0].writing.is_none()
            && !look.workers[0].has_permit
            && look.waiting_wallets == 0
    })
    .await;
}

#[actix_web::test]
async fn a_write_of_an_unknown_outcome_is_seen_until_it_is_settled() {
    let mut config = config();
    config.committers = 1;
    let test = TestEngine::with(&config);
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    test.journal.hold_commits();
    test.journal.fail_next([Fault::LostAfter]);
    let mut deposit = test.deposit(wallet, 1).boxed_local();
    assert!(poll!(&mut deposit).is_pending());
    until("the commit", || test.journal.commits() == 1).await;
    let group = Group {
        wallets: 1,
        operations: 1,
    };
    assert_eq!(
        test.engine.committers().workers[0]
            .writing
            .map(|(group, _)| group),
        Some(group)
    );
    test.journal.let_commits(100);
    assert_eq!(deposit.await, Ok(1));
    until("nothing to be written", || {
        test.engine.committers().workers[0].writing.is_none()
    })
    .await;
}

#[actix_web::test]
async fn the_hottest_wallets_come_first_and_quiet_ones_not_at_all() {
    let test = TestEngine::start();
    let wallets = [(); 5].map(|()| test.store.wallet_with(0));
    for (times, wallet) in wallets.iter().enumerate() {
        test.engine.wallet(*wallet).await.unwrap();
        for _ in 0..times {
            test.deposit(*wallet, 1).await.unwrap();
        }
    }
    let hottest = test.engine.hottest(3).wallets;
    let seen: Vec<_> = hottest.iter().map(|hot| (hot.id, hot.operations)).collect();
    assert_eq!(seen, [(wallets[4], 4), (wallets[3], 3), (wallets[2], 2)]);
    assert_eq!(test.engine.hottest(9).wallets.len(), 4);
}

#[actix_web::test]
async fn what_happened_before_a_wallet_was_active_makes_it_no_hotter() {
    let before = TestEngine::start();
    let wallet = before.store.wallet_with(0);
    for _ in 0..5 {
        before.deposit(wallet, 1).await.unwrap();
    }
    let test = TestEngine::start_on(&before.store);
    test.deposit(wallet, 1).await.unwrap();
    assert_eq!(hottest(&test), [(wallet, 1)]);
}

#[actix_web::test]
async fn a_wallet_whose_actor_moved_is_as_hot_as_it_was() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    for _ in 0..20 {
        test.deposit(wallet, 1).await.unwrap();
    }
    let (away, engine) = (Arbiter::new(), test.engine.clone());
    let (done, moved) = oneshot::channel();
    away.spawn(async move {
        let here = thread::current().name().map(str::to_owned);
        let mut operations = 20;
        // It is used from there alone until it lives there, and five times after that.
        let mut there = 0;
        while there < 5 {
            engine.apply(wallet, deposit(1)).await.unwrap();
            operations += 1;
            let actor = engine.actor_state(wallet);
            there += usize::from(actor.is_some_and(|actor| actor.thread == here));
            yield_now().await;
        }
        let _ = done.send(operations);
    });
    let operations = within("the move", moved).await.unwrap();
    away.stop();
    assert!(operations > 100, "{operations}");
    assert_eq!(hottest(&test), [(wallet, operations)]);
}

#[actix_web::test]
async fn a_wallet_whose_actor_left_is_as_hot_as_it_was() {
    let mut config = config();
    config.idle = Duration::from_millis(20);
    let test = TestEngine::with(&config);
    let (wallet, other) = (test.store.wallet_with(0), test.store.wallet_with(0));
    for _ in 0..5 {
        test.deposit(wallet, 1).await.unwrap();
    }
    test.deposit(other, 1).await.unwrap();
    until("both are retired", || test.engine.active_wallets() == 0).await;
    assert_eq!(test.engine.resting_wallets(), 0);
    let look = test.engine.hottest(9).wallets;
    assert_eq!(hottest(&test), [(wallet, 5), (other, 1)]);
    assert_eq!((look[0].balance.cents(), look[0].waiting), (5, 0));

    test.deposit(wallet, 1).await.unwrap();
    assert_eq!(hottest(&test), [(wallet, 6), (other, 1)]);
}

#[actix_web::test]
async fn a_wallet_whose_actor_died_is_as_hot_as_it_was() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    let (doomed, engine) = (Arbiter::new(), test.engine.clone());
    let (done, there) = oneshot::channel();
    doomed.spawn(async move {
        for _ in 0..5 {
            engine.apply(wallet, deposit(1)).await.unwrap();
        }
        let _ = done.send(());
    });
    within("the deposits there", there).await.unwrap();
    doomed.stop();
    doomed.join().unwrap();
    test.deposit(wallet, 1).await.unwrap();
    assert_eq!(hottest(&test), [(wallet, 6)]);
}

fn hottest(test: &TestEngine) -> Vec<(WalletId, u64)> {
    let hottest = test.engine.hottest(9).wallets.into_iter();
    hottest.map(|hot| (hot.id, hot.operations)).collect()
}

#[actix_web::test]
async fn totals_tell_what_was_answered_and_why_not() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 5).await.unwrap();
    test.withdraw(wallet, 3).await.unwrap();
    assert!(test.withdraw(wallet, 3).await.is_err());
    let totals = test.engine.totals();
    assert_eq!((totals.committed, totals.replayed), (2, 0));
    let refused: Vec<_> = Refusal::ALL
        .into_iter()
        .zip(totals.refused)
        .filter(|(_, times)| *times > 0)
        .collect();
    assert_eq!(refused, [(Refusal::InsufficientFunds, 1)]);
    assert_eq!(totals.group_operations.count, 2);
    assert_eq!(totals.group_operations.mean(), Some(1.0));
    assert_eq!(totals.group_operations.quantile(0.99), Some(1.0));
    assert!(totals.commit_seconds.quantile(0.99).is_some());
}
