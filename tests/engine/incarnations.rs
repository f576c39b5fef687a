//! Another incarnation of the database, after a failover or a restore: no answer comes from memory of the old one.

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};

use super::journal::Fault;
use super::{TestEngine, deposit, until, within};

#[actix_web::test]
async fn a_balance_of_the_old_database_is_not_read_any_more() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    let before = test.store.backup();
    test.deposit(wallet, 90_00).await.unwrap();
    test.store.restore(&before);
    test.store.begin_incarnation();

    for _ in 0..3 {
        let read = test.engine.wallet(wallet).await.unwrap();
        assert_eq!(read.balance.cents(), 0);
    }
    // The outdated actor stops, and a new one answers from memory again.
    let from_memory = async {
        loop {
            let loads = test.journal.loads();
            test.engine.wallet(wallet).await.unwrap();
            if test.journal.loads() == loads {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    within("a read from memory", from_memory).await;
}

#[actix_web::test]
async fn money_that_went_with_the_old_database_is_not_paid_out() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    let before = test.store.backup();
    test.deposit(wallet, 90_00).await.unwrap();
    test.store.restore(&before);
    test.store.begin_incarnation();

    let refused = test.withdraw(wallet, 90_00).await.unwrap_err();
    assert!(refused.contains("InsufficientFunds"), "{refused}");
    assert_eq!(test.store.audit(wallet, 0), 0);
}

#[actix_web::test]
async fn a_refusal_is_decided_on_the_new_database() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(50_00);
    let before = test.store.backup();
    test.withdraw(wallet, 50_00).await.unwrap();
    test.store.restore(&before);
    test.store.begin_incarnation();

    assert_eq!(test.withdraw(wallet, 50_00).await, Ok(0));
}

#[actix_web::test]
async fn a_version_that_comes_again_with_another_past_is_no_guard_by_itself() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    let before = test.store.backup();
    test.deposit(wallet, 90_00).await.unwrap();
    // The other past has as many operations, of other amounts, and the engine does not notice.
    test.store.restore(&before);
    let other = TestEngine::start_on(&test.store);
    other.deposit(wallet, 1_00).await.unwrap();

    let refused = test.withdraw(wallet, 90_00).await.unwrap_err();

    assert!(refused.contains("InsufficientFunds"), "{refused}");
    assert_eq!(test.store.audit(wallet, 0), 1);
}

#[actix_web::test]
async fn a_wallet_behind_what_it_had_committed_makes_everything_be_loaded_again() {
    let test = TestEngine::start();
    let (written, read) = (test.store.wallet_with(0), test.store.wallet_with(0));
    let before = test.store.backup();
    for wallet in [written, read] {
        test.deposit(wallet, 90_00).await.unwrap();
    }
    test.store.restore(&before);

    assert_eq!(test.deposit(written, 1_00).await, Ok(1_00));

    assert_eq!(test.engine.wallet(read).await.unwrap().balance.cents(), 0);
    assert_eq!(test.store.audit(written, 0), 1);
}

#[actix_web::test]
async fn what_another_engine_wrote_is_no_reason_to_load_everything_again() {
    let test = TestEngine::start();
    let (shared, own) = (test.store.wallet_with(0), test.store.wallet_with(0));
    let other = TestEngine::start_on(&test.store);
    for wallet in [shared, own] {
        test.deposit(wallet, 1_00).await.unwrap();
    }
    other.deposit(shared, 1_00).await.unwrap();
    assert_eq!(test.deposit(shared, 1_00).await, Ok(3_00));

    let loads = test.journal.loads();
    test.engine.wallet(own).await.unwrap();
    assert_eq!(test.journal.loads(), loads);
}

#[actix_web::test]
async fn operations_that_wait_while_the_database_changes_are_decided_on_the_new_one() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    let before = test.store.backup();
    test.deposit(wallet, 10_00).await.unwrap();

    // One write is in flight on the old database, its response lost; others wait behind it.
    test.journal.fail_next([Fault::LostBefore]);
    test.journal.fail_settling(3);
    let mut crowd = join_all((0..20).map(|_| test.withdraw(wallet, 1_00))).boxed_local();
    assert!(poll!(&mut crowd).is_pending());
    test.store.restore(&before);
    test.store.begin_incarnation();

    let answers = within("the answers", crowd).await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Err(refused) if refused.contains("InsufficientFunds"))),
        "{answers:?}"
    );
    assert_eq!(test.store.audit(wallet, 0), 0);
    until("nothing is under way", || {
        test.engine.pending().operations == 0
    })
    .await;
    assert!(test.engine.apply(wallet, deposit(1)).await.is_ok());
}
