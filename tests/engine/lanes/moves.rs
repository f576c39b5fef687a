//! Wallets whose lane changes: the next set is written where the wallet is then.

use std::collections::BTreeSet;

use futures_util::{FutureExt, poll};
use wallet_engine::engine::Lane;

use super::{ONE, TWO, activate, groups};
use crate::linked::{pay, transfer};
use crate::{TestEngine, until, within};

#[actix_web::test]
async fn the_next_set_of_a_wallet_that_was_moved_is_written_on_its_new_lane() {
    let test = TestEngine::start();
    let wallet = test.store.wallet_on(ONE, 0);
    for (n, lane) in (1..).zip([ONE, TWO, Lane::WHOLE, ONE]) {
        test.store.move_to(lane, wallet);
        assert_eq!(test.deposit(wallet, 1).await, Ok(n));
    }
    let lanes: Vec<_> = groups(&test).into_iter().map(|(lane, _)| lane).collect();
    assert_eq!(lanes, [ONE, TWO, Lane::WHOLE, ONE]);
    assert_eq!(test.store.audit(wallet, 0), 4);
}

#[actix_web::test]
async fn a_set_whose_wallet_is_moved_meanwhile_is_left_out_and_decided_again() {
    let test = TestEngine::start();
    let (moved, stays) = (test.store.wallet_on(ONE, 0), test.store.wallet_on(ONE, 0));
    activate(&test, &[moved, stays]).await;
    test.journal.hold_commits();
    let both = async { tokio::join!(test.deposit(moved, 1), test.deposit(stays, 1)) };
    let mut both = both.boxed_local();
    assert!(poll!(&mut both).is_pending());
    until("the commit", || groups(&test).len() == 1).await;
    test.store.move_to(TWO, moved);
    test.journal.let_commits(100);
    assert_eq!(within("both", both).await, (Ok(1), Ok(1)));
    assert_eq!(groups(&test).last(), Some(&(TWO, BTreeSet::from([moved]))));
    assert_eq!(test.store.audit(moved, 0) + test.store.audit(stays, 0), 2);
}

#[actix_web::test]
async fn a_linked_set_whose_wallet_is_moved_meanwhile_is_written_where_its_wallets_are() {
    for (to, rewritten) in [(ONE, ONE), (TWO, Lane::WHOLE)] {
        let test = TestEngine::start();
        let from = if to == ONE { TWO } else { ONE };
        let (a, b) = (test.store.wallet_on(ONE, 9), test.store.wallet_on(from, 0));
        activate(&test, &[a, b]).await;
        test.journal.hold_commits();
        let mut paid = pay(&test.engine, transfer(a, b, 5)).boxed_local();
        assert!(poll!(&mut paid).is_pending());
        until("the commit", || groups(&test).len() == 1).await;
        let first = if from == ONE { ONE } else { Lane::WHOLE };
        assert_eq!(groups(&test)[0].0, first);
        // The whole writes it wherever it is, and a lane leaves out what is not there any more.
        test.store.move_to(to, b);
        test.journal.let_commits(100);
        within("the transfer", paid).await.unwrap();
        let receipt = within("another", pay(&test.engine, transfer(b, a, 1))).await;
        assert!(receipt.is_ok());
        let pair = BTreeSet::from([a, b]);
        assert_eq!(groups(&test).last(), Some(&(rewritten, pair)));
        assert_eq!(test.store.audit(a, 9) + test.store.audit(b, 0), 4);
    }
}
