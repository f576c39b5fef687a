//! Thread affinity: whether a wallet's actor should move to the thread that its operations come from.

use std::thread::{self, ThreadId};

/// Consecutive operations from another thread after which the actor moves there. A move costs a load, which is a query, so
/// it must save some dozens of wake-ups.
const BEFORE_MOVING: u32 = 128;

/// Consecutive operations from one thread.
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

    /// Returns whether enough consecutive operations came from another thread than this one.
    pub fn is_elsewhere(&self) -> bool {
        self.count >= BEFORE_MOVING && self.thread != Some(thread::current().id())
    }
}
