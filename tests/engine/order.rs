//! The order of a wallet's operations.

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use wallet_engine::domain::hold::Expiry;
use wallet_engine::domain::{Movement, OperationRefused};
use wallet_engine::engine::EngineError;

use super::{TestEngine, deposit, until, withdraw, within};

#[actix_web::test]
async fn operations_commit_in_the_order_in_which_they_were_sent() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 1).await.unwrap();

    test.journal.hold_commits();
    let sent = join_all((2..=500).map(|cents| test.deposit(wallet, cents)));
    let mut sent = sent.boxed_local();
    assert!(poll!(&mut sent).is_pending());
    test.journal.let_commits(500);
    for answer in within("the answers", sent).await {
        answer.unwrap();
    }

    let amounts: Vec<_> = test
        .store
        .ledger(wallet)
        .iter()
        .map(|entry| entry.entry.operation.amount.cents())
        .collect();
    assert_eq!(amounts, (1..=500).collect::<Vec<_>>());
    assert_eq!(test.store.audit(wallet, 0), 500);
    assert!(
        test.journal.commits() < 20,
        "what waited was written together"
    );
}

#[actix_web::test]
async fn of_many_withdrawals_exactly_those_happen_that_the_balance_allows() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(10_000);

    let answers = join_all((0..200).map(|_| test.withdraw(wallet, 100))).await;

    let paid = answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = answers
        .iter()
        .filter(|answer| {
            answer
                .as_ref()
                .is_err_and(|e| e.contains("InsufficientFunds"))
        })
        .count();
    assert_eq!((paid, refused), (100, 100));
    assert_eq!(test.store.audit(wallet, 10_000), 100);
    assert_eq!(test.store.wallet(wallet).balance.cents(), 0);
}

#[actix_web::test]
async fn no_answer_leaves_before_the_commit_it_depends_on_refusals_included() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 500).await.unwrap();
    test.journal.hold_commits();
    let commits = test.journal.commits();

    let mut first = test.engine.apply(wallet, deposit(1)).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the first write", || test.journal.commits() == commits + 1).await;
    let mut emptying = test.engine.apply(wallet, withdraw(501)).boxed_local();
    let mut refused = test.engine.apply(wallet, withdraw(1)).boxed_local();
    assert!(poll!(&mut emptying).is_pending());
    assert!(poll!(&mut refused).is_pending());
    assert_eq!(
        test.engine.wallet(wallet).await.unwrap().balance.cents(),
        500,
        "a read shows what is committed"
    );

    test.journal.let_commits(1);
    within("the first answer", first).await.unwrap();
    until("the second write", || test.journal.commits() == commits + 2).await;
    assert!(
        poll!(&mut refused).is_pending(),
        "its balance is not written yet"
    );
    test.journal.let_commits(1);
    within("the second answer", emptying).await.unwrap();
    assert!(matches!(
        within("the refusal", refused).await,
        Err(EngineError::Refused(OperationRefused::InsufficientFunds))
    ));
    assert_eq!(test.store.audit(wallet, 0), 3);
}

#[actix_web::test]
async fn a_refusal_alone_writes_nothing() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(99);

    assert!(
        test.withdraw(wallet, 100)
            .await
            .unwrap_err()
            .contains("InsufficientFunds")
    );

    assert_eq!(test.journal.commits(), 0);
    assert_eq!(test.store.audit(wallet, 99), 0);
}

#[actix_web::test]
async fn an_operation_whose_caller_left_before_it_was_decided_does_not_happen() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 1).await.unwrap();
    test.journal.hold_commits();
    let commits = test.journal.commits();
    let mut first = test.engine.apply(wallet, deposit(2)).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the write", || test.journal.commits() == commits + 1).await;

    let mut leaving = test.engine.apply(wallet, deposit(4)).boxed_local();
    assert!(poll!(&mut leaving).is_pending());
    drop(leaving);
    test.journal.let_commits(10);
    within("the first", first).await.unwrap();
    test.deposit(wallet, 8).await.unwrap();

    assert_eq!(test.store.wallet(wallet).balance.cents(), 1 + 2 + 8);
}

#[actix_web::test]
async fn an_operation_whose_caller_left_during_its_write_happens_once() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 1).await.unwrap();
    test.journal.hold_commits();
    let commits = test.journal.commits();
    let mut leaving = test.engine.apply(wallet, deposit(2)).boxed_local();
    assert!(poll!(&mut leaving).is_pending());
    until("the write", || test.journal.commits() == commits + 1).await;

    drop(leaving);
    test.journal.let_commits(10);
    test.deposit(wallet, 4).await.unwrap();

    assert_eq!(test.store.wallet(wallet).balance.cents(), 1 + 2 + 4);
    assert_eq!(test.store.audit(wallet, 0), 3);
}

#[actix_web::test]
async fn a_hold_whose_time_passed_while_it_waited_is_refused() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(100);
    let hold = Movement::Hold {
        amount: deposit(100).amount,
        expiry: Expiry::At(test.store.now()),
    };
    let requests = vec![hold.into(), withdraw(100).into()];
    let deadline = test.engine.deadline();
    let answers = test.engine.apply_all(wallet, requests, deadline).await;
    assert!(matches!(
        &answers[..],
        [
            Err(EngineError::Refused(OperationRefused::ExpiryOutOfRange)),
            Ok(_)
        ]
    ));
    assert_eq!(test.store.audit(wallet, 100), 1);
}
