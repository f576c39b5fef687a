//! Which committer takes what waits.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use actix::Arbiter;
use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use wallet_engine::domain::WalletId;

use super::{TestEngine, balance_after, config, deposit, until, within};

type Answer = Result<i64, String>;

/// Deposits a cent on another thread.
fn deposit_on(thread: &Arbiter, test: &TestEngine, wallet: WalletId) -> oneshot::Receiver<Answer> {
    let (done, answer) = oneshot::channel();
    let engine = test.engine.clone();
    thread.spawn(async move {
        let _ = done.send(balance_after(&engine, wallet, deposit(1)).await);
    });
    answer
}

/// As many empty wallets, each with its actor on the thread that called.
async fn wallets(test: &TestEngine, many: usize) -> Vec<WalletId> {
    let wallets: Vec<_> = (0..many).map(|_| test.store.wallet_with(0)).collect();
    for wallet in &wallets {
        // A refusal is decided by the wallet's actor, and nothing is written.
        test.withdraw(*wallet, 1).await.unwrap_err();
    }
    wallets
}

#[actix_web::test]
async fn what_comes_during_a_commit_is_one_group_whichever_thread_it_comes_from() {
    let mut config = config();
    config.committers = 1;
    let test = TestEngine::with(&config);
    let other = Arbiter::new();
    let wallets = wallets(&test, 30).await;
    test.journal.hold_commits();
    let mut first = test.deposit(wallets[0], 1).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the first commit", || test.journal.commits() == 1).await;

    let mut here = join_all(wallets[1..15].iter().map(|w| test.deposit(*w, 1))).boxed_local();
    assert!(poll!(&mut here).is_pending());
    let there: Vec<_> = wallets[15..]
        .iter()
        .map(|wallet| deposit_on(&other, &test, *wallet))
        .collect();
    // Their actors have handed them on: it is not enough that they were asked.
    until("all to wait", || {
        test.engine.committers().waiting_wallets == 29
    })
    .await;
    test.journal.let_commits(100);

    assert_eq!(within("the first", first).await, Ok(1));
    assert_eq!(within("those here", here).await, vec![Ok(1); 14]);
    for answer in there {
        assert_eq!(within("those there", answer).await.unwrap(), Ok(1));
    }
    assert!(
        test.journal.commits() <= 3,
        "{} commits",
        test.journal.commits()
    );
}

#[actix_web::test]
async fn a_commit_that_is_slow_to_be_answered_keeps_nobody_from_theirs() {
    let test = TestEngine::start();
    let other = Arbiter::new();
    let wallets = wallets(&test, 2).await;
    let elsewhere = test.store.wallet_with(0);
    let committer_there = deposit_on(&other, &test, elsewhere);
    assert_eq!(within("a commit", committer_there).await.unwrap(), Ok(1));
    test.journal.hold_commits();
    let before = test.journal.commits();

    let mut slow = test.deposit(wallets[0], 1).boxed_local();
    assert!(poll!(&mut slow).is_pending());
    until("the slow commit", || test.journal.commits() == before + 1).await;
    // Its own thread's committer is the one that waits.
    let mut neighbour = test.deposit(wallets[1], 1).boxed_local();
    assert!(poll!(&mut neighbour).is_pending());

    until("the other's commit", || {
        test.journal.commits() == before + 2
    })
    .await;
    test.journal.let_commits(100);
    assert_eq!(within("the slow one", slow).await, Ok(1));
    assert_eq!(within("its neighbour", neighbour).await, Ok(1));
}

#[actix_web::test]
async fn a_thread_that_ends_while_it_writes_gives_the_turn_up() {
    let test = TestEngine::start();
    let wallets = wallets(&test, 1).await;
    assert_eq!(test.deposit(wallets[0], 1).await, Ok(1), "a committer here");
    let (dying, doomed) = (Arbiter::new(), test.store.wallet_with(0));
    test.journal.hold_commits();
    let before = test.journal.commits();
    let lost = deposit_on(&dying, &test, doomed);
    until("its commit", || test.journal.commits() == before + 1).await;

    dying.stop();
    assert!(within("its end", lost).await.is_err());
    dying.join().unwrap();

    test.journal.let_commits(100);
    assert_eq!(within("a commit", test.deposit(wallets[0], 1)).await, Ok(2));
    // Its session goes to the next thread that needs one.
    let (next, wallet) = (Arbiter::new(), test.store.wallet_with(0));
    let answer = deposit_on(&next, &test, wallet);
    assert_eq!(within("the next thread", answer).await.unwrap(), Ok(1));
}

/// Starts committers on threads, and waits until they sleep.
async fn seat_on(threads: &[&Arbiter], test: &TestEngine) {
    for thread in threads {
        let answer = deposit_on(thread, test, test.store.wallet_with(0));
        assert_eq!(within("a commit there", answer).await.unwrap(), Ok(1));
    }
    until_all_sleep(test).await;
}

