//! Presence, readiness, holding, and what becomes of sets and linked sets that wait.

use std::time::Duration;

use tokio::time::Instant;

use super::super::linking::{HOLD_AFTER, HOLD_MAX};
use super::super::request::SetError;
use super::super::waiting::Waiting;
use super::{Actor, Caller, SIZE_MAX, transfer, wallet, wallets_of};
use crate::engine::{EngineError, Lane, LinkedError};

fn is_recalled(actor: &mut Actor) -> bool {
    matches!(actor.outcome(), Some(Err(SetError::Recalled)))
}

fn is_not_done(caller: &mut Caller) -> bool {
    let verdict = caller.verdict();
    matches!(
        verdict,
        Some(Err(LinkedError::Engine(EngineError::NotDone(_))))
    )
}

#[test]
fn a_linked_set_is_taken_with_its_wallets_once_all_of_them_are_present() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let caller = Caller::arrive(&mut waiting, vec![transfer(2, 1, 5)], now);
    let _payer = Actor::attend(&mut waiting, wallet(2, 9), &[&caller]);
    assert!(!waiting.is_takable(Lane::WHOLE) && waiting.take(Lane::WHOLE, SIZE_MAX, now).is_none());
    let _other = Actor::deposit(&mut waiting, wallet(3, 0), 1, &[]);
    let _payee = Actor::deposit(&mut waiting, wallet(1, 0), 1, &[&caller]);

    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    let [(linked, places)] = &taken.linked[..] else {
        panic!("one linked set");
    };
    assert_eq!(linked.id, caller.linked.id);
    let wallets = wallets_of(&taken);
    let of_linked: Vec<_> = places.iter().map(|place| wallets[*place]).collect();
    assert_eq!(of_linked, caller.linked.request.set.wallets());
    assert_eq!(wallets.len(), 3);
    assert_eq!(taken.size, 3, "two operations and a step");
    assert!(waiting.is_empty() && !waiting.is_takable(Lane::WHOLE));
}

#[test]
fn one_present_wallet_serves_all_that_it_attends_in_the_order_of_their_arrival() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let callers: Vec<_> = (2..6)
        .map(|payer| Caller::arrive(&mut waiting, vec![transfer(payer, 1, 5)], now))
        .collect();
    let _payee = Actor::attend(
        &mut waiting,
        wallet(1, 0),
        &callers.iter().collect::<Vec<_>>(),
    );
    // The last one's wallet is present first.
    let _payers: Vec<_> = [5, 4, 3, 2]
        .into_iter()
        .zip(callers.iter().rev())
        .map(|(payer, caller)| Actor::attend(&mut waiting, wallet(payer, 9), &[caller]))
        .collect();
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    let ids: Vec<_> = taken.linked.iter().map(|(linked, _)| linked.id).collect();
    assert_eq!(ids, [0, 1, 2, 3]);
    assert_eq!(taken.requests.len(), 5);
}

#[test]
fn a_set_that_waits_attends_one_more_and_one_that_was_taken_does_not() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let payer = Actor::deposit(&mut waiting, wallet(1, 9), 1, &[]);
    let caller = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], now);
    assert!(waiting.attend(payer.number, caller.linked.clone()));
    let _payee = Actor::attend(&mut waiting, wallet(2, 0), &[&caller]);
    assert_eq!(
        waiting
            .take(Lane::WHOLE, SIZE_MAX, now)
            .unwrap()
            .linked
            .len(),
        1
    );

    let next = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], now);
    assert!(!waiting.attend(payer.number, next.linked.clone()));
}

#[test]
fn only_a_set_with_nothing_to_write_is_recalled_and_its_wallet_is_absent_then() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let caller = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], now);
    let idle = Actor::attend(&mut waiting, wallet(1, 9), &[&caller]);
    let busy = Actor::deposit(&mut waiting, wallet(2, 0), 1, &[&caller]);
    assert!(!waiting.recall(busy.number));
    assert!(waiting.recall(idle.number) && !waiting.recall(idle.number));
    assert_eq!(waiting.wallets(), 1);
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert!(taken.linked.is_empty());
    assert_eq!(wallets_of(&taken), [wallet(2, 0).id]);
}

