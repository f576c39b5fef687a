//! Reports the end of an actor to its spawner.

use std::mem;

/// Runs its closure once, when the actor stops or is dropped.
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
