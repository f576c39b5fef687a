//! A set that a wallet's actor submits, and what it receives for it.
//!
//! The outcome of a set is what the [`Journal`](crate::engine::Journal) says of it ([`SetOutcome`]), or why it was not
//! written ([`SetError`]).

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::engine::{Cause, SetOutcome, WriteSet};
use crate::telemetry::traces::Span;

/// A set on its way to a committer.
pub(super) struct Request {
    pub set: WriteSet,
    pub reply: Reply,
    pub handover: Arc<Handover>,
    /// Those of its operations that are traced.
    pub spans: Vec<Span>,
}

/// Where the wallet's actor waits for the outcome.
pub(super) type Reply = oneshot::Sender<Outcome>;

pub(in crate::engine) type Outcome = Result<SetOutcome, SetError>;

/// Why a set was not written. But for [`SetError::Unknown`], it never will be.
#[derive(Debug)]
pub(in crate::engine) enum SetError {
    /// A caller recalled it before a committer took it.
    Recalled,
    /// Nothing can be written just now.
    NotSent(Cause),
    /// The database refuses it, and would refuse it again.
    Rejected(Cause),
    /// It may be written, or become so, until `settled` ends: then it is or is not, for good.
    Unknown { cause: Cause, settled: Settled },
}

impl SetError {
    /// Of a set whose committer is gone. If it was taken, its session settles it before it writes again.
    pub fn of_dead_committer(handover: &Handover) -> Self {
        let cause: Cause = Arc::new(CommitProblem::CommitterDied);
        if handover.recall() {
            return Self::NotSent(cause);
        }
        let (_, settled) = settling();
        Self::Unknown { cause, settled }
    }
}

/// Held until an outcome is known: its end is the message.
pub(super) struct Settling(
    #[expect(dead_code, reason = "nothing is ever sent")] oneshot::Sender<Infallible>,
);

/// Ends when the outcome is known.
#[derive(Debug)]
pub(in crate::engine) struct Settled(oneshot::Receiver<Infallible>);

pub(super) fn settling() -> (Settling, Settled) {
    let (settling, settled) = oneshot::channel();
    (Settling(settling), Settled(settled))
}

impl Settled {
    pub fn has_ended(&mut self) -> bool {
        matches!(self.0.try_recv(), Err(TryRecvError::Closed))
    }

    pub async fn ended(self) {
        let _ = self.0.await;
    }
}

/// Causes that are the group commit's own.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitProblem {
    #[error("the group commit was not answered within {0:?}")]
    TooSlow(Duration),
    #[error("the settling of the session was not answered in time")]
    SettleTooSlow,
    #[error("the queue for group commits is full")]
    Full,
    #[error("the committer died with the write")]
    CommitterDied,
}

/// Whether a committer has the set: shared by the set, the committer and the callers. Each side decides by one atomic step,
/// so a set is either recalled or written, whoever is faster.
#[derive(Debug, Default)]
pub(in crate::engine) struct Handover(AtomicU8);

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const RECALLED: u8 = 2;

impl Handover {
    /// The committer takes the set; `false`: it was recalled.
    pub fn take(&self) -> bool {
        self.leave(TAKEN)
    }

    /// A caller, or the actor, recalls the set; `false`: it was taken.
    pub fn recall(&self) -> bool {
        self.leave(RECALLED)
    }

    fn leave(&self, state: u8) -> bool {
        let left = self
            .0
            .compare_exchange(WAITING, state, Ordering::AcqRel, Ordering::Acquire);
        left.is_ok() || left == Err(state)
    }
}
