//! What is decided on the sets that were taken, and what each outcome of their commit makes of it.

use std::io;
use std::iter::repeat_with;
use std::sync::Arc;

use tokio::time::Instant;

use super::super::group::Group;
use super::super::queue::CommitQueue;
use super::super::request::{Committed, Outcome, SetError, Written};
use super::super::waiting::Waiting;
use super::{AT, Actor, Caller, SIZE_MAX, keyed, own, transfer, wallet};
use crate::domain::linked::{Step, StepReceipt, TransferId};
use crate::domain::{IdempotencyKey, OperationRefused, Wallet};
use crate::engine::{Cause, EngineError, Lane, LinkedError, Recorded, SetOutcome, WriteSet};

/// A commit queue with what waits in it.
struct Test {
    queue: Arc<CommitQueue>,
    others_write: bool,
}

impl Test {
    fn new() -> Self {
        Self {
            queue: Arc::new(CommitQueue::new(SIZE_MAX)),
            others_write: false,
        }
    }

    fn waiting<T>(&self, with: impl FnOnce(&mut Waiting) -> T) -> T {
        with(&mut self.queue.state().waiting)
    }

    fn arrive(&self, step: Step) -> Caller {
        self.waiting(|waiting| Caller::arrive(waiting, vec![step], Instant::now()))
    }

    fn attend(&self, before: Wallet, attends: &[&Caller]) -> Actor {
        self.waiting(|waiting| Actor::attend(waiting, before, attends))
    }

    /// The wallet's own operation under a key, and what it attends.
    fn own(&self, before: Wallet, cents: i64, key: Option<&str>, attends: &[&Caller]) -> Actor {
        let set = Some(own(&before, cents, key));
        self.waiting(|waiting| Actor::submit(waiting, before, set, attends))
    }

    /// Takes what waits, and decides it.
    fn decide(&self) -> Group {
        let taken = self.waiting(|waiting| waiting.take(Lane::WHOLE, SIZE_MAX, Instant::now()));
        Group::decide(taken.unwrap(), &self.queue, AT, self.others_write)
    }

    fn commit(&self, group: Group) {
        group.answer(
            repeat_with(|| Ok(SetOutcome::Committed(Some(AT.now)))),
            &self.queue,
        );
    }
}

fn committed(actor: &mut Actor) -> Committed {
    match actor.outcome() {
        Some(Ok(Written::Committed(committed))) => committed,
        other => panic!("{other:?}"),
    }
}

fn units(group: &Group) -> Vec<Option<usize>> {
    group.sets.iter().map(WriteSet::unit).collect()
}

fn receipt(caller: &mut Caller) -> StepReceipt {
    caller.verdict().unwrap().unwrap().remove(0)
}

fn is_refused(caller: &mut Caller) -> bool {
    let verdict = caller.verdict();
    matches!(verdict, Some(Err(LinkedError::Refused(refused)))
        if refused.reason == OperationRefused::InsufficientFunds)
}

#[test]
fn a_verdict_leaves_once_both_actors_know_of_the_commit() {
    let test = Test::new();
    let mut caller = test.arrive(transfer(1, 2, 5));
    let mut sender = test.attend(wallet(1, 9), &[&caller]);
    let mut receiver = test.attend(wallet(2, 0), &[&caller]);
    let group = test.decide();
    assert_eq!(units(&group), [Some(0), Some(0)]);
    assert!(!group.is_divisible());
    assert!(caller.verdict().is_none());
    test.commit(group);

    let (sender, receiver) = (committed(&mut sender), committed(&mut receiver));
    assert_eq!((sender.then.balance.cents(), sender.then.version), (4, 8));
    assert_eq!(
        (receiver.then.balance.cents(), receiver.then.version),
        (5, 8)
    );
    assert!(caller.verdict().is_none());
    drop(sender);
    assert!(
        caller.verdict().is_none(),
        "the payee's actor has its share"
    );
    drop(receiver);
    let receipt = receipt(&mut caller);
    assert_eq!((receipt.seq, receipt.balance.cents()), (8, 4));
    assert!(receipt.transfer.is_some() && !receipt.replayed);
}

