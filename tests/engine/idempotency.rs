//! Under a key an operation happens once, and every repetition receives the same answer.

use std::time::Duration;

use futures_util::future::{join, join_all};
use futures_util::{FutureExt, poll};
use wallet_engine::domain::{OperationRequest, WalletId};
use wallet_engine::engine::Engine;

use super::journal::Store;
use super::{TestEngine, config, deposit, under, until, withdraw, within};

/// The balance in cents and whether it is a repetition's, or the error as text.
pub async fn ask(
    engine: &Engine,
    wallet: WalletId,
    request: OperationRequest,
) -> Result<(i64, bool), String> {
    engine
        .apply(wallet, request)
        .await
        .map(|receipt| (receipt.balance.cents(), receipt.replayed))
        .map_err(|error| format!("{error:?}"))
}

pub const FIRST: bool = false;
pub const AGAIN: bool = true;

impl TestEngine {
    pub async fn ask(
        &self,
        wallet: WalletId,
        request: OperationRequest,
    ) -> Result<(i64, bool), String> {
        ask(&self.engine, wallet, request).await
    }
}

pub fn assert_error<T: std::fmt::Debug>(answer: Result<T, String>, error: &str) {
    let text = answer.unwrap_err();
    assert!(text.contains(error), "{text}");
}

#[actix_web::test]
async fn a_repetition_is_answered_as_it_was_then_and_changes_nothing() {
    let mut config = config();
    config.idle = Duration::from_millis(20);
    let test = TestEngine::with(&config);
    let wallet = test.store.wallet_with(0);

    assert_eq!(
        test.ask(wallet, under("a", deposit(100))).await,
        Ok((100, FIRST))
    );
    test.deposit(wallet, 50).await.unwrap();
    for _ in 0..3 {
        assert_eq!(
            test.ask(wallet, under("a", deposit(100))).await,
            Ok((100, AGAIN))
        );
    }

    until("the retirement", || test.engine.active_wallets() == 0).await;
    assert_eq!(
        test.ask(wallet, under("a", deposit(100))).await,
        Ok((100, AGAIN))
    );
    assert_eq!(test.deposit(wallet, 1).await, Ok(151));
    assert_eq!(test.store.audit(wallet, 0), 3);
}

#[actix_web::test]
async fn a_key_is_not_for_another_operation_and_each_wallet_has_its_own() {
    let test = TestEngine::start();
    let (wallet, other) = (test.store.wallet_with(500), test.store.wallet_with(0));
    test.ask(wallet, under("a", deposit(100))).await.unwrap();

    assert_error(
        test.ask(wallet, under("a", deposit(101))).await,
        "KeyReused",
    );
    assert_error(
        test.ask(wallet, under("a", withdraw(100))).await,
        "KeyReused",
    );
    // Also not for one that the balance would not allow.
    assert_error(
        test.ask(wallet, under("a", withdraw(1_000))).await,
        "KeyReused",
    );

    assert_eq!(
        test.ask(wallet, under("A", deposit(1))).await,
        Ok((601, FIRST))
    );
    assert_error(
        test.ask(other, under("a", withdraw(1))).await,
        "InsufficientFunds",
    );
    assert_eq!(
        test.ask(other, under("a", deposit(7))).await,
        Ok((7, FIRST))
    );
    assert_eq!(test.store.audit(wallet, 500), 2);
    assert_eq!(test.store.audit(other, 0), 1);
}

#[actix_web::test]
async fn a_new_key_costs_no_round_trip_of_its_own() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);

    test.ask(wallet, under("a", deposit(1))).await.unwrap();
    assert_eq!(test.journal.commits(), 1);
    test.ask(wallet, under("a", deposit(1))).await.unwrap();
    assert_eq!(test.journal.commits(), 2, "the ledger knew it");
    assert_eq!(
        test.journal.loads(),
        1,
        "and no other engine wrote the wallet"
    );
}

#[actix_web::test]
async fn whoever_asks_while_the_first_is_under_way_waits_for_it() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    test.journal.hold_commits();
    let mut first = test.ask(wallet, under("a", deposit(5))).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the first write", || test.journal.commits() == 1).await;

    let mut others =
        join_all((0..50).map(|_| test.ask(wallet, under("a", deposit(5))))).boxed_local();
    let mut another = test.ask(wallet, under("a", deposit(6))).boxed_local();
    assert!(poll!(&mut others).is_pending());
    assert!(poll!(&mut another).is_pending());
    test.journal.let_commits(1);
    assert_eq!(within("the first", first).await, Ok((5, FIRST)));
    assert!(poll!(&mut others).is_pending(), "the ledger is asked first");
    test.journal.let_commits(1);

    for answer in within("the others", others).await {
        assert_eq!(answer, Ok((5, AGAIN)));
    }
    assert_error(within("another", another).await, "KeyReused");
    assert_eq!(test.store.audit(wallet, 0), 1);
}

