//! What is taken for which lane, and what lanes that compete for a wallet leave each other.

use std::time::Duration;

use tokio::time::Instant;

use super::super::linking::{HOLD_AFTER, HOLD_MAX};
use super::super::waiting::{Taken, Waiting};
use super::{Actor, Caller, SIZE_MAX, own, transfer, wallet, wallets_of};
use crate::domain::WalletId;
use crate::engine::{EngineError, Lane, LinkedError};

const ONE: Lane = Lane(1);
const TWO: Lane = Lane(2);

/// Wallets with an even number are of one lane, the others of another.
fn lane_of(number: u128) -> Lane {
    if number.is_multiple_of(2) { TWO } else { ONE }
}

fn deposit(waiting: &mut Waiting, number: u128, attends: &[&Caller]) -> Actor {
    let before = wallet(number, 9);
    let set = own(&before, 1, None);
    Actor::submit_on(lane_of(number), waiting, before, Some(set), attends)
}

fn attend(waiting: &mut Waiting, number: u128, attends: &[&Caller]) -> Actor {
    Actor::submit_on(lane_of(number), waiting, wallet(number, 9), None, attends)
}

fn ids<const N: usize>(numbers: [u128; N]) -> [WalletId; N] {
    numbers.map(|number| wallet(number, 0).id)
}

fn linked_of(taken: &Taken) -> Vec<u64> {
    taken.linked.iter().map(|(linked, _)| linked.id).collect()
}

#[test]
fn a_group_is_of_one_lane_in_the_order_of_arrival() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let _actors = [3, 2, 1, 4].map(|number| deposit(&mut waiting, number, &[]));
    assert!(!waiting.is_takable(Lane::WHOLE) && waiting.take(Lane::WHOLE, 9, now).is_none());
    assert!(waiting.is_takable(ONE) && waiting.is_takable(TWO));
    assert_eq!(wallets_of(&waiting.take(ONE, 9, now).unwrap()), ids([3, 1]));
    assert!(!waiting.is_takable(ONE) && waiting.take(ONE, 9, now).is_none());
    assert_eq!(waiting.wallets(), 2);
    assert_eq!(wallets_of(&waiting.take(TWO, 1, now).unwrap()), ids([2]));
    assert_eq!(wallets_of(&waiting.take(TWO, 1, now).unwrap()), ids([4]));
    assert!(waiting.is_empty());
}

#[test]
fn a_linked_set_of_one_lane_is_taken_there_and_one_over_two_for_the_whole() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let inside = Caller::arrive(&mut waiting, vec![transfer(1, 3, 5)], now);
    let over = Caller::arrive_over_lanes(&mut waiting, vec![transfer(5, 2, 5)], now);
    let _inside = [1, 3].map(|number| attend(&mut waiting, number, &[&inside]));
    let _over = [
        deposit(&mut waiting, 5, &[&over]),
        attend(&mut waiting, 2, &[&over]),
    ];
    let taken = waiting.take(TWO, SIZE_MAX, now);
    assert!(taken.is_none(), "nothing is of this lane alone");
    let taken = waiting.take(ONE, SIZE_MAX, now).unwrap();
    assert_eq!(linked_of(&taken), [inside.linked.id]);
    assert_eq!(wallets_of(&taken), ids([1, 3]));
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert_eq!(linked_of(&taken), [over.linked.id]);
    assert_eq!(taken.size, 2, "a step, and the payer's own operation");
    assert!(waiting.is_empty());
}

#[test]
fn the_lane_counts_that_a_wallet_has_when_its_set_is_submitted() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let caller = Caller::arrive(&mut waiting, vec![transfer(1, 3, 5)], now);
    let _stays = attend(&mut waiting, 1, &[&caller]);
    let moved = Actor::submit_on(TWO, &mut waiting, wallet(3, 0), None, &[&caller]);
    assert!(waiting.is_takable(Lane::WHOLE) && !waiting.is_takable(ONE));
    assert!(waiting.recall(moved.number) && !waiting.is_takable(Lane::WHOLE));
    let _back = attend(&mut waiting, 3, &[&caller]);
    assert!(waiting.is_takable(ONE) && !waiting.is_takable(Lane::WHOLE));
    assert_eq!(waiting.take(ONE, SIZE_MAX, now).unwrap().linked.len(), 1);
}

