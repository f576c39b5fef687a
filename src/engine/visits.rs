//! From where a wallet is used: whether its actor had better live on another thread.

use std::thread::{self, ThreadId};

/// Visits in a row after which an actor had better live where its visitor does. A move costs a load, which is a query,
/// so it must be worth some dozens of wake-ups.
const BEFORE_MOVING: u32 = 128;

/// Operations in a row from one thread.
#[derive(Default)]
pub(super) struct Visits {
    from: Option<ThreadId>,
    count: u32,
}

impl Visits {
    pub fn note(&mut self, from: ThreadId) {
        if self.from != Some(from) {
            self.from = Some(from);
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
    }

    /// Whether nobody has come but from one other thread than this one, and often enough.
    pub fn are_from_elsewhere(&self) -> bool {
        self.count >= BEFORE_MOVING && self.from != Some(thread::current().id())
    }
}
