//! What of the feed a webhook still has to deliver, in memory: decides what is sent next, and what may be recorded. No I/O.
//!
//! 1. A page of the feed is taken; each of its events gets a *slot*, and is appended to the *lane* of its wallet. A lane sends one event
//!    at a time, so a wallet's order is kept; lanes send side by side.
//! 2. A delivered event's slot is done. What may be recorded is the place before the first slot that is not: everything up to there
//!    is delivered.
//! 3. When an event fails, its wallet is *held*: it is stored as waiting, with the place before the event, and its slots are done, so
//!    that the place to be recorded goes on without it. Further events of the wallet are passed over.
//! 4. When its pause is over, its events are read again from the feed, of this wallet alone, up to where the feed has been read. If that
//!    place has not moved meanwhile, the lane is complete: what is read of the feed next is appended. Once all events that were passed over are
//!    delivered, the wallet no longer waits.
//! 5. There is a limit of wallets that wait. Above it, an event that fails stays in its slot, and so the recorded place stays there.
//!
//! A crash loses what was not recorded: those events are read, and delivered, again. Hence at least once.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;

use super::deliveries::{GivenUp, Record, Waiting};
use super::lane::{Lane, Need, Queued};
use super::message::happened_at;
use super::outcome::Outcome;
use super::slots::Slots;
use crate::domain::WalletId;
use crate::events::{Cursor, Event, Page};

/// Events that are read and not resolved.
const SLOTS_MAX: usize = 512;
/// The lane of events that are of no wallet. They are never held, as they could not be read again alone.
const NO_WALLET: WalletId = WalletId(Uuid::nil());
/// How often an event of no wallet is attempted: it holds back all that follow.
const NO_WALLET_FAILURES_MAX: u32 = 8;

/// See the module's documentation.
pub(super) struct Backlog {
    /// Up to where the feed has been read.
    read: Cursor,
    slots: Slots,
    lanes: HashMap<WalletId, Lane>,
    /// Lanes with an event to send.
    ready: VecDeque<WalletId>,
    /// Lanes whose events are to be read.
    to_read: VecDeque<WalletId>,
    timers: BTreeSet<(Instant, WalletId)>,
    /// Lanes whose row is not stored as it is.
    dirty: HashSet<WalletId>,
    given_up: Vec<GivenUp>,
    recorded: Cursor,
    /// Up to where the feed had been read when the page of a wallet was asked for, one at a time.
    asked: Cursor,
    /// Since the last record.
    has_delivered: bool,
    failure: Option<Outcome>,
    held_max: usize,
}

impl Backlog {
    pub fn new(after: Cursor, waiting: &[Waiting], held_max: usize, now: Instant) -> Self {
        let mut backlog = Self {
            read: after,
            slots: Slots::new(),
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            to_read: VecDeque::new(),
            timers: BTreeSet::new(),
            dirty: HashSet::new(),
            given_up: Vec::new(),
            recorded: after,
            asked: after,
            has_delivered: false,
            failure: None,
            held_max,
        };
        for row in waiting {
            backlog.lanes.insert(row.wallet, Lane::stored(row, now));
            backlog.attend(row.wallet, now);
        }
        backlog
    }

    /// Where the next page of the feed begins; `None`: there is no room for it.
    pub fn reads_after(&self) -> Option<Cursor> {
        (self.slots.len() < SLOTS_MAX).then_some(self.read)
    }

    /// Takes a page of the feed.
    pub fn take_page(&mut self, page: Page, is_wanted: impl Fn(&Event) -> bool, now: Instant) {
        let mut before = self.read;
        for event in page.events {
            let after = event.cursor;
            if is_wanted(&event) {
                self.take_event(before, event, now);
            }
            before = after;
        }
        self.read = page.next;
    }

    fn take_event(&mut self, before: Cursor, event: Event, now: Instant) {
        let wallet = event.wallet().unwrap_or(NO_WALLET);
        let lane = self.lanes.entry(wallet).or_insert_with(Lane::new);
        if !lane.is_complete {
            return;
        }
        let slot = self.slots.add(before, happened_at(&event));
        lane.queue.push_back(Queued {
            before,
            event: Arc::new(event),
            slot: Some(slot),
        });
        self.attend(wallet, now);
    }

