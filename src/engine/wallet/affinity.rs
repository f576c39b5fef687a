//! The thread that a wallet's operations come from: whether its actor should live there instead.

use std::thread::{self, ThreadId};

/// Operations in a row from another thread after which the actor moves there. A move costs a load, which is a query, so it
/// must be worth some dozens of wake-ups.
const BEFORE_MOVING: u32 = 128;

/// Operations in a row from one thread.
#[derive(Default)]
pub(super) struct Affinity {
    thread: Option<ThreadId>,
    count: u32,
}

impl Affinity {
    pub fn note(&mut self, thread: ThreadId) {
        if self.thread != Some(thread) {
            self.thread = Some(thread);
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
    }

    /// Whether all recent operations came from one other thread than this one, and enough of them.
    pub fn is_elsewhere(&self) -> bool {
        self.count >= BEFORE_MOVING && self.thread != Some(thread::current().id())
    }
}