#[test]
fn linked_sets_see_the_wallets_own_sets_and_each_other_and_chains_are_one_unit() {
    let test = Test::new();
    let mut callers =
        [transfer(1, 2, 10), transfer(2, 3, 10), transfer(2, 1, 1)].map(|step| test.arrive(step));
    let [first, second, third] = &callers;
    let actors = [
        test.own(wallet(1, 0), 10, None, &[first, third]),
        test.attend(wallet(2, 0), &[first, second, third]),
        test.attend(wallet(3, 0), &[second]),
        test.own(wallet(4, 0), 1, None, &[]),
    ];
    let group = test.decide();
    assert_eq!(units(&group), [Some(0), Some(0), Some(0), None]);
    assert!(group.is_divisible());
    test.commit(group);
    let then = actors.map(|mut actor| committed(&mut actor).then.balance.cents());
    assert_eq!(then, [0, 0, 10, 1]);
    assert_eq!(
        receipt(&mut callers[0]).seq,
        9,
        "after the wallet's own row"
    );
    assert_eq!(receipt(&mut callers[1]).balance.cents(), 0);
    assert!(is_refused(&mut callers[2]), "nothing was left to pay back");
}

#[test]
fn a_unit_that_is_left_out_is_decided_again() {
    let test = Test::new();
    let mut caller = test.arrive(transfer(1, 2, 5));
    let mut sender = test.attend(wallet(1, 9), &[&caller]);
    let mut receiver = test.attend(wallet(2, 0), &[&caller]);
    let stale = || Ok(SetOutcome::Stale);
    test.decide().answer(repeat_with(stale), &test.queue);
    for actor in [&mut sender, &mut receiver] {
        assert!(matches!(actor.outcome(), Some(Ok(Written::Stale))));
    }
    assert!(caller.verdict().is_none());

    let reloaded = [wallet(1, 5), wallet(2, 4)];
    let actors = reloaded.map(|wallet| test.attend(wallet, &[&caller]));
    test.commit(test.decide());
    let then = actors.map(|mut actor| committed(&mut actor).then.balance.cents());
    assert_eq!(then, [0, 9]);
    assert_eq!(receipt(&mut caller).balance.cents(), 0);
}

#[test]
fn a_refusal_is_true_once_what_it_was_decided_on_is_committed() {
    let test = Test::new();
    let mut caller = test.arrive(transfer(1, 2, 5));
    let mut sender = test.own(wallet(1, 9), -9, None, &[&caller]);
    let mut receiver = test.attend(wallet(2, 0), &[&caller]);
    let group = test.decide();
    assert_eq!(units(&group), [None], "a refusal links nothing");
    assert_eq!(committed(&mut receiver).then, wallet(2, 0), "it goes on");
    assert!(caller.verdict().is_none());
    test.commit(group);
    drop(committed(&mut sender));
    assert!(is_refused(&mut caller));
}

#[test]
fn a_refusal_on_what_is_committed_is_answered_at_once() {
    let test = Test::new();
    let mut caller = test.arrive(transfer(1, 2, 5));
    let mut actors = [1, 2].map(|number| test.attend(wallet(number, 4), &[&caller]));
    assert!(test.decide().sets.is_empty());
    assert!(is_refused(&mut caller) && caller.linked.request.is_over());
    for actor in &mut actors {
        committed(actor);
    }
}

#[test]
fn beside_other_engines_a_refusal_needs_wallets_that_were_loaded_meanwhile() {
    let test = Test {
        others_write: true,
        ..Test::new()
    };
    let mut caller = test.arrive(transfer(1, 2, 5));
    let actors = [1, 2].map(|number| test.attend(wallet(number, 4), &[&caller]));
    assert!(test.decide().sets.is_empty());
    for mut actor in actors {
        assert!(matches!(actor.outcome(), Some(Ok(Written::Reload))));
    }
    assert!(caller.verdict().is_none());
    let _actors = [1, 2].map(|number| test.attend(wallet(number, 4), &[&caller]));
    assert!(test.decide().sets.is_empty());
    assert!(is_refused(&mut caller), "once is enough");
}

