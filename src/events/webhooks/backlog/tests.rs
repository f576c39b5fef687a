//! Decisions without I/O, on a feed and a table in memory.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::domain::history::PastOperation;
use crate::domain::{Amount, Balance, Operation, OperationKind};
use crate::events::Happened;
use crate::events::webhooks::outcome::Failure;

const REFUSED: Outcome = Outcome::Failed(Failure::Connect);
const AT: OffsetDateTime = datetime!(2031-05-01 12:00 UTC);

fn wallet(number: u8) -> WalletId {
    WalletId(Uuid::from_u128(u128::from(number) + 1))
}

fn event(position: i64, of: u8, seq: i64) -> Event {
    let cursor = Cursor {
        position,
        wallet: wallet(of),
        seq,
        ..Cursor::START
    };
    let past = PastOperation {
        seq,
        operation: Operation {
            kind: OperationKind::Deposit,
            amount: Amount::from_cents(1).unwrap(),
        },
        balance_after: Balance::ZERO,
        held_after: Balance::ZERO,
        created_at: AT,
        transfer: None,
        reference: None,
        hold: None,
        expires_at: None,
        reverses: None,
        reversed_by: Vec::new(),
        rules: None,
        reason: None,
        principal: None,
    };
    let happened = Happened::Operation(wallet(of), Box::new(past));
    Event { cursor, happened }
}

/// A feed, what is stored of a webhook, and the worker's part between them.
struct World {
    feed: Vec<Event>,
    stored: Cursor,
    waiting: HashMap<WalletId, Waiting>,
    given_up: Vec<(WalletId, i64)>,
    backlog: Backlog,
    now: Instant,
    sending: Vec<(WalletId, i64)>,
    /// A page of a wallet that is being read.
    page: Option<(WalletId, Page)>,
    /// What receivers got, in order.
    received: Vec<(WalletId, i64)>,
    held_max: usize,
}

impl World {
    fn new(held_max: usize) -> Self {
        let now = Instant::now();
        Self {
            feed: Vec::new(),
            stored: Cursor::START,
            waiting: HashMap::new(),
            given_up: Vec::new(),
            backlog: Backlog::new(Cursor::START, &[], held_max, now),
            now,
            sending: Vec::new(),
            page: None,
            received: Vec::new(),
            held_max,
        }
    }

    fn of(feed: &[(u8, i64)]) -> Self {
        let mut world = Self::new(10);
        for &(wallet, seq) in feed {
            world.append(wallet, seq);
        }
        world
    }

    fn append(&mut self, wallet: u8, seq: i64) {
        let position = 10 + i64::try_from(self.feed.len()).unwrap();
        self.feed.push(event(position, wallet, seq));
    }

    fn page(&self, after: Cursor, of: Option<WalletId>, limit: usize) -> Page {
        let later = |event: &&Event| {
            place(&event.cursor) > place(&after) && of.is_none_or(|of| event.wallet() == Some(of))
        };
        let events: Vec<_> = self
            .feed
            .iter()
            .filter(later)
            .take(limit)
            .cloned()
            .collect();
        Page {
            next: events.last().map_or(after, |last| last.cursor),
            has_more: events.len() == limit,
            events,
        }
    }

    fn read(&mut self) {
        if let Some(after) = self.backlog.reads_after() {
            let page = self.page(after, None, 3);
            self.backlog.take_page(page, |_| true, self.now);
        }
    }

    fn read_wallet(&mut self) {
        self.begin_read_wallet();
        self.end_read_wallet();
    }

    fn begin_read_wallet(&mut self) {
        if self.page.is_none()
            && let Some((wallet, after)) = self.backlog.next_read(self.now)
        {
            let page = self.page(after, Some(wallet), 2);
            self.page = Some((wallet, page));
        }
    }

    fn end_read_wallet(&mut self) {
        if let Some((wallet, page)) = self.page.take() {
            self.backlog
                .take_wallet_page(wallet, page, |_| true, self.now);
        }
    }

    fn send(&mut self) {
        if let Some((wallet, event)) = self.backlog.next_send(self.now) {
            assert!(self.sending.iter().all(|(other, _)| *other != wallet));
            self.sending.push((wallet, event.cursor.seq));
        }
    }

    fn finish(&mut self, index: usize, is_accepted: bool) {
        if self.sending.is_empty() {
            return;
        }
        let (wallet, seq) = self.sending.remove(index % self.sending.len());
        if is_accepted {
            self.received.push((wallet, seq));
            self.backlog.delivered(wallet, self.now);
        } else {
            let retry_at = self.now + Duration::from_secs(1);
            self.backlog.failed(wallet, REFUSED, AT, retry_at);
        }
    }

    fn record(&mut self) {
        let Some(record) = self.backlog.record(self.now) else {
            return;
        };
        assert_eq!(record.expected, self.stored);
        self.stored = record.after;
        for waiting in &record.waiting {
            self.waiting.insert(waiting.wallet, waiting.clone());
        }
        for wallet in &record.released {
            self.waiting.remove(wallet);
        }
        for given_up in &record.given_up {
            let event = &given_up.event;
            self.given_up
                .push((event.wallet().unwrap(), event.cursor.seq));
        }
        assert!(self.waiting.len() <= self.held_max);
        self.backlog.recorded(&record);
    }

