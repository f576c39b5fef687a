//! Who asked for an operation stands in every row that it makes, and in no other.

use futures_util::future::join_all;
use wallet_engine::domain::linked::{LinkedSet, Step};
use wallet_engine::domain::{OperationKind, OperationRequest, Principal, UserId, WalletId};
use wallet_engine::engine::ReversalRequest;

use crate::holds::{apply, capture, capture_to, hold, void};
use crate::journal::Store;
use crate::linked::transfer;
use crate::{TestEngine, deposit, under, withdraw, within};

fn by(principal: &Principal, request: impl Into<OperationRequest>) -> OperationRequest {
    OperationRequest {
        principal: Some(principal.clone()),
        ..request.into()
    }
}

/// The kind of each of the wallet's rows, with who asked for it.
fn rows(store: &Store, wallet: WalletId) -> Vec<(OperationKind, Option<String>)> {
    let ledger = store.ledger(wallet).into_iter();
    let row = |row: wallet_engine::engine::LedgerEntry| {
        let principal = row.principal.map(|principal| principal.to_string());
        (row.entry.operation.kind, principal)
    };
    ledger.map(row).collect()
}

fn named(kinds: &[OperationKind], name: &str) -> Vec<(OperationKind, Option<String>)> {
    let row = |kind: &OperationKind| (*kind, Some(name.to_owned()));
    kinds.iter().map(row).collect()
}

#[actix_web::test]
async fn each_operation_of_a_batch_has_its_own() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    test.deposit(wallet, 1).await.unwrap();
    let shop = Principal::key("shop");
    apply(&test.engine, wallet, by(&shop, deposit(1)))
        .await
        .unwrap();
    let principals: Vec<_> = (0..50).map(|user| Principal::owner(UserId(user))).collect();
    let asked = principals
        .iter()
        .map(|principal| apply(&test.engine, wallet, by(principal, deposit(1))));
    let receipts = within("the answers", join_all(asked)).await;
    let rows = rows(&test.store, wallet);
    assert_eq!(rows[0].1, None, "nobody is known to have asked");
    assert_eq!(rows[1].1.as_deref(), Some("key:shop"));
    for (principal, receipt) in principals.iter().zip(receipts) {
        let place = usize::try_from(receipt.unwrap().seq - 1).unwrap();
        assert_eq!(rows[place].1.as_deref(), Some(principal.as_str()));
    }
    assert!(test.journal.commits() < 50, "they share their commits");
}

#[actix_web::test]
async fn both_rows_of_a_linked_set_name_who_asked_for_their_step() {
    let test = TestEngine::start();
    let [from, to] = [test.store.wallet_with(100), test.store.wallet_with(0)];
    let (shop, owner) = (Principal::key("shop"), Principal::owner(UserId(7)));
    let steps = [&shop, &owner].map(|principal| {
        let step = transfer(from, to, 1);
        Step {
            request: by(principal, step.request),
            ..step
        }
    });
    let set = LinkedSet::new(steps.to_vec()).unwrap();
    test.engine.apply_linked(set).await.unwrap();
    for wallet in [from, to] {
        let names: Vec<_> = rows(&test.store, wallet)
            .into_iter()
            .map(|(_, name)| name.unwrap())
            .collect();
        assert_eq!(names, ["key:shop", "user:7"]);
    }
}

#[actix_web::test]
async fn what_a_request_makes_beside_its_own_row_is_of_the_same_and_what_expired_is_nobody_s() {
    use OperationKind::{Capture, Hold, Release, Withdraw};

    let test = TestEngine::start();
    let [wallet, other] = [test.store.wallet_with(100), test.store.wallet_with(0)];
    let (shop, engine) = (Principal::key("shop"), &test.engine);
    let placed = apply(engine, wallet, by(&shop, hold(30))).await.unwrap();
    let captured = apply(engine, wallet, by(&shop, capture(placed.seq, Some(10)))).await;
    captured.unwrap();
    let of_shop = named(&[Hold, Release, Capture], "key:shop");
    assert_eq!(rows(&test.store, wallet), of_shop);

    let placed = apply(engine, wallet, by(&shop, hold(30))).await.unwrap();
    let owner = Principal::owner(UserId(7));
    let paid = apply(
        engine,
        wallet,
        by(&owner, capture_to(other, placed.seq, 10)),
    )
    .await;
    let paid = paid.unwrap();
    let voided = apply(engine, wallet, by(&owner, void(placed.seq))).await;
    voided.unwrap();
    assert!(
        rows(&test.store, wallet)[4..]
            .iter()
            .all(|(_, name)| name.as_deref() == Some("user:7"))
    );
    assert_eq!(rows(&test.store, other)[0].1.as_deref(), Some("user:7"));

    let staff = Principal::staff(UserId(1));
    let asked = ReversalRequest {
        wallet,
        operation: paid.seq,
        amount: None,
        key: None,
        reason: None,
        principal: Some(staff),
    };
    engine.reverse(asked, engine.deadline()).await.unwrap();
    for wallet in [wallet, other] {
        let last = rows(&test.store, wallet).pop().unwrap();
        assert_eq!(last.1.as_deref(), Some("staff:1"), "{:?}", last.0);
    }

    let before = rows(&test.store, wallet).len();
    apply(engine, wallet, by(&shop, hold(90))).await.unwrap();
    test.store.pass(time::Duration::seconds(60));
    apply(engine, wallet, by(&shop, withdraw(90)))
        .await
        .unwrap();
    let expected = [
        (Hold, Some("key:shop".to_owned())),
        (Release, None),
        (Withdraw, Some("key:shop".to_owned())),
    ];
    assert_eq!(rows(&test.store, wallet)[before..], expected);
}

#[actix_web::test]
async fn a_repetition_by_another_is_a_repetition() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_with(0);
    let request = under("k", deposit(5));
    let shop = by(&Principal::key("shop"), request.clone());
    let other = by(&Principal::owner(UserId(7)), request.clone());
    let first = apply(&test.engine, wallet, shop).await.unwrap();
    for request in [other, request] {
        let again = apply(&test.engine, wallet, request).await.unwrap();
        assert!(again.replayed);
        assert_eq!((again.seq, again.balance), (first.seq, first.balance));
    }
    assert_eq!(
        rows(&test.store, wallet),
        named(&[OperationKind::Deposit], "key:shop")
    );
}