#[test]
fn beside_other_engines_a_wallet_that_was_not_loaded_is_loaded_before_a_later_refusal() {
    let test = Test {
        others_write: true,
        ..Test::new()
    };
    let mut caller = test.arrive(transfer(1, 2, 5));
    let _busy = test.own(wallet(1, 3), 1, Some("k"), &[&caller]);
    let _idle = test.attend(wallet(2, 4), &[&caller]);
    // The ledger holds the key: so the wallet in memory was not compared with that of the ledger.
    let group = test.decide();
    let is_known = || Ok(SetOutcome::Recorded(vec![recorded(1)]));
    group.answer(repeat_with(is_known), &test.queue);

    let [mut unsure, mut sure] = [1, 2].map(|at| test.attend(wallet(at, 3), &[&caller]));
    assert!(test.decide().sets.is_empty());
    assert!(matches!(unsure.outcome(), Some(Ok(Written::Reload))));
    assert!(!matches!(sure.outcome(), Some(Ok(Written::Reload))));
    assert!(caller.verdict().is_none());

    let _actors = [1, 2].map(|at| test.attend(wallet(at, 4), &[&caller]));
    assert!(test.decide().sets.is_empty());
    assert!(is_refused(&mut caller));
}

/// The row under the key `k` of wallet 1's ledger, which paid this much to wallet 2.
fn recorded(cents: i64) -> Recorded {
    let step = transfer(1, 2, cents);
    Recorded {
        key: IdempotencyKey::parse("k").unwrap(),
        seq: 3,
        request: step.request.hash(),
        balance_after: wallet(1, 4).balance,
        transfer: Some(TransferId(uuid::Uuid::nil())),
    }
}

#[test]
fn a_key_that_the_ledger_holds_is_answered_from_there() {
    for (cents, is_same) in [(5, true), (6, false)] {
        let test = Test::new();
        let mut caller = test.arrive(keyed("k", transfer(1, 2, 5)));
        let _sender = test.attend(wallet(1, 9), &[&caller]);
        let _receiver = test.attend(wallet(2, 0), &[&caller]);
        let outcomes = [
            SetOutcome::Recorded(vec![recorded(cents)]),
            SetOutcome::Stale,
        ];
        let outcomes = outcomes.into_iter().map(Ok);
        test.decide().answer(outcomes, &test.queue);
        assert!(caller.verdict().is_none());

        let _actors = [1, 2].map(|number| test.attend(wallet(number, 9), &[&caller]));
        assert!(test.decide().sets.is_empty(), "nothing is written");
        if is_same {
            let receipt = receipt(&mut caller);
            assert!(receipt.replayed && receipt.transfer.is_some());
            assert_eq!((receipt.seq, receipt.balance.cents()), (3, 4));
        } else {
            let verdict = caller.verdict();
            assert!(matches!(verdict, Some(Err(LinkedError::KeyReused(0)))));
        }
    }
}

#[test]
fn the_key_of_what_is_refused_is_looked_up() {
    let test = Test::new();
    let mut caller = test.arrive(keyed("k", transfer(1, 2, 5)));
    let actors = [1, 2].map(|number| test.attend(wallet(number, 4), &[&caller]));
    let group = test.decide();
    assert_eq!(group.sets.len(), 1);
    assert!(group.sets[0].has_sought() && group.sets[0].entries().is_empty());
    assert!(caller.verdict().is_none());
    test.commit(group);
    drop(actors);
    assert!(is_refused(&mut caller));
}

