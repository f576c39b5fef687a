//! After a failover, what was read before it counts for nothing.

use std::iter::repeat_with;
use std::sync::Arc;

use tokio::time::Instant;
use uuid::Uuid;

use super::super::group::Group;
use super::super::queue::CommitQueue;
use super::{AT, Actor, Caller, SIZE_MAX, transfer, wallet};

use crate::domain::linked::{Counterpart, Step, TransferId};
use crate::domain::reversal::{Original, Reversal};
use crate::domain::{Balance, Moment, Movement, OperationRefused};
use crate::engine::{Lane, LinkedError, SetOutcome};

/// Gives wallet 1 back what it paid to wallet 2, which was read in that incarnation.
fn reversal(incarnation: u64) -> Step {
    let original = Original {
        seq: 3,
        operation: transfer(1, 2, 5).request.movement.operation(),
        counterpart: Some(Counterpart {
            wallet: wallet(2, 0).id,
            seq: 4,
            transfer: Some(TransferId(Uuid::nil())),
        }),
        reversed: Balance::ZERO,
        as_of: 7,
        incarnation,
    };
    let amount = None;
    Step {
        wallet: wallet(1, 0).id,
        request: Movement::Reversal(Box::new(Reversal { original, amount })).into(),
    }
}

#[test]
fn an_original_counts_only_for_a_wallet_of_the_same_incarnation() {
    for (incarnation, counts) in [(AT.incarnation, true), (AT.incarnation + 1, false)] {
        let queue = Arc::new(CommitQueue::new(SIZE_MAX));
        let mut state = queue.state();
        let waiting = &mut state.waiting;
        let mut caller = Caller::arrive(waiting, vec![reversal(incarnation)], Instant::now());
        // Both were loaded in the first incarnation.
        let actors = [1, 2].map(|number| Actor::attend(waiting, wallet(number, 9), &[&caller]));
        let taken = waiting.take(Lane::WHOLE, SIZE_MAX, Instant::now()).unwrap();
        drop(state);
        let at = Moment { incarnation, ..AT };
        let group = Group::decide(taken, &queue, at, false);
        let committed = repeat_with(|| Ok(SetOutcome::Committed(Some(AT.now))));
        group.answer(committed, &queue);
        drop(actors);
        match caller.verdict().unwrap() {
            Ok(receipts) => assert!(counts && receipts[0].balance.cents() == 14),
            Err(LinkedError::Refused(refused)) => {
                assert!(!counts && refused.reason == OperationRefused::OriginalOutdated);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}