#[actix_web::test]
async fn a_key_that_comes_twice_in_one_batch_is_answered_after_its_write() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    test.journal.hold_commits();
    let mut before = test.deposit(wallet, 1).boxed_local();
    assert!(poll!(&mut before).is_pending());
    until("the write before", || test.journal.commits() == 1).await;

    let mut batch = join_all([
        test.ask(wallet, under("a", withdraw(50))),
        test.ask(wallet, under("a", deposit(100))),
        test.ask(wallet, under("a", deposit(100))),
        test.ask(wallet, under("a", withdraw(50))),
    ])
    .boxed_local();
    assert!(poll!(&mut batch).is_pending());
    test.journal.let_commits(1);
    within("the write before", before).await.unwrap();
    until("the batch", || test.journal.commits() == 2).await;
    assert!(poll!(&mut batch).is_pending());
    test.journal.let_commits(1);

    let [refused, first, again, another] = within("the batch", batch).await.try_into().unwrap();
    assert_error(refused, "InsufficientFunds");
    assert_eq!(first, Ok((101, FIRST)));
    assert_eq!(again, Ok((101, AGAIN)));
    assert_error(another, "KeyReused");
    assert_eq!(test.journal.commits(), 2);
    assert_eq!(test.store.audit(wallet, 0), 2);
}

#[actix_web::test]
async fn a_refused_operation_leaves_its_key_free() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    for _ in 0..2 {
        assert_error(
            test.ask(wallet, under("a", withdraw(100))).await,
            "InsufficientFunds",
        );
    }
    assert_eq!(test.store.audit(wallet, 0), 0);

    test.deposit(wallet, 150).await.unwrap();

    assert_eq!(
        test.ask(wallet, under("a", withdraw(100))).await,
        Ok((50, FIRST))
    );
    // The balance no longer allows it, and need not: it has happened.
    assert_eq!(
        test.ask(wallet, under("a", withdraw(100))).await,
        Ok((50, AGAIN))
    );
    assert_error(
        test.ask(wallet, under("b", withdraw(100))).await,
        "InsufficientFunds",
    );
    assert_eq!(test.store.audit(wallet, 0), 2);
}

#[actix_web::test]
async fn a_refusal_under_a_key_is_not_answered_before_the_ledger_is_asked() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.engine.wallet(wallet).await.unwrap();
    test.journal.hold_commits();
    let mut refused = test.ask(wallet, under("a", withdraw(1))).boxed_local();
    assert!(poll!(&mut refused).is_pending());
    until("the question", || test.journal.commits() == 1).await;
    assert!(poll!(&mut refused).is_pending());
    test.journal.let_commits(1);

    assert_error(within("the refusal", refused).await, "InsufficientFunds");
}

#[actix_web::test]
async fn repetitions_that_keep_coming_hold_up_nobody() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    let again = || test.ask(wallet, under("a", deposit(1)));
    again().await.unwrap();
    let before = test.journal.commits();
    test.journal.hold_commits();
    let mut first = test.deposit(wallet, 2).boxed_local();
    assert!(poll!(&mut first).is_pending());
    until("the first write", || test.journal.commits() == before + 1).await;

    let mut batch = join(again(), test.ask(wallet, under("b", deposit(4)))).boxed_local();
    assert!(poll!(&mut batch).is_pending());
    test.journal.let_commits(1);
    within("the first", first).await.unwrap();
    until("the batch", || test.journal.commits() == before + 2).await;
    let mut newcomer = again().boxed_local();
    assert!(poll!(&mut newcomer).is_pending());

    // One for the batch, in which the ledger knows the repetition; one for the rest of it, without newcomers.
    test.journal.let_commits(2);
    assert_eq!(
        within("the batch", batch).await,
        (Ok((1, AGAIN)), Ok((7, FIRST)))
    );
    assert!(poll!(&mut newcomer).is_pending());
    test.journal.let_commits(1);
    assert_eq!(within("the newcomer", newcomer).await, Ok((1, AGAIN)));
    assert_eq!(test.store.audit(wallet, 0), 3);
}

#[actix_web::test]
async fn another_engine_knows_the_key_whatever_it_remembers_of_the_wallet() {
    let store = Store::new();
    let [first, second] = [(); 2].map(|()| Engine::start(&config(), store.side()));
    let wallet = store.wallet_with(0);
    // Both hold the wallet, at zero.
    second.wallet(wallet).await.unwrap();

    let request = under("a", deposit(100));
    assert_eq!(ask(&first, wallet, request.clone()).await, Ok((100, FIRST)));
    assert_eq!(ask(&second, wallet, request).await, Ok((100, AGAIN)));
    let read = second.wallet(wallet).await.unwrap();
    assert_eq!(
        read.balance.cents(),
        100,
        "no read is older than an answer before it"
    );
    assert_error(
        ask(&second, wallet, under("a", deposit(1))).await,
        "KeyReused",
    );
    let request = under("b", withdraw(100));
    assert_eq!(ask(&second, wallet, request.clone()).await, Ok((0, FIRST)));
    assert_eq!(ask(&first, wallet, request).await, Ok((0, AGAIN)));
    assert_eq!(store.audit(wallet, 0), 2);
}