#[test]
fn a_key_is_one_operation_s_also_within_a_group() {
    let test = Test::new();
    let steps = [
        keyed("k", transfer(1, 2, 5)),
        keyed("k", transfer(1, 2, 5)),
        keyed("k", transfer(1, 2, 6)),
        keyed("own", transfer(1, 2, 5)),
        keyed("k", transfer(2, 1, 5)),
    ];
    let mut callers = steps.map(|step| test.arrive(step));
    let all: Vec<_> = callers.iter().collect();
    let actors = [
        test.own(wallet(1, 9), 1, Some("own"), &all),
        test.attend(wallet(2, 0), &all),
    ];
    test.commit(test.decide());
    let then = actors.map(|mut actor| committed(&mut actor).then.balance.cents());
    assert_eq!(then, [10, 0], "once there, and once back");
    let [first, again, other, owns, back] = callers.each_mut();
    let (first, again) = (receipt(first), receipt(again));
    assert!(!first.replayed && again.replayed);
    let told = |it: StepReceipt| (it.seq, it.balance, it.transfer);
    assert_eq!(told(first), told(again));
    for reused in [other, owns] {
        let verdict = reused.verdict();
        assert!(matches!(verdict, Some(Err(LinkedError::KeyReused(0)))));
    }
    assert!(!receipt(back).replayed, "another wallet's key");
}

#[test]
fn a_rejected_group_is_divided_by_unit_and_what_depends_on_several_is_decided_again() {
    let test = Test::new();
    let steps = [
        transfer(1, 2, 5),
        transfer(3, 4, 5),
        // Refused on the sets of both units.
        transfer(2, 4, 50),
    ];
    let mut callers = steps.map(|step| test.arrive(step));
    let [one, two, refused] = &callers;
    let actors = [
        test.attend(wallet(1, 9), &[one]),
        test.attend(wallet(2, 9), &[one, refused]),
        test.attend(wallet(3, 9), &[two]),
        test.attend(wallet(4, 9), &[two, refused]),
        test.own(wallet(5, 0), 1, None, &[]),
    ];
    let groups = test.decide().divide(&test.queue);
    let sizes: Vec<_> = groups.iter().map(|group| group.sets.len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
    assert!(groups.iter().all(|group| !group.is_divisible()));

    let cause: Cause = Arc::new(io::Error::other("rejected"));
    for (rejected, group) in [false, true, false].into_iter().zip(groups) {
        let outcome = || {
            let rejected = rejected.then(|| SetError::Rejected(Arc::clone(&cause)));
            rejected.map_or(Ok(SetOutcome::Committed(Some(AT.now))), Err)
        };
        group.answer(repeat_with(outcome), &test.queue);
    }
    drop(actors);
    assert_eq!(receipt(&mut callers[0]).balance.cents(), 4);
    let verdict = callers[1].verdict();
    assert!(matches!(
        verdict,
        Some(Err(LinkedError::Engine(EngineError::Unavailable(_))))
    ));
    assert!(callers[2].verdict().is_none());
    let _actors = [2, 4].map(|number| test.attend(wallet(number, 14), &[&callers[2]]));
    assert!(test.decide().sets.is_empty());
    assert!(is_refused(&mut callers[2]));
}

#[test]
fn what_was_not_sent_was_not_done() {
    let test = Test::new();
    let mut caller = test.arrive(transfer(1, 2, 5));
    let actors = [1, 2].map(|number| test.attend(wallet(number, 9), &[&caller]));
    let cause: Cause = Arc::new(io::Error::other("no connection"));
    let not_sent = || Err(SetError::NotSent(Arc::clone(&cause)));
    test.decide().answer(repeat_with(not_sent), &test.queue);
    let is_not_sent = |outcome: Option<Outcome>| matches!(outcome, Some(Err(SetError::NotSent(_))));
    for mut actor in actors {
        assert!(is_not_sent(actor.outcome()));
    }
    let verdict = caller.verdict();
    assert!(matches!(
        verdict,
        Some(Err(LinkedError::Engine(EngineError::NotDone(_))))
    ));
}