#[test]
fn a_withdrawn_linked_set_lets_go_the_wallets_that_wait_for_nothing_else() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let steps = vec![transfer(1, 2, 5), transfer(3, 4, 5)];
    let caller = Caller::arrive(&mut waiting, steps, now);
    let other = Caller::arrive(&mut waiting, vec![transfer(2, 5, 1)], now);
    let mut idle = Actor::attend(&mut waiting, wallet(1, 9), &[&caller]);
    let mut shared = Actor::attend(&mut waiting, wallet(2, 0), &[&caller, &other]);
    let mut busy = Actor::deposit(&mut waiting, wallet(3, 0), 1, &[&caller]);

    let id = caller.linked.id;
    assert!(waiting.withdraw(id, now).is_some());
    assert!(caller.linked.request.is_over());
    assert!(waiting.withdraw(id, now).is_none());
    assert!(is_recalled(&mut idle));
    assert!(shared.outcome().is_none() && busy.outcome().is_none());
    assert_eq!(
        wallets_of(&waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap()).len(),
        1
    );

    let _payee = Actor::attend(&mut waiting, wallet(5, 0), &[&other]);
    assert_eq!(
        waiting
            .take(Lane::WHOLE, SIZE_MAX, now)
            .unwrap()
            .linked
            .len(),
        1
    );
    let taken = waiting.withdraw(other.linked.id, now);
    assert!(taken.is_none(), "it was taken");
}

#[test]
fn the_oldest_holds_its_wallets_after_its_time_until_the_rest_have_come() {
    let (mut waiting, start) = (Waiting::default(), Instant::now());
    let caller = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], start);
    let busy = |waiting: &mut Waiting| Actor::deposit(waiting, wallet(1, 9), 1, &[&caller]);
    let other = |waiting: &mut Waiting| Actor::deposit(waiting, wallet(3, 0), 1, &[]);
    let _passed_over = (busy(&mut waiting), other(&mut waiting));
    let taken = waiting.take(
        Lane::WHOLE,
        SIZE_MAX,
        start + HOLD_AFTER - Duration::from_nanos(1),
    );
    assert_eq!(taken.unwrap().requests.len(), 2);

    let now = start + HOLD_AFTER;
    let (_held, _other) = (busy(&mut waiting), other(&mut waiting));
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert_eq!(wallets_of(&taken), [wallet(3, 0).id]);
    assert!(!waiting.is_takable(Lane::WHOLE) && !waiting.is_empty());

    let _payee = Actor::attend(&mut waiting, wallet(2, 0), &[&caller]);
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert_eq!((taken.linked.len(), taken.requests.len()), (1, 2));
}

#[test]
fn a_hold_ends_after_its_longest_time_and_the_next_oldest_may_hold() {
    let (mut waiting, start) = (Waiting::default(), Instant::now());
    let oldest = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], start);
    let next = Caller::arrive(&mut waiting, vec![transfer(3, 4, 5)], start);
    let _one = Actor::deposit(&mut waiting, wallet(1, 9), 1, &[&oldest]);
    let mut now = start + HOLD_AFTER;
    assert!(
        waiting.take(Lane::WHOLE, SIZE_MAX, now).is_none(),
        "it is held"
    );

    let three = |waiting: &mut Waiting| Actor::deposit(waiting, wallet(3, 9), 1, &[&next]);
    let _passed_over = three(&mut waiting);
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert_eq!(wallets_of(&taken), [wallet(3, 9).id], "one holds at a time");

    now += HOLD_MAX;
    let _held = three(&mut waiting);
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert_eq!(wallets_of(&taken), [wallet(1, 9).id], "the next one's turn");

    let _again = Actor::deposit(&mut waiting, wallet(1, 9), 1, &[&oldest]);
    now += HOLD_MAX;
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert_eq!(wallets_of(&taken), [wallet(3, 9).id], "its turn again");
}

#[test]
fn what_a_withdrawn_linked_set_held_may_be_taken() {
    let (mut waiting, start) = (Waiting::default(), Instant::now());
    let caller = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], start);
    let _held = Actor::deposit(&mut waiting, wallet(1, 9), 1, &[&caller]);
    let now = start + HOLD_AFTER;
    assert!(waiting.take(Lane::WHOLE, SIZE_MAX, now).is_none());
    assert!(waiting.withdraw(caller.linked.id, now).is_some());
    assert!(waiting.is_takable(Lane::WHOLE));
    assert_eq!(
        waiting
            .take(Lane::WHOLE, SIZE_MAX, now)
            .unwrap()
            .requests
            .len(),
        1
    );
}

