//! What a transfer, or a set of several steps, makes of its wallets.

use wallet_engine::domain::linked::LinkedSet;
use wallet_engine::domain::{Balance, OperationRefused};
use wallet_engine::engine::LinkedError;

use super::{balance, keyed, pay, refusal, single, transfer};
use crate::journal::Store;
use crate::{TestEngine, deposit, until, withdraw, within};

#[actix_web::test]
async fn a_transfer_moves_money_and_both_wallets_show_it_when_it_is_answered() {
    let test = TestEngine::start();
    let (from, to) = (test.store.wallet_with(1_000), test.store.wallet_with(5));
    let receipt = within("a transfer", pay(&test.engine, transfer(from, to, 300))).await;
    let receipt = receipt.unwrap();
    assert_eq!((receipt.seq, receipt.balance.cents()), (1, 700));
    assert!(receipt.transfer.is_some() && !receipt.replayed);
    assert_eq!(balance(&test.engine, from).await, 700);
    assert_eq!(balance(&test.engine, to).await, 305);
    assert_eq!(test.store.audit(from, 1_000), 1);
    assert_eq!(test.store.audit(to, 5), 1);

    assert_eq!(test.deposit(to, 5).await, Ok(310));
    assert_eq!(test.withdraw(from, 700).await, Ok(0));
    let refused = pay(&test.engine, transfer(from, to, 1)).await.unwrap_err();
    assert_eq!(refusal(refused), OperationRefused::InsufficientFunds);
    assert_eq!(test.store.audit(from, 1_000), 2);
}

#[actix_web::test]
async fn a_wallet_that_does_not_exist_is_named_and_the_other_is_untouched() {
    let test = TestEngine::start();
    let from = test.store.wallet_with(1_000);
    let unknown = Store::new().wallet_with(0);
    for step in [transfer(from, unknown, 1), transfer(unknown, from, 1)] {
        let refused = within("a transfer", pay(&test.engine, step)).await;
        assert!(
            matches!(refused, Err(LinkedError::WalletNotFound(id)) if id == unknown),
            "{refused:?}"
        );
    }
    assert_eq!(test.withdraw(from, 1_000).await, Ok(0));
    until("the wallet waits for nothing", || {
        test.engine.pending().operations == 0
    })
    .await;
}

#[actix_web::test]
async fn a_receiver_at_its_limit_refuses_for_both() {
    let test = TestEngine::start();
    let (from, to) = (
        test.store.wallet_with(1_000),
        test.store.wallet_with(Balance::MAX.cents()),
    );
    let refused = pay(&test.engine, transfer(from, to, 1)).await.unwrap_err();
    assert_eq!(refusal(refused), OperationRefused::BalanceLimit);
    assert_eq!(balance(&test.engine, from).await, 1_000);
    assert_eq!(test.journal.commits(), 0, "nothing was to be written");
}

#[actix_web::test]
async fn steps_of_one_set_see_each_other_and_repeat_each_other() {
    let test = TestEngine::start();
    let [a, b, c] = [0, 0, 0].map(|cents| test.store.wallet_with(cents));
    let set = LinkedSet::new(vec![
        keyed("d", single(a, deposit(100))),
        transfer(a, b, 60),
        keyed("d", single(a, deposit(100))),
        transfer(b, c, 60),
        single(c, withdraw(10)),
    ]);
    let receipts = test.engine.apply_linked(set.unwrap()).await.unwrap();
    let balances: Vec<_> = receipts.iter().map(|it| it.balance.cents()).collect();
    assert_eq!(balances, [100, 40, 100, 0, 50]);
    let replayed: Vec<_> = receipts.iter().map(|it| it.replayed).collect();
    assert_eq!(replayed, [false, false, true, false, false]);
    for (wallet, rows) in [(a, 2), (b, 2), (c, 2)] {
        assert_eq!(test.store.audit(wallet, 0), rows);
    }
    let refused = LinkedSet::new(vec![single(a, deposit(1)), transfer(b, c, 1)]);
    let refused = test
        .engine
        .apply_linked(refused.unwrap())
        .await
        .unwrap_err();
    assert!(matches!(refused, LinkedError::Refused(refused) if refused.step == 1));
    assert_eq!(balance(&test.engine, a).await, 40);
}