    /// Takes a page of a wallet that waits.
    pub fn take_wallet_page(
        &mut self,
        wallet: WalletId,
        page: Page,
        is_wanted: impl Fn(&Event) -> bool,
        now: Instant,
    ) {
        let read = place(&self.read);
        let Some(lane) = self.lanes.get_mut(&wallet) else {
            return;
        };
        let Some(held) = &mut lane.held else {
            return;
        };
        lane.is_busy = false;
        let mut before = held.after;
        // What was read of the feed meanwhile may have events of the wallet that the page does not have.
        lane.is_complete = !page.has_more && self.asked == self.read;
        for event in page.events {
            // What is beyond comes with the feed, as the lane is complete.
            if place(&event.cursor) > read {
                lane.is_complete = true;
                break;
            }
            let after = event.cursor;
            if event.wallet() == Some(wallet) && is_wanted(&event) {
                lane.queue.push_back(Queued {
                    before,
                    event: Arc::new(event),
                    slot: None,
                });
            }
            before = after;
        }
        if lane.queue.is_empty() {
            held.after = before;
        }
        lane.retry_at = None;
        lane.release();
        self.dirty.insert(wallet);
        self.attend(wallet, now);
    }

    /// A wallet's page could not be read, and is read again then.
    pub fn put_off(&mut self, wallet: WalletId, until: Instant) {
        if let Some(lane) = self.lanes.get_mut(&wallet) {
            lane.is_busy = false;
            lane.retry_at = Some(until);
            self.timers.insert((until, wallet));
        }
    }

    /// Returns the next event to send, with its wallet, if there is one now.
    pub fn next_send(&mut self, now: Instant) -> Option<(WalletId, Arc<Event>)> {
        self.attend_to_due(now);
        while let Some(wallet) = self.ready.pop_front() {
            if let Some(lane) = self.lanes.get_mut(&wallet) {
                lane.is_ready = false;
                if lane.need() == Need::Send
                    && let Some(first) = lane.queue.front()
                {
                    lane.is_busy = true;
                    return Some((wallet, Arc::clone(&first.event)));
                }
            }
        }
        None
    }

    /// Returns the next wallet whose events are to be read, and after which place, if there is one now.
    pub fn next_read(&mut self, now: Instant) -> Option<(WalletId, Cursor)> {
        self.attend_to_due(now);
        while let Some(wallet) = self.to_read.pop_front() {
            if let Some(lane) = self.lanes.get_mut(&wallet) {
                lane.is_ready = false;
                if lane.need() == Need::Read
                    && let Some(held) = &lane.held
                {
                    lane.is_busy = true;
                    self.asked = self.read;
                    return Some((wallet, held.after));
                }
            }
        }
        None
    }

    fn attend_to_due(&mut self, now: Instant) {
        while let Some(&(at, wallet)) = self.timers.first()
            && at <= now
        {
            self.timers.pop_first();
            self.attend(wallet, now);
        }
    }

