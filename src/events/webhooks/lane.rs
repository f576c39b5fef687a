//! What waits of one wallet.

use std::collections::VecDeque;
use std::sync::Arc;

use time::OffsetDateTime;
use tokio::time::Instant;

use super::deliveries::Waiting;
use super::outcome::{Outcome, Reason};
use crate::domain::WalletId;
use crate::events::{Cursor, Event};

/// An event that is to be delivered.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    /// Right before it: where reading begins again if it fails.
    pub before: Cursor,
    pub event: Arc<Event>,
    /// Its slot in the backlog; `None` of an event that was read of its wallet alone.
    pub slot: Option<u64>,
}

/// The events of one wallet, oldest first.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any of them may hold with any other"
)]
pub(super) struct Lane {
    pub queue: VecDeque<Queued>,
    /// The queue has all that was read of the feed and is not delivered, so what is read next is appended. Otherwise it is in the feed.
    pub is_complete: bool,
    /// Its first event is being sent, or its events are being read.
    pub is_busy: bool,
    /// It is in the queue of lanes to attend to.
    pub is_ready: bool,
    /// Not before this time.
    pub retry_at: Option<Instant>,
    /// How often its first event has failed.
    pub failures: u32,
    /// Since an attempt failed: it waits, and is stored as such.
    pub held: Option<Held>,
    /// Whether it is stored as waiting.
    pub is_stored: bool,
}

/// What is stored of a lane that waits.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// Right before its first event that is not delivered.
    pub after: Cursor,
    pub failed_at: OffsetDateTime,
    pub reason: Reason,
}

/// What is to be done for a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Nothing,
    Send,
    /// Its events are in the feed.
    Read,
}

impl Lane {
    pub fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            is_complete: true,
            is_busy: false,
            is_ready: false,
            retry_at: None,
            failures: 0,
            held: None,
            is_stored: false,
        }
    }

    /// Of a wallet that waited when this engine took the lease.
    pub fn stored(waiting: &Waiting, now: Instant) -> Self {
        Self {
            is_complete: false,
            retry_at: Some(now + waiting.due_in),
            failures: waiting.failures,
            held: Some(Held {
                after: waiting.after,
                failed_at: waiting.failed_at,
                reason: waiting.reason.clone(),
            }),
            is_stored: true,
            ..Self::new()
        }
    }

    pub fn need(&self) -> Need {
        if self.is_busy {
            Need::Nothing
        } else if !self.queue.is_empty() {
            Need::Send
        } else if self.is_complete {
            Need::Nothing
        } else {
            Need::Read
        }
    }

    /// Whether its wallet waits, or is stored as waiting.
    pub fn is_held(&self) -> bool {
        self.held.is_some() || self.is_stored
    }

    /// Nothing is left of it, in memory or in the database.
    pub fn is_over(&self) -> bool {
        self.need() == Need::Nothing && !self.is_busy && !self.is_held()
    }

    /// Takes the first event out, which needs no further attempt. Returns it.
    pub fn resolve(&mut self) -> Option<Queued> {
        let resolved = self.queue.pop_front()?;
        self.failures = 0;
        self.retry_at = None;
        self.is_busy = false;
        if let Some(held) = &mut self.held {
            held.after = resolved.event.cursor;
        }
        self.release();
        Some(resolved)
    }

    /// Stops waiting, if what is left is in slots of the backlog, which holds its place until they are delivered.
    pub fn release(&mut self) {
        let in_slots = self.queue.iter().all(|queued| queued.slot.is_some());
        if self.is_complete && in_slots {
            self.held = None;
        }
    }

    /// Makes it wait: what is queued is in the feed, from before its first event.
    pub fn hold(&mut self, now: OffsetDateTime, outcome: Outcome) -> Vec<Queued> {
        if let Some(first) = self.queue.front() {
            self.held = Some(Held {
                after: first.before,
                failed_at: self
                    .held
                    .as_ref()
                    .filter(|held| held.after == first.before)
                    .map_or(now, |held| held.failed_at),
                reason: outcome.reason(),
            });
        }
        self.is_complete = false;
        self.queue.drain(..).collect()
    }

    /// Its row, as it is to be stored.
    pub fn row(&self, wallet: WalletId, now: Instant) -> Option<Waiting> {
        let held = self.held.as_ref()?;
        let due = self.retry_at.unwrap_or(now);
        Some(Waiting {
            wallet,
            after: held.after,
            failures: self.failures,
            due_in: due.saturating_duration_since(now),
            failed_at: held.failed_at,
            reason: held.reason.clone(),
        })
    }
}