#[test]
fn a_set_that_is_due_on_the_whole_is_left_to_it_as_long_as_it_is_not_late() {
    let (mut waiting, start) = (Waiting::default(), Instant::now());
    let over = Caller::arrive_over_lanes(&mut waiting, vec![transfer(1, 2, 5)], start);
    let _pair = [1, 2].map(|number| deposit(&mut waiting, number, &[&over]));
    let _other = deposit(&mut waiting, 3, &[]);
    let taken = waiting.take(ONE, SIZE_MAX, start).unwrap();
    assert_eq!(wallets_of(&taken), ids([3]));
    assert!(waiting.is_holding() && waiting.is_takable(Lane::WHOLE));
    assert!(waiting.take(TWO, SIZE_MAX, start).is_none());

    // Nobody comes for the whole: both lanes go on.
    let late = start + HOLD_MAX;
    waiting.release(late - Duration::from_nanos(1));
    assert!(!waiting.is_takable(ONE));
    waiting.release(late);
    assert_eq!(wallets_of(&waiting.take(ONE, 9, late).unwrap()), ids([1]));
    assert_eq!(wallets_of(&waiting.take(TWO, 9, late).unwrap()), ids([2]));

    // Nothing is left to it until somebody comes for it again.
    let _pair = [1, 2].map(|number| deposit(&mut waiting, number, &[&over]));
    assert_eq!(wallets_of(&waiting.take(ONE, 9, late).unwrap()), ids([1]));
    assert_eq!(waiting.take(Lane::WHOLE, 9, late).map(|it| it.size), None);
    let _again = deposit(&mut waiting, 1, &[&over]);
    assert!(waiting.take(ONE, 9, late).is_none(), "it is left to it");
    let taken = waiting.take(Lane::WHOLE, 9, late).unwrap();
    assert_eq!((linked_of(&taken).len(), taken.requests.len()), (1, 2));
}

#[test]
fn of_linked_sets_that_share_a_wallet_the_oldest_has_it_first() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let older = Caller::arrive_over_lanes(&mut waiting, vec![transfer(1, 2, 5)], now);
    let newer = Caller::arrive(&mut waiting, vec![transfer(1, 3, 5)], now);
    let pairs = |waiting: &mut Waiting| {
        [
            attend(waiting, 1, &[&older, &newer]),
            attend(waiting, 2, &[&older]),
            attend(waiting, 3, &[&newer]),
        ]
    };
    let _pairs = pairs(&mut waiting);
    assert!(waiting.is_takable(ONE));
    assert!(waiting.take(ONE, SIZE_MAX, now).is_none());
    assert!(!waiting.is_takable(ONE), "a committer would not rest");
    assert!(waiting.is_holding(), "the watch would not see to it");
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert_eq!(linked_of(&taken), [older.linked.id]);

    // The other way round, the lane has it.
    let over = Caller::arrive_over_lanes(&mut waiting, vec![transfer(1, 2, 5)], now);
    let _shared = attend(&mut waiting, 1, &[&newer, &over]);
    let _payee = attend(&mut waiting, 2, &[&over]);
    let taken = waiting.take(ONE, SIZE_MAX, now).unwrap();
    assert_eq!(linked_of(&taken), [newer.linked.id]);
}

#[test]
fn another_linked_set_of_the_lane_is_taken_though_one_was_put_off() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let over = Caller::arrive_over_lanes(&mut waiting, vec![transfer(1, 2, 5)], now);
    let put_off = Caller::arrive(&mut waiting, vec![transfer(1, 3, 5)], now);
    let other = Caller::arrive(&mut waiting, vec![transfer(5, 7, 5)], now);
    let _pairs = [
        attend(&mut waiting, 1, &[&over, &put_off]),
        attend(&mut waiting, 2, &[&over]),
        attend(&mut waiting, 3, &[&put_off]),
    ];
    assert!(waiting.take(ONE, SIZE_MAX, now).is_none());
    let _others = [5, 7].map(|number| attend(&mut waiting, number, &[&other]));
    assert!(waiting.is_takable(ONE));
    let taken = waiting.take(ONE, SIZE_MAX, now).unwrap();
    assert_eq!(linked_of(&taken), [other.linked.id]);
    // What was put off is tried again when the watch comes round, in case that nobody takes for the whole.
    assert!(!waiting.is_takable(ONE));
    waiting.release(now + HOLD_MAX);
    assert!(waiting.is_takable(ONE));
    let taken = waiting.take(ONE, SIZE_MAX, now + HOLD_MAX).unwrap();
    assert_eq!(linked_of(&taken), [put_off.linked.id]);
}

