//! The messages of an actor, and how it answers them.

use std::sync::Arc;
use std::thread::ThreadId;

use actix::Message;
use tokio::sync::oneshot;

use super::state::Place;
use super::withdrawal::Withdrawal;
use crate::domain::{OperationRequest, Receipt};
use crate::engine::commit::{CommitWorkers, LinkedTicket};
use crate::engine::{Cause, EngineError};
use crate::telemetry::chain;
use crate::telemetry::traces::Span;

/// Requests an operation. The answer comes by `reply`, which a caller that has gone closed.
#[derive(Message)]
#[rtype(result = "()")]
pub(in crate::engine) struct Apply {
    pub request: OperationRequest,
    pub reply: oneshot::Sender<Result<Receipt, EngineError>>,
    /// By which the caller withdraws it.
    pub withdrawal: Arc<Withdrawal>,
    /// The thread of the caller.
    pub from: ThreadId,
    /// Ended by the answer.
    pub span: Span,
    pub _place: Place,
}

/// Asks for several operations, in this order.
#[derive(Message)]
#[rtype(result = "()")]
pub(in crate::engine) struct ApplyAll(pub Vec<Apply>);

/// Asks the wallet to be present for a linked set.
#[derive(Message)]
#[rtype(result = "()")]
pub(in crate::engine) struct Attend {
    pub linked: LinkedTicket,
    /// `None`: nothing comes of its being dropped.
    commits: Option<CommitWorkers>,
    _place: Place,
}

impl Attend {
    pub fn new(linked: LinkedTicket, commits: CommitWorkers, place: Place) -> Self {
        Self {
            linked,
            commits: Some(commits),
            _place: place,
        }
    }

    /// It did not reach its actor; another one is asked.
    pub fn forget(mut self) {
        self.commits = None;
    }
}

impl Drop for Attend {
    /// An actor that leaves before the linked set is over gives it up: nothing else would ever decide it.
    fn drop(&mut self) {
        if let Some(commits) = &self.commits {
            commits.abandon(&self.linked);
        }
    }
}

/// The database has expired holds of the wallet, which are to be released.
#[derive(Message)]
#[rtype(result = "()")]
pub(in crate::engine) struct Expire {
    /// The actor was spawned for it.
    pub is_new: bool,
    /// And its wallet was loaded for it, just now.
    pub is_loaded: bool,
    pub place: Place,
}

/// Requests that the actor stop if no operation waits, and that nothing be remembered of the wallet.
#[derive(Message)]
#[rtype(result = "()")]
pub(in crate::engine) struct Retire;

impl Apply {
    /// Sends the verdict to the caller, unless it has gone.
    pub fn answer(self, verdict: Result<Receipt, EngineError>) {
        if self.span.is_recorded() {
            match &verdict {
                Ok(receipt) => self.span.set("operation.replayed", receipt.replayed),
                Err(error @ (EngineError::Unavailable(_) | EngineError::NotDone(_))) => {
                    self.span.fail(&chain(error));
                }
                Err(refusal) => self.span.set("operation.refused", refusal.to_string()),
            }
        }
        self.span.end();
        let _ = self.reply.send(verdict);
    }
}

/// Answers all with an error of that kind.
pub(super) fn refuse(
    operations: impl Iterator<Item = Apply>,
    kind: fn(Cause) -> EngineError,
    cause: &Cause,
) {
    for apply in operations {
        apply.answer(Err(kind(Arc::clone(cause))));
    }
}
