//! Many at once: what happens is as much as there is, whichever engine is asked.

use futures_util::future::join_all;
use wallet_engine::domain::{OperationKind, OperationRefused};

use super::{apply, capture, capture_to, constellations, hold, refusal, rows, void};
use crate::journal::Store;
use crate::within;

#[actix_web::test]
async fn of_50_captures_and_voids_at_once_of_one_hold_one_happens() {
    let store = Store::new();
    for engines in constellations(&store) {
        let wallet = store.wallet_with(100);
        let placed = apply(&engines[0], wallet, hold(30)).await.unwrap();
        let id = placed.seq;
        let asked = (0..50).map(|n| {
            let request = match n % 3 {
                0 => capture(id, None),
                1 => capture(id, Some(10)),
                _ => void(id),
            };
            apply(&engines[n % engines.len()], wallet, request)
        });
        let answers = within("the answers", join_all(asked)).await;
        let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1);
        for answer in refused {
            assert_eq!(refusal(answer), OperationRefused::NoOpenHold);
        }
        store.audit(wallet, 100);
        assert_eq!(store.wallet(wallet).terms, None);
    }
}

#[actix_web::test]
async fn of_40_holds_of_2_00_on_50_00_there_are_25() {
    let store = Store::new();
    for engines in constellations(&store) {
        let wallet = store.wallet_with(5_000);
        let asked = (0..40).map(|n| apply(&engines[n % engines.len()], wallet, hold(200)));
        let answers = within("the answers", join_all(asked)).await;
        let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 25);
        for answer in refused {
            assert_eq!(refusal(answer), OperationRefused::InsufficientFunds);
        }
        assert_eq!(store.wallet(wallet).held().cents(), 5_000);
        assert_eq!(store.audit(wallet, 5_000), 25);
    }
}

#[actix_web::test]
async fn parts_of_a_hold_pay_another_wallet_until_nothing_remains() {
    let store = Store::new();
    for engines in constellations(&store) {
        let [wallet, to] = [store.wallet_with(100), store.wallet_with(0)];
        let id = apply(&engines[0], wallet, hold(30)).await.unwrap().seq;
        let asked =
            (0..10).map(|n| apply(&engines[n % engines.len()], wallet, capture_to(to, id, 7)));
        let answers = within("the answers", join_all(asked)).await;
        let done = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(done, 4, "{answers:?}");
        let exceeds = |answer| refusal(answer) == OperationRefused::ExceedsHold;
        assert!(answers.into_iter().filter(Result::is_err).all(exceeds));
        assert_eq!(store.wallet(to).balance.cents(), 28);
        assert_eq!(store.wallet(wallet).held().cents(), 2);
        let last = apply(&engines[0], wallet, capture_to(to, id, 2))
            .await
            .unwrap();
        let hold = last.hold.unwrap();
        assert_eq!((hold.captured.cents(), hold.remaining().cents()), (30, 0));
        assert!(hold.created_at.is_some() && last.transfer.is_some());
        assert_eq!(rows(&store, to, OperationKind::TransferIn), 5);
        store.audit(wallet, 100);
        store.audit(to, 0);
    }
}
