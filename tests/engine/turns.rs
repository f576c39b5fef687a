//! Whose turn it is to write what waits.

use actix::Arbiter;
use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use tokio::sync::oneshot;
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

/// As many empty wallets, each active on the thread that called.
async fn wallets(test: &TestEngine, many: usize) -> Vec<WalletId> {
    let wallets: Vec<_> = (0..many).map(|_| test.store.wallet_with(0)).collect();
    for wallet in &wallets {
        test.engine.wallet(*wallet).await.unwrap();
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
    until("all to wait", || test.engine.pending().wallets == 30).await;
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
    // Its lane goes to the next thread that needs one.
    let (next, wallet) = (Arbiter::new(), test.store.wallet_with(0));
    let answer = deposit_on(&next, &test, wallet);
    assert_eq!(within("the next thread", answer).await.unwrap(), Ok(1));
}
