//! Keys of linked sets: one wallet, one key, one operation, whatever its kind.

use futures_util::future::join_all;
use wallet_engine::domain::OperationRefused;
use wallet_engine::engine::{EngineError, LinkedError};

use super::{keyed, pay, referring, refusal, single, transfer};
use crate::{TestEngine, deposit, under, withdraw, within};

#[actix_web::test]
async fn a_key_makes_a_transfer_happen_once_and_belongs_to_the_sender_s_wallet() {
    let test = TestEngine::start();
    let [from, to, other] = [1_000, 0, 1_000].map(|cents| test.store.wallet_with(cents));
    let engine = &test.engine;
    let first = pay(engine, keyed("k", transfer(from, to, 10)))
        .await
        .unwrap();
    let again = pay(engine, keyed("k", transfer(from, to, 10)))
        .await
        .unwrap();
    assert!(again.replayed);
    assert_eq!(
        (again.seq, again.balance, again.transfer),
        (first.seq, first.balance, first.transfer)
    );
    // Another wallet's key is another key.
    assert!(
        !pay(engine, keyed("k", transfer(other, to, 10)))
            .await
            .unwrap()
            .replayed
    );
    // Another request under it, of any kind, is refused, and the other way round.
    for step in [
        transfer(from, to, 11),
        transfer(from, other, 10),
        referring("rent", transfer(from, to, 10)),
        single(from, withdraw(10)),
    ] {
        let refused = pay(engine, keyed("k", step)).await;
        assert!(
            matches!(refused, Err(LinkedError::KeyReused(0))),
            "{refused:?}"
        );
    }
    let refused = engine.apply(from, under("k", deposit(10))).await;
    assert!(
        matches!(refused, Err(EngineError::KeyReused)),
        "{refused:?}"
    );
    engine.apply(from, under("d", deposit(10))).await.unwrap();
    let refused = pay(engine, keyed("d", transfer(from, to, 10))).await;
    assert!(
        matches!(refused, Err(LinkedError::KeyReused(0))),
        "{refused:?}"
    );
    let replayed = pay(engine, keyed("d", single(from, deposit(10))))
        .await
        .unwrap();
    assert!(replayed.replayed);
    assert_eq!(test.store.audit(from, 1_000), 2);
    assert_eq!(test.store.audit(to, 0), 2);
}

#[actix_web::test]
async fn the_same_key_at_once_happens_once() {
    let test = TestEngine::start();
    let (from, to) = (test.store.wallet_with(1_000), test.store.wallet_with(0));
    let twenty = (0..20).map(|_| pay(&test.engine, keyed("k", transfer(from, to, 100))));
    let receipts = within("the repetitions", join_all(twenty)).await;
    let receipts: Vec<_> = receipts.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        receipts.iter().filter(|receipt| !receipt.replayed).count(),
        1
    );
    assert!(
        receipts
            .iter()
            .all(|receipt| receipt.balance.cents() == 900)
    );
    assert_eq!(test.store.audit(to, 0), 1);
}

#[actix_web::test]
async fn a_repetition_is_answered_also_when_the_balance_would_refuse_it_now() {
    let test = TestEngine::start();
    let (from, to) = (test.store.wallet_with(100), test.store.wallet_with(0));
    pay(&test.engine, keyed("k", transfer(from, to, 100)))
        .await
        .unwrap();
    let again = pay(&test.engine, keyed("k", transfer(from, to, 100)))
        .await
        .unwrap();
    assert!(again.replayed && again.balance.cents() == 0);
    let refused = pay(&test.engine, keyed("new", transfer(from, to, 100))).await;
    assert_eq!(
        refusal(refused.unwrap_err()),
        OperationRefused::InsufficientFunds
    );
    // The refused key is free.
    test.deposit(from, 100).await.unwrap();
    assert!(
        !pay(&test.engine, keyed("new", transfer(from, to, 100)))
            .await
            .unwrap()
            .replayed
    );
}