    /// Another engine goes on with what is stored.
    fn crash(&mut self) {
        let waiting: Vec<_> = self.waiting.values().cloned().collect();
        self.sending.clear();
        self.page = None;
        self.backlog = Backlog::new(self.stored, &waiting, self.held_max, self.now);
    }

    /// Receivers accept everything from now on, until nothing is left.
    fn drain(&mut self) {
        for _ in 0..2_000 {
            self.now += Duration::from_secs(1);
            self.read();
            self.read_wallet();
            self.send();
            self.finish(0, true);
            self.record();
        }
        assert!(self.waiting.is_empty(), "{:?}", self.waiting);
        assert_eq!(Some(self.stored), self.feed.last().map(|last| last.cursor));
        assert_eq!(self.backlog.waiting(), 0);
        assert_eq!(self.backlog.oldest(), None);
    }

    /// The numbers of a wallet's events in the order in which each came first.
    fn first_of(&self, of: WalletId) -> Vec<i64> {
        let mut first = Vec::new();
        for (wallet, seq) in &self.received {
            if *wallet == of && !first.contains(seq) {
                first.push(*seq);
            }
        }
        first
    }
}

#[test]
fn a_wallet_that_fails_waits_alone_and_then_comes_in_order() {
    let mut world = World::of(&[(0, 1), (1, 1), (0, 2), (1, 2), (0, 3)]);
    world.read();
    world.send();
    world.finish(0, false);
    world.send();
    world.finish(0, true);
    world.read();
    world.send();
    world.finish(0, true);
    assert_eq!(world.received, [(wallet(1), 1), (wallet(1), 2)]);
    world.record();
    assert_eq!(world.stored, world.feed[4].cursor, "the place goes on");
    assert_eq!(world.waiting[&wallet(0)].after, Cursor::START);
    assert_eq!(world.backlog.oldest(), Some(AT));

    world.drain();
    assert_eq!(world.first_of(wallet(0)), [1, 2, 3]);
    assert_eq!(world.received.len(), 5, "each came once");
}

#[test]
fn an_event_that_is_given_up_is_stored_and_the_wallet_goes_on() {
    let mut world = World::of(&[(0, 1), (0, 2)]);
    world.read();
    world.send();
    world.sending.clear();
    world.backlog.give_up(wallet(0), REFUSED, world.now);
    world.drain();
    assert_eq!(world.given_up, [(wallet(0), 1)]);
    assert_eq!(world.received, [(wallet(0), 2)]);
}

#[test]
fn beyond_the_limit_of_wallets_that_wait_the_place_stands_still() {
    let mut world = World::new(1);
    for number in 0..3 {
        world.append(number, 1);
    }
    world.read();
    for _ in 0..3 {
        world.send();
        world.finish(0, false);
    }
    world.record();
    assert_eq!(world.waiting.len(), 1);
    assert_eq!(world.stored, world.feed[0].cursor);
    world.drain();
    assert_eq!(world.received.len(), 3);
}

#[test]
fn what_has_not_failed_long_enough_is_not_sent() {
    let mut world = World::of(&[(0, 1)]);
    world.read();
    world.send();
    world.finish(0, false);
    world.read_wallet();
    world.send();
    assert!(world.sending.is_empty());
    assert_eq!(
        world.backlog.next_at(),
        Some(world.now + Duration::from_secs(1))
    );
    world.now += Duration::from_secs(1);
    world.read_wallet();
    world.send();
    assert_eq!(world.sending, [(wallet(0), 1)]);
    assert_eq!(world.backlog.failures(wallet(0)), 1);
}

#[test]
fn a_record_that_failed_is_made_again() {
    let mut world = World::of(&[(0, 1), (1, 1)]);
    world.read();
    for is_accepted in [false, true] {
        world.send();
        world.finish(0, is_accepted);
    }
    let record = world.backlog.record(world.now).unwrap();
    world.backlog.not_recorded(&record);
    world.record();
    assert!(world.waiting.contains_key(&wallet(0)));
    assert_eq!(world.stored, world.feed[1].cursor);
}

proptest! {
    /// Whatever fails and crashes, each event comes at least once, and a wallet's events come first in their order.
    #[test]
    fn each_event_comes_in_order(
        held_max in 1_usize..4,
        steps in prop::collection::vec((0_u8..16, 0_usize..8), 0..400),
    ) {
        let mut world = World::new(held_max);
        let mut seqs = [0_i64; 4];
        for (step, index) in steps {
            match step {
                0..=2 => {
                    let of = index % seqs.len();
                    seqs[of] += 1;
                    world.append(u8::try_from(of).unwrap(), seqs[of]);
                }
                3 | 4 => world.read(),
                5 => world.begin_read_wallet(),
                6 => world.end_read_wallet(),
                7..=9 => world.send(),
                10 | 11 => world.finish(index, true),
                12 => world.finish(index, false),
                13 => world.record(),
                14 => world.now += Duration::from_secs(1),
                _ => if index == 0 { world.crash() },
            }
        }
        while !world.sending.is_empty() {
            world.finish(0, true);
        }
        world.append(0, seqs[0] + 1);
        seqs[0] += 1;
        world.drain();
        for (of, last) in (0..).zip(seqs) {
            let expected: Vec<_> = (1..=last).collect();
            prop_assert_eq!(world.first_of(wallet(of)), expected);
        }
    }
}
