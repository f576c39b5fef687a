//! A set that a wallet's actor submits, and what it receives for it.
//!
//! The outcome of a set is what became of it ([`Written`]), or why it was not written ([`SetError`]).

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::linked_request::{LinkedAnswer, LinkedId, LinkedTicket};
use crate::domain::Wallet;
use crate::engine::{Cause, Recorded, SetOutcome, WriteSet};
use crate::telemetry::traces::Span;

/// A set on its way to a committer.
pub(super) struct Request {
    /// The incarnation of the database that the wallet was loaded from.
    pub incarnation: u64,
    /// The wallet that the set was decided on.
    pub before: Wallet,
    /// The wallet after the set.
    pub then: Wallet,
    /// `None`: there is nothing to write, and the wallet only attends linked sets.
    pub set: Option<WriteSet>,
    /// The linked sets that the wallet is present for.
    pub attends: Vec<LinkedTicket>,
    pub reply: Reply,
    pub handover: Arc<Handover>,
    /// Those of its operations that are traced.
    pub spans: Vec<Span>,
}

impl Request {
    /// Whether its wallet is present for the linked set.
    pub fn attends(&self, id: LinkedId) -> bool {
        self.attends.iter().any(|linked| linked.id == id)
    }

    /// How much of a group it takes up.
    pub fn size(&self) -> usize {
        self.set.as_ref().map_or(0, WriteSet::size)
    }
}

/// Where the wallet's actor waits for the outcome.
pub(super) type Reply = oneshot::Sender<Outcome>;

pub(in crate::engine) type Outcome = Result<Written, SetError>;

/// What became of a set, for its wallet's actor.
#[derive(Debug)]
pub(in crate::engine) enum Written {
    Committed(Committed),
    /// Left out: the wallet has another version or balance, or a set that it is linked with was left out.
    Stale,
    /// Not written: a linked set is refused only on a wallet that was loaded while its caller waited.
    Reload,
    /// Left out: the ledger holds some of its keys, all of which are here.
    Recorded(Vec<Recorded>),
}

impl Written {
    /// Returns what the outcome of a set means, after which the wallet is `then`, and the linked sets are decided.
    pub fn of(outcome: SetOutcome, mut then: Wallet, linked: Vec<Arc<LinkedAnswer>>) -> Self {
        match outcome {
            SetOutcome::Committed(at) => {
                if let Some(at) = at {
                    then.committed(at);
                }
                Self::Committed(Committed { then, at, linked })
            }
            SetOutcome::Stale => Self::Stale,
            SetOutcome::Recorded(recorded) => Self::Recorded(recorded),
        }
    }
}

/// A committed set.
#[derive(Debug)]
pub(in crate::engine) struct Committed {
    /// The wallet after the set and everything that was linked to it.
    pub then: Wallet,
    /// The time of its rows in the ledger; `None` if nothing was written.
    pub at: Option<OffsetDateTime>,
    /// To be dropped once the wallet is known to be `then`: the last one of a linked set answers its caller.
    pub linked: Vec<Arc<LinkedAnswer>>,
}

/// Why a set was not written. Except after [`SetError::Unknown`], it never will be.
#[derive(Debug)]
pub(in crate::engine) enum SetError {
    /// A caller recalled it before a committer took it.
    Recalled,
    /// Nothing can be written at present.
    NotSent(Cause),
    /// The database rejects it, and would do so again.
    Rejected(Cause),
    /// It may be committed, or become so until `settled` ends.
    Unknown { cause: Cause, settled: Settled },
}

impl SetError {
    /// Returns the error of a set whose committer is gone. If it was taken, its session is settled before the next write.
    pub fn of_dead_committer(handover: &Handover) -> Self {
        let cause: Cause = Arc::new(CommitProblem::CommitterDied);
        if handover.recall() {
            return Self::NotSent(cause);
        }
        let (_, settled) = settling();
        Self::Unknown { cause, settled }
    }
}

/// Held until an outcome is known: dropping it is the notification.
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

/// Causes that arise in the group commit itself.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitProblem {
    #[error("the group commit timed out after {0:?}")]
    TooSlow(Duration),
    #[error("settling the session timed out")]
    SettleTooSlow,
    #[error("the queue for group commits is full")]
    Full,
    #[error("the committer died with the write")]
    CommitterDied,
}

/// Whether a committer has taken the set; shared by the committer, the actor and the callers. Each side decides by one
/// atomic step, so a set is either recalled or written.
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
