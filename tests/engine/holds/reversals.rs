//! An operation is given back once, whole or in parts, from whichever side and by whichever engine.

use futures_util::future::join_all;
use wallet_engine::domain::{OperationRefused, WalletId};
use wallet_engine::engine::{Engine, EngineError, LinkedError};

use super::{apply, capture, capture_to, constellations, hold, refusal, reverse};
use crate::journal::{Fault, Store};
use crate::linked::transfer;
use crate::{TestEngine, deposit, withdraw, within};

/// Asks for the whole 50 times at once, of these wallets in turn; as often as it happened.
async fn at_once(engines: &[Engine], of: &[(WalletId, i64)], cents: Option<i64>) -> usize {
    let asked = (0..50).map(|n| {
        let (wallet, operation) = of[n % of.len()];
        let engine = &engines[n / 2 % engines.len()];
        reverse(engine, wallet, operation, cents, None)
    });
    let answers = within("the answers", join_all(asked)).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    for answer in refused {
        let reason = refusal(answer);
        let over = [
            OperationRefused::AlreadyReversed,
            OperationRefused::ExceedsOriginal,
        ];
        assert!(over.contains(&reason), "{reason:?}");
    }
    done.len()
}

#[actix_web::test]
async fn of_50_reversals_at_once_one_happens_of_each_kind_of_operation() {
    let store = Store::new();
    for engines in constellations(&store) {
        let engine = &engines[0];
        let [wallet, other] = [store.wallet_with(1_000), store.wallet_with(1_000)];
        let deposited = apply(engine, wallet, deposit(70).into()).await.unwrap().seq;
        let withdrawn = apply(engine, wallet, withdraw(80).into())
            .await
            .unwrap()
            .seq;
        let placed = apply(engine, wallet, hold(90)).await.unwrap().seq;
        let captured = apply(engine, wallet, capture(placed, None))
            .await
            .unwrap()
            .seq;
        for operation in [deposited, withdrawn, captured] {
            assert_eq!(at_once(&engines, &[(wallet, operation)], None).await, 1);
        }
        assert_eq!(store.wallet(wallet).balance.cents(), 1_000);

        // From both sides of what paid another wallet.
        let paid = apply(engine, wallet, transfer(wallet, other, 40).request)
            .await
            .unwrap();
        let placed = apply(engine, wallet, hold(50)).await.unwrap().seq;
        let part = apply(engine, wallet, capture_to(other, placed, 50))
            .await
            .unwrap();
        for (out, into) in [(paid.seq, 1), (part.seq, 2)] {
            let sides = [(wallet, out), (other, into)];
            assert_eq!(at_once(&engines, &sides, None).await, 1);
        }
        for wallet in [wallet, other] {
            assert_eq!(store.wallet(wallet).balance.cents(), 1_000);
            store.audit(wallet, 1_000);
        }
        // Of a reversal there is none, nor of what moved no money.
        for operation in [placed, store.wallet(wallet).version] {
            let refused = reverse(engine, wallet, operation, None, None).await;
            let is_refused = matches!(
                refused,
                Err(LinkedError::Engine(EngineError::NotReversible))
            );
            assert!(is_refused, "{refused:?}");
        }
    }
}

#[actix_web::test]
async fn parts_are_reversed_until_nothing_is_left_through_whatever_fails() {
    let store = Store::new();
    for engines in constellations(&store) {
        let [wallet, other] = [store.wallet_with(1_000), store.wallet_with(1_000)];
        let paid = transfer(wallet, other, 100).request;
        let out = apply(&engines[0], wallet, paid).await.unwrap().seq;
        let sides = [(wallet, out), (other, 1)];
        assert_eq!(at_once(&engines, &sides, Some(30)).await, 3);
        assert_eq!(at_once(&engines, &sides, None).await, 1);
        assert_eq!(store.audit(wallet, 1_000), 5);
        assert_eq!(store.audit(other, 1_000), 5);
    }
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 100).await.unwrap();
    let faults = [
        Fault::LostAfter,
        Fault::LostBefore,
        Fault::InFlight,
        Fault::Busy,
        Fault::Pass,
    ];
    for fault in faults {
        test.journal.fail_next([fault]);
        reverse(&test.engine, wallet, 1, Some(20), None)
            .await
            .unwrap();
    }
    let refused = reverse(&test.engine, wallet, 1, Some(20), None).await;
    assert_eq!(refusal(refused), OperationRefused::AlreadyReversed);
    test.store.land();
    assert_eq!(test.store.audit(wallet, 0), 6);
}

#[actix_web::test]
async fn what_was_read_of_an_original_before_a_failover_counts_for_nothing() {
    let test = TestEngine::start();
    let [wallet, other] = [test.store.wallet_with(500), test.store.wallet_with(500)];
    let paid = transfer(wallet, other, 100).request;
    apply(&test.engine, wallet, paid).await.unwrap();
    test.deposit(wallet, 1).await.unwrap();
    let lost = test.store.backup();
    reverse(&test.engine, wallet, 1, Some(60), None)
        .await
        .unwrap();
    // What was committed last is gone.
    test.store.restore(&lost);
    test.store.begin_incarnation();
    reverse(&test.engine, wallet, 1, None, None).await.unwrap();
    for wallet in [wallet, other] {
        test.store.audit(wallet, 500);
    }
    assert_eq!(test.store.wallet(other).balance.cents(), 500);
}
