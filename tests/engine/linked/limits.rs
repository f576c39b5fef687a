//! Linked sets for which there is no room: nothing of them happens or stays behind.

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use wallet_engine::config::EngineConfig;
use wallet_engine::engine::{EngineError, LinkedError, Queue};

use super::{pay, transfer};
use crate::{TestEngine, config, deposit, until, within};

fn full(error: &LinkedError) -> Option<Queue> {
    match error {
        LinkedError::Engine(EngineError::Overloaded(queue)) => Some(*queue),
        _ => None,
    }
}

#[actix_web::test]
async fn a_transfer_of_a_full_wallet_is_turned_away_and_the_other_wallet_goes_on() {
    for (payer_is_full, config) in [true, false].map(|payer| {
        let queue_max = 4;
        (
            payer,
            EngineConfig {
                queue_max,
                ..config()
            },
        )
    }) {
        let test = TestEngine::with(&config);
        let (crowded, other) = (test.store.wallet_with(100), test.store.wallet_with(100));
        test.deposit(other, 1).await.unwrap();
        test.journal.hold_commits();
        let mut crowd = join_all((0..4).map(|_| test.deposit(crowded, 1))).boxed_local();
        let places = || test.engine.pending().operations;
        assert!(poll!(&mut crowd).is_pending());
        let is_inside = async {
            until("the crowd is inside", || {
                test.journal.commits() == 2 && places() == 4
            })
            .await;
            let (from, to) = if payer_is_full {
                (crowded, other)
            } else {
                (other, crowded)
            };
            let answer = within("the transfer", pay(&test.engine, transfer(from, to, 1))).await;
            let error = answer.unwrap_err();
            assert_eq!(full(&error), Some(Queue::Wallet), "{error:?}");
            until("only the crowd is inside", || places() == 4).await;
            test.journal.let_commits(100);
        };
        let (answers, ()) = tokio::join!(&mut crowd, is_inside);
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(test.deposit(other, 1).await, Ok(102));
        pay(&test.engine, transfer(crowded, other, 1))
            .await
            .unwrap();
        assert_eq!(test.store.audit(crowded, 100), 5);
    }
}

#[actix_web::test]
async fn a_transfer_takes_a_place_of_each_wallet_and_none_when_there_is_one_for_half() {
    let test = TestEngine::with(&EngineConfig {
        inflight_max: 3,
        ..config()
    });
    let [a, b, c] = [100; 3].map(|cents| test.store.wallet_with(cents));
    test.journal.hold_commits();
    let mut held = pay(&test.engine, transfer(a, b, 1)).boxed_local();
    let full_then_free = async {
        until("it is being written", || test.journal.commits() == 1).await;
        let places = || test.engine.pending().operations;
        assert_eq!(places(), 2);
        let answer = within("another", pay(&test.engine, transfer(b, c, 1))).await;
        assert_eq!(full(&answer.unwrap_err()), Some(Queue::Engine));
        until("only the first is inside", || places() == 2).await;
        test.journal.let_commits(100);
    };
    let (answer, ()) = tokio::join!(&mut held, full_then_free);
    answer.unwrap();
    assert_eq!(
        within("a deposit", test.engine.apply(c, deposit(1)))
            .await
            .unwrap()
            .balance
            .cents(),
        101
    );
    within("the rest", pay(&test.engine, transfer(b, c, 1)))
        .await
        .unwrap();
    assert_eq!(test.store.audit(b, 100), 2);
}