    /// When there may be something to do again, if nothing else happens.
    pub fn next_at(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// The event that is being sent of this wallet is delivered.
    pub fn delivered(&mut self, wallet: WalletId, now: Instant) {
        self.has_delivered = true;
        self.resolve(wallet, now);
    }

    /// The event that is being sent of this wallet is attempted no more.
    pub fn give_up(&mut self, wallet: WalletId, outcome: Outcome, now: Instant) {
        self.failure = Some(outcome);
        let failures = self.failures(wallet);
        if let Some(resolved) = self.resolve(wallet, now) {
            self.given_up.push(GivenUp {
                event: resolved.event,
                failures: failures.saturating_add(1),
                outcome,
            });
        }
    }

    /// How often the wallet's first event has failed.
    pub fn failures(&self, wallet: WalletId) -> u32 {
        self.lanes.get(&wallet).map_or(0, |lane| lane.failures)
    }

    /// Whether an event of no wallet has failed often enough.
    pub fn blocks_all(&self, wallet: WalletId) -> bool {
        wallet == NO_WALLET && self.failures(wallet) + 1 >= NO_WALLET_FAILURES_MAX
    }

    fn resolve(&mut self, wallet: WalletId, now: Instant) -> Option<Queued> {
        let lane = self.lanes.get_mut(&wallet)?;
        let was_held = lane.held.is_some();
        let resolved = lane.resolve()?;
        if was_held {
            self.dirty.insert(wallet);
        }
        if let Some(slot) = resolved.slot {
            self.slots.done(slot);
        }
        self.attend(wallet, now);
        Some(resolved)
    }

    /// The event that is being sent of this wallet failed, and is attempted again then.
    pub fn failed(
        &mut self,
        wallet: WalletId,
        outcome: Outcome,
        now: OffsetDateTime,
        retry_at: Instant,
    ) {
        self.failure = Some(outcome);
        let may_hold = wallet != NO_WALLET && self.waiting() < self.held_max;
        let Some(lane) = self.lanes.get_mut(&wallet) else {
            return;
        };
        lane.is_busy = false;
        lane.failures = lane.failures.saturating_add(1);
        lane.retry_at = Some(retry_at);
        let mut freed = Vec::new();
        if lane.is_held() || may_hold {
            freed = lane.hold(now, outcome);
            self.dirty.insert(wallet);
        }
        self.timers.insert((retry_at, wallet));
        for slot in freed.into_iter().filter_map(|queued| queued.slot) {
            self.slots.done(slot);
        }
    }

    /// Returns what is to be recorded, if anything has changed. One at a time: [`recorded`](Self::recorded) or
    /// [`not_recorded`](Self::not_recorded) is next.
    pub fn record(&mut self, now: Instant) -> Option<Record> {
        let after = self.place_to_record();
        if after == self.recorded && self.dirty.is_empty() && self.given_up.is_empty() {
            return None;
        }
        let mut waiting = Vec::new();
        let mut released = Vec::new();
        for wallet in self.dirty.drain() {
            match self
                .lanes
                .get(&wallet)
                .and_then(|lane| lane.row(wallet, now))
            {
                Some(row) => waiting.push(row),
                None => released.push(wallet),
            }
        }
        Some(Record {
            expected: self.recorded,
            after,
            waiting,
            has_delivered: std::mem::take(&mut self.has_delivered),
            failure: self.failure.take(),
            released,
            given_up: self.given_up.clone(),
        })
    }

    /// The record was not stored.
    pub fn not_recorded(&mut self, record: &Record) {
        self.dirty
            .extend(record.waiting.iter().map(|row| row.wallet));
        self.dirty.extend(&record.released);
        self.has_delivered |= record.has_delivered;
        self.failure = self.failure.or(record.failure);
    }

    /// The record was stored. What has changed meanwhile is recorded next.
    pub fn recorded(&mut self, record: &Record) {
        self.recorded = record.after;
        self.given_up.drain(..record.given_up.len());
        let stored = record.waiting.iter().map(|row| (row.wallet, true));
        let released = record.released.iter().map(|wallet| (*wallet, false));
        for (wallet, is_stored) in stored.chain(released) {
            let Some(lane) = self.lanes.get_mut(&wallet) else {
                continue;
            };
            lane.is_stored = is_stored;
            if lane.is_over() {
                self.lanes.remove(&wallet);
            }
        }
    }

    /// How many wallets wait.
    pub fn waiting(&self) -> usize {
        self.lanes.values().filter(|lane| lane.is_held()).count()
    }

    /// The time of the oldest event that is not delivered.
    pub fn oldest(&self) -> Option<OffsetDateTime> {
        let slot = self.slots.oldest();
        let held = self.lanes.values().filter_map(|lane| lane.held.as_ref());
        let held = held.map(|held| held.failed_at).min();
        [slot, held].into_iter().flatten().min()
    }

    fn place_to_record(&self) -> Cursor {
        self.slots.place().unwrap_or(self.read)
    }

    /// Has the lane attended to when it is time, or removes it.
    fn attend(&mut self, wallet: WalletId, now: Instant) {
        let Some(lane) = self.lanes.get_mut(&wallet) else {
            return;
        };
        if lane.is_over() {
            self.lanes.remove(&wallet);
            return;
        }
        if lane.need() == Need::Nothing || lane.is_ready {
            return;
        }
        if let Some(at) = lane.retry_at.filter(|at| *at > now) {
            self.timers.insert((at, wallet));
            return;
        }
        lane.is_ready = true;
        match lane.need() {
            Need::Read => self.to_read.push_back(wallet),
            _ => self.ready.push_back(wallet),
        }
    }
}

/// The order of the feed.
fn place(cursor: &Cursor) -> (i64, WalletId, i64) {
    (cursor.position, cursor.wallet, cursor.seq)
}

#[cfg(test)]
mod tests;