#[test]
fn a_linked_set_that_is_put_back_comes_before_later_ones() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let callers =
        [5, 6].map(|cents| Caller::arrive(&mut waiting, vec![transfer(1, 2, cents)], now));
    let [first, second] = &callers;
    let attend = |waiting: &mut Waiting, attends: &[&Caller]| {
        [1, 2].map(|number| Actor::attend(waiting, wallet(number, 9), attends))
    };
    let _taken = attend(&mut waiting, &[first]);
    let (linked, _) = waiting
        .take(Lane::WHOLE, SIZE_MAX, now)
        .unwrap()
        .linked
        .remove(0);

    // A wallet that it was not decided on is back before the verdict.
    let _present = attend(&mut waiting, &[first, second]);
    waiting.put_back(vec![linked], now);
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    let ids: Vec<_> = taken.linked.iter().map(|(linked, _)| linked.id).collect();
    assert_eq!(ids, [first.linked.id, second.linked.id]);
}

#[test]
fn nothing_is_put_back_that_nobody_waits_for_or_whose_actor_left() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    for abandoned in [false, true] {
        let mut caller = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], now);
        let _actors = [1, 2].map(|n| Actor::attend(&mut waiting, wallet(n, 9), &[&caller]));
        let (linked, _) = waiting
            .take(Lane::WHOLE, SIZE_MAX, now)
            .unwrap()
            .linked
            .remove(0);
        let request = caller.linked.request.clone();
        if abandoned {
            request.abandon();
            waiting.put_back(vec![linked], now);
            assert!(is_not_done(&mut caller));
        } else {
            drop(caller);
            waiting.put_back(vec![linked], now);
        }
        assert!(request.is_over());
    }
    assert!(!waiting.is_takable(Lane::WHOLE) && waiting.is_empty());
}

#[test]
fn a_recalled_set_goes_back_to_its_wallet_and_the_linked_set_waits_for_it() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let caller = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], now);
    let mut busy = Actor::deposit(&mut waiting, wallet(1, 9), 1, &[&caller]);
    let present = |waiting: &mut Waiting| Actor::attend(waiting, wallet(2, 0), &[&caller]);
    let _present = present(&mut waiting);
    assert!(busy.handover.recall());
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert!(taken.linked.is_empty() && is_recalled(&mut busy));
    assert_eq!(wallets_of(&taken), [wallet(2, 0).id], "it goes on");

    let _again = Actor::deposit(&mut waiting, wallet(1, 9), 1, &[&caller]);
    let _present = present(&mut waiting);
    assert_eq!(
        waiting
            .take(Lane::WHOLE, SIZE_MAX, now)
            .unwrap()
            .linked
            .len(),
        1
    );
}

#[test]
fn of_a_caller_that_left_nothing_is_decided() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let caller = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], now);
    let _actors = [1, 2].map(|n| Actor::attend(&mut waiting, wallet(n, 9), &[&caller]));
    let request = caller.linked.request.clone();
    drop(caller);
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert!(taken.linked.is_empty() && request.is_over());
    assert_eq!(taken.requests.len(), 2, "its wallets go on");
}

#[test]
fn linked_sets_and_other_sets_have_half_a_group_each() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let many = (0..20).map(|_| transfer(1, 2, 1)).collect();
    let large = Caller::arrive(&mut waiting, many, now);
    let small = Caller::arrive(&mut waiting, vec![transfer(1, 2, 1)], now);
    let _actors = [1, 2].map(|n| Actor::attend(&mut waiting, wallet(n, 99), &[&large, &small]));
    let _others: Vec<_> = (3..30)
        .map(|n| Actor::deposit(&mut waiting, wallet(n, 0), 1, &[]))
        .collect();
    let taken = waiting.take(Lane::WHOLE, 8, now).unwrap();
    assert_eq!(taken.linked.len(), 1, "the second is above the half");
    assert_eq!(taken.requests.len(), 2 + 4, "half a group of the others");
}

#[test]
fn without_a_committer_everything_is_given_up() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let mut caller = Caller::arrive(&mut waiting, vec![transfer(1, 2, 5)], now);
    let idle = Actor::attend(&mut waiting, wallet(1, 9), &[&caller]);
    let busy = Actor::deposit(&mut waiting, wallet(2, 0), 1, &[&caller]);
    waiting.clear();
    assert!(is_not_done(&mut caller));
    assert!(
        caller.linked.request.is_over() && waiting.is_empty() && !waiting.is_takable(Lane::WHOLE)
    );
    for mut actor in [idle, busy] {
        assert!(actor.outcome.try_recv().is_err(), "its channel is closed");
    }
}