#[test]
fn the_whole_takes_what_is_older_along_as_its_lane_may_never_meet_the_wallet() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let older = Caller::arrive(&mut waiting, vec![transfer(1, 3, 5)], now);
    let over = Caller::arrive_over_lanes(&mut waiting, vec![transfer(1, 2, 5)], now);
    let newer = Caller::arrive(&mut waiting, vec![transfer(1, 5, 5)], now);
    let _actors = [
        attend(&mut waiting, 1, &[&older, &over, &newer]),
        attend(&mut waiting, 2, &[&over]),
        attend(&mut waiting, 3, &[&older]),
        attend(&mut waiting, 5, &[&newer]),
    ];
    let taken = waiting.take(Lane::WHOLE, SIZE_MAX, now).unwrap();
    assert_eq!(linked_of(&taken), [older.linked.id, over.linked.id]);
    assert_eq!(waiting.wallets(), 1);
}

#[test]
fn nothing_is_held_over_lanes_for_a_wallet_that_others_were_held_for_in_vain() {
    let (mut waiting, start) = (Waiting::default(), Instant::now());
    let busy = |waiting: &mut Waiting, attends: &[&Caller]| deposit(waiting, 1, attends);
    let is_held = |waiting: &mut Waiting, now| waiting.take(ONE, SIZE_MAX, now).is_none();
    let arrive = |waiting: &mut Waiting, now| {
        Caller::arrive_over_lanes(waiting, vec![transfer(1, 2, 5)], now)
    };
    // The first holds for a wallet that does not come.
    let first = arrive(&mut waiting, start);
    let _held = busy(&mut waiting, &[&first]);
    let mut now = start + HOLD_AFTER;
    assert!(is_held(&mut waiting, now));
    now += HOLD_MAX;
    assert!(!is_held(&mut waiting, now));

    assert!(waiting.withdraw(first.linked.id, now).is_some());

    // Others that wait for it as well hold nothing, until it may be tried once more.
    let others: Vec<_> = (0..3).map(|_| arrive(&mut waiting, start)).collect();
    let others: Vec<_> = others.iter().collect();
    now += HOLD_MAX.saturating_sub(Duration::from_nanos(1));
    let _free = busy(&mut waiting, &others);
    assert!(!is_held(&mut waiting, now));
    now += Duration::from_nanos(1);
    let _held = busy(&mut waiting, &others);
    assert!(is_held(&mut waiting, now));
    now += HOLD_MAX;
    assert!(!is_held(&mut waiting, now));
    now += (2 * HOLD_MAX).saturating_sub(Duration::from_nanos(1));
    let _free = busy(&mut waiting, &others);
    assert!(
        !is_held(&mut waiting, now),
        "twice as long as the first time"
    );

    // It has come, so the next one may hold again.
    let _present = attend(&mut waiting, 2, &others[..1]);
    let fresh = arrive(&mut waiting, start);
    let _held = busy(&mut waiting, &[&fresh]);
    assert!(is_held(&mut waiting, now));
}

#[test]
fn what_a_lane_without_a_committer_would_write_is_given_up_and_the_rest_stays() {
    let (mut waiting, now) = (Waiting::default(), Instant::now());
    let mut over = Caller::arrive_over_lanes(&mut waiting, vec![transfer(1, 2, 5)], now);
    let mut gone = deposit(&mut waiting, 3, &[]);
    let mut stays = deposit(&mut waiting, 4, &[]);
    let mut away = attend(&mut waiting, 1, &[&over]);
    let _there = attend(&mut waiting, 2, &[&over]);
    waiting.give_up(ONE, now);
    assert!(gone.outcome.try_recv().is_err() && away.outcome.try_recv().is_err());
    assert!(stays.outcome().is_none() && over.verdict().is_none());
    assert!(!waiting.is_takable(Lane::WHOLE), "one wallet is away");

    let _back = attend(&mut waiting, 1, &[&over]);
    waiting.give_up(Lane::WHOLE, now);
    let verdict = over.verdict();
    assert!(
        matches!(
            verdict,
            Some(Err(LinkedError::Engine(EngineError::NotDone(_))))
        ),
        "{verdict:?}"
    );
    assert_eq!(waiting.wallets(), 1, "only the deposit waits");
    assert!(waiting.take(TWO, SIZE_MAX, now).is_some());
}
