//! The bound of the engine: how many operations may be inside, and the door that closes at a stop.
//!
//! A [`Ticket`] goes with its operation from the front door until the operation is answered or forgotten,
//! so that the count is of what really occupies memory, also when a caller left long ago.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::{EngineError, Queue};

pub(super) struct Admission {
    inside: AtomicUsize,
    inside_max: usize,
    closed: AtomicBool,
    emptied: Notify,
}

impl Admission {
    pub fn new(inside_max: usize) -> Self {
        Self {
            inside: AtomicUsize::new(0),
            inside_max,
            closed: AtomicBool::new(false),
            emptied: Notify::new(),
        }
    }

    /// Lets one operation in.
    pub fn enter(self: &Arc<Self>) -> Result<Ticket, EngineError> {
        // Counted before the door is looked at: whoever closes it then sees this one, or is seen.
        let before = self.inside.fetch_add(1, Ordering::SeqCst);
        let ticket = Ticket(Arc::clone(self));
        if self.closed.load(Ordering::SeqCst) {
            return Err(EngineError::Stopping);
        }
        if before >= self.inside_max {
            return Err(EngineError::Overloaded(Queue::Engine));
        }
        Ok(ticket)
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Lets nobody in any more.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// How many operations may be inside.
    pub fn inside_max(&self) -> usize {
        self.inside_max
    }

    /// How many operations are inside.
    pub fn inside(&self) -> usize {
        self.inside.load(Ordering::SeqCst)
    }

    /// Waits until nobody is inside. Only after [`Admission::close`].
    pub async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            tokio::pin!(emptied);
            emptied.as_mut().enable();
            if self.inside() == 0 {
                return;
            }
            emptied.await;
        }
    }
}

/// The right to be inside the engine.
pub(super) struct Ticket(Arc<Admission>);

impl Drop for Ticket {
    fn drop(&mut self) {
        let before = self.0.inside.fetch_sub(1, Ordering::SeqCst);
        debug_assert!(before > 0, "a ticket that was not given");
        if before == 1 && self.0.is_closed() {
            self.0.emptied.notify_waiters();
        }
    }
}
