//! How an actor's end becomes known to the one that spawned it.

use std::mem;

/// Runs what it was made with once, when the actor leaves or, however that happens, is dropped.
pub(in crate::engine) struct LeaveGuard(Option<Box<dyn FnOnce() + Send>>);

impl LeaveGuard {
    pub fn new(leave: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(leave)))
    }

    pub fn leave(&mut self) {
        if let Some(leave) = mem::take(&mut self.0) {
            leave();
        }
    }
}

impl Drop for LeaveGuard {
    fn drop(&mut self) {
        self.leave();
    }
}