async fn until_all_sleep(test: &TestEngine) {
    until("all to sleep", || {
        let workers = test.engine.committers().workers;
        workers
            .iter()
            .all(|it| !it.has_permit && it.writing.is_none())
    })
    .await;
}

/// Blocks the thread until it is released.
struct Busy(#[expect(dead_code, reason = "its end is the message")] mpsc::Sender<()>);

impl Busy {
    async fn keep(thread: &Arbiter) -> Self {
        let (go, until) = mpsc::channel();
        let (begins, begun) = oneshot::channel();
        thread.spawn_fn(move || {
            let _ = begins.send(());
            let _ = until.recv();
        });
        within("the thread to be busy", begun).await.unwrap();
        Self(go)
    }
}

/// Waits until the permit has expired.
async fn until_the_turn_is_old(test: &TestEngine) {
    until("the turn to be old", || {
        let workers = test.engine.committers().workers;
        workers.iter().any(|committer| {
            let writing = committer.writing.as_ref();
            writing.is_some_and(|(_, since)| *since > Duration::from_millis(10))
        })
    })
    .await;
}

#[actix_web::test]
async fn a_set_that_comes_finds_no_turn_that_a_busy_thread_keeps() {
    let test = TestEngine::start();
    let wallets = wallets(&test, 3).await;
    assert_eq!(test.deposit(wallets[0], 1).await, Ok(1), "a committer here");
    let (other, there) = (Arbiter::new(), test.store.wallet_with(0));
    seat_on(&[&other], &test).await;
    test.journal.hold_commits();
    let before = test.journal.commits();
    let slow = deposit_on(&other, &test, there);
    until("its commit", || test.journal.commits() == before + 1).await;
    let busy = Busy::keep(&other).await;
    until_the_turn_is_old(&test).await;

    let mut next = test.deposit(wallets[1], 1).boxed_local();
    assert!(poll!(&mut next).is_pending());
    until("a commit here", || test.journal.commits() == before + 2).await;
    let committers = test.engine.committers().workers;
    assert_eq!(committers.iter().filter(|it| it.has_permit).count(), 1);
    test.journal.let_commits(1);
    test.journal.let_commits(1);
    assert_eq!(within("the set that came", next).await, Ok(1));

    // The old holder continues without a permit, and both write again.
    drop(busy);
    assert_eq!(within("the slow one", slow).await.unwrap(), Ok(1));
    test.journal.let_commits(100);
    assert_eq!(test.deposit(wallets[2], 1).await, Ok(1));
    let again = deposit_on(&other, &test, there);
    assert_eq!(within("another there", again).await.unwrap(), Ok(2));
}

#[actix_web::test]
async fn a_set_that_waits_alone_is_not_kept_by_a_busy_thread_either() {
    let test = TestEngine::start();
    let wallets = wallets(&test, 2).await;
    assert_eq!(test.deposit(wallets[0], 1).await, Ok(1), "a committer here");
    let (other, there) = (Arbiter::new(), test.store.wallet_with(0));
    seat_on(&[&other], &test).await;
    test.journal.hold_commits();
    let before = test.journal.commits();
    let (begins, begun) = oneshot::channel();
    let (go, until_gone) = mpsc::channel::<()>();
    let (engine, journal) = (test.engine.clone(), Arc::clone(&test.journal));
    other.spawn(async move {
        // What the committer of that thread does until its commit is in flight, and no longer.
        let deposit = balance_after(&engine, there, deposit(1));
        let mut deposit = deposit.boxed();
        while journal.commits() == before {
            assert!(poll!(&mut deposit).is_pending());
            yield_now().await;
        }
        let _ = begins.send(());
        let _ = until_gone.recv();
        assert_eq!(deposit.await, Ok(1));
    });
    within("the commit there", begun).await.unwrap();

    // No other set comes after this one.
    let mut alone = test.deposit(wallets[1], 1).boxed_local();
    assert!(poll!(&mut alone).is_pending());
    until("a commit here", || test.journal.commits() == before + 2).await;
    test.journal.let_commits(100);
    assert_eq!(within("the one that waited", alone).await, Ok(1));
    drop(go);
}

#[actix_web::test]
async fn a_turn_that_was_given_to_a_busy_thread_goes_to_another() {
    let test = TestEngine::start();
    let (idle, busy) = (Arbiter::new(), Arbiter::new());
    // Of two sleeping committers, the later one is woken.
    seat_on(&[&idle, &busy], &test).await;
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    let kept = Busy::keep(&busy).await;
    let before = test.journal.commits();
    assert_eq!(within("the answer", test.deposit(wallet, 1)).await, Ok(1));
    assert_eq!(test.journal.commits(), before + 1);

    drop(kept);
    for _ in 0..3 {
        let answer = deposit_on(&busy, &test, test.store.wallet_with(0));
        assert_eq!(within("a commit there", answer).await.unwrap(), Ok(1));
        assert!(within("a commit", test.deposit(wallet, 1)).await.is_ok());
    }
}
