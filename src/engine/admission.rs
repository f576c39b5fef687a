//! Admission control: the limit of operations in the engine, which admits none once it is stopping.
//!
//! A [`Ticket`] stays with its operation until the operation is answered or dropped, so that everything that occupies
//! memory is counted, even if its caller has gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::{EngineError, Queue};

pub(super) struct Admission {
    inside: AtomicUsize,
    /// Wallets with waiting operations. Beside `inside`, which the same operations change.
    wallets: AtomicUsize,
    inside_max: usize,
    closed: AtomicBool,
    emptied: Notify,
}

impl Admission {
    pub fn new(inside_max: usize) -> Self {
        Self {
            inside: AtomicUsize::new(0),
            wallets: AtomicUsize::new(0),
            inside_max,
            closed: AtomicBool::new(false),
            emptied: Notify::new(),
        }
    }

    /// Admits one operation.
    pub fn enter(self: &Arc<Self>) -> Result<Ticket, EngineError> {
        // Counted before the check, so that either `close` is seen here or this operation is waited for.
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

    /// Admits no more operations.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Returns the limit of operations in the engine.
    pub fn inside_max(&self) -> usize {
        self.inside_max
    }

    /// Returns the number of operations in the engine.
    pub fn inside(&self) -> usize {
        self.inside.load(Ordering::SeqCst)
    }

    /// Returns the number of wallets with waiting operations.
    pub fn wallets(&self) -> usize {
        self.wallets.load(Ordering::Relaxed)
    }

    /// Waits until no operation is left. To be called after [`Admission::close`].
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

/// Counts an operation until it is dropped.
pub(super) struct Ticket(Arc<Admission>);

impl Ticket {
    /// The operation is the first that waits on its wallet.
    pub fn begins_on_wallet(&self) {
        self.0.wallets.fetch_add(1, Ordering::Relaxed);
    }

    /// No operation waits on the wallet any more.
    pub fn ends_on_wallet(&self) {
        let before = self.0.wallets.fetch_sub(1, Ordering::Relaxed);
        debug_assert!(before > 0, "more wallets were left than begun");
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let before = self.0.inside.fetch_sub(1, Ordering::SeqCst);
        debug_assert!(before > 0, "more tickets were dropped than made");
        if before == 1 && self.0.is_closed() {
            self.0.emptied.notify_waiters();
        }
    }
}
