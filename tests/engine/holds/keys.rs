//! Under a key, whatever is done with a hold happens once, and is answered again, also when it can no longer happen.

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use wallet_engine::domain::{IdempotencyKey, OperationRequest};
use wallet_engine::engine::{Engine, LinkedError};

use super::{apply, capture, capture_to, constellations, hold, reverse, void};
use crate::journal::{Fault, Store};
use crate::{TestEngine, deposit, within};

fn keyed(key: &str, request: OperationRequest) -> OperationRequest {
    OperationRequest {
        key: IdempotencyKey::parse(key),
        ..request
    }
}

/// A wallet with a deposit (seq 1) and a hold of 30 (seq 2), and what is asked of it under a key.
fn asked() -> [(&'static str, OperationRequest); 6] {
    [
        ("capture", capture(2, None)),
        ("part", capture(2, Some(10))),
        ("void", void(2)),
        ("hold", hold(100)),
        ("deposit", deposit(5).into()),
        ("wrong", capture(2, Some(31))),
    ]
}

async fn begun(store: &Store, engine: &Engine) -> wallet_engine::domain::WalletId {
    let wallet = store.wallet_with(0);
    apply(engine, wallet, deposit(150).into()).await.unwrap();
    apply(engine, wallet, hold(30)).await.unwrap();
    wallet
}

#[actix_web::test]
async fn a_repetition_is_answered_as_the_first_in_flight_and_afterwards() {
    let store = Store::new();
    for engines in constellations(&store) {
        for (key, request) in asked() {
            let wallet = begun(&store, &engines[0]).await;
            let request = keyed(key, request);
            let asked =
                (0..12).map(|n| apply(&engines[n % engines.len()], wallet, request.clone()));
            let mut answers = within("the answers", join_all(asked)).await;
            for engine in &engines {
                answers.push(apply(engine, wallet, request.clone()).await);
            }
            if key == "wrong" {
                assert!(answers.iter().all(Result::is_err));
                assert_eq!(store.audit(wallet, 0), 2);
                continue;
            }
            let receipts: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
            let firsts = receipts.iter().filter(|receipt| !receipt.replayed);
            assert_eq!(firsts.count(), 1, "{key}");
            let told = |at: usize| (receipts[at].seq, receipts[at].balance);
            assert!((0..receipts.len()).all(|at| told(at) == told(0)), "{key}");
            assert!(
                receipts
                    .iter()
                    .all(|it| it.replayed == it.hold.is_none() || key == "deposit")
            );
            // Another request under the key, also when nothing remains that it could do.
            let other = apply(&engines[0], wallet, keyed(key, capture(2, Some(1)))).await;
            assert!(
                matches!(other, Err(LinkedError::KeyReused(0))),
                "{key}: {other:?}"
            );
            store.audit(wallet, 0);
        }
    }
}

#[actix_web::test]
async fn a_repetition_is_answered_after_an_outcome_that_was_unknown() {
    for fault in [
        Fault::LostAfter,
        Fault::LostBefore,
        Fault::InFlight,
        Fault::Busy,
    ] {
        let test = TestEngine::start();
        let to = test.store.wallet_with(0);
        for (key, request) in asked()
            .into_iter()
            .take(5)
            .chain([("to", capture_to(to, 2, 30))])
        {
            let wallet = begun(&test.store, &test.engine).await;
            let request = keyed(key, request);
            test.journal.fail_next([fault]);
            let first = apply(&test.engine, wallet, request.clone()).await.unwrap();
            let again = apply(&test.engine, wallet, request).await.unwrap();
            assert!(again.replayed, "{key}");
            assert_eq!(
                (first.seq, first.transfer),
                (again.seq, again.transfer),
                "{key}"
            );
            test.store.land();
            test.store.audit(wallet, 0);
        }
    }
}

#[actix_web::test]
async fn a_reversal_is_made_once_under_its_key() {
    let store = Store::new();
    for engines in constellations(&store) {
        let wallet = begun(&store, &engines[0]).await;
        let key = IdempotencyKey::parse("reversal");
        let again = |n: usize| -> BoxFuture<'_, _> {
            let engine = &engines[n % engines.len()];
            reverse(engine, wallet, 1, Some(20), key.clone()).boxed()
        };
        let answers = within("the answers", join_all((0..20).map(again))).await;
        let receipts: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert!(
            receipts
                .iter()
                .all(|it| (it.seq, it.balance.cents()) == (3, 130))
        );
        assert_eq!(receipts.iter().filter(|it| !it.replayed).count(), 1);
        // All of it is reversed, and the first is repeated still.
        reverse(&engines[0], wallet, 1, Some(100), None)
            .await
            .unwrap();
        let repeated = again(1).await.unwrap();
        assert!(repeated.replayed && repeated.seq == 3);
        store.audit(wallet, 0);
    }
}
