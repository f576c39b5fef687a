//! What an actor receives, and how it answers.

use std::sync::Arc;
use std::thread::ThreadId;

use actix::Message;
use tokio::sync::oneshot;

use super::state::Place;
use super::withdrawal::Withdrawal;
use crate::domain::{OperationRequest, Receipt};
use crate::engine::{Cause, EngineError};
use crate::telemetry::chain;
use crate::telemetry::traces::Span;

/// Asks for an operation. The answer comes by `reply`; a caller that has gone closed it.
#[derive(Message)]
#[rtype(result = "()")]
pub(in crate::engine) struct Apply {
    pub request: OperationRequest,
    pub reply: oneshot::Sender<Result<Receipt, EngineError>>,
    /// How the caller takes it back.
    pub withdrawal: Arc<Withdrawal>,
    /// Where the caller runs.
    pub from: ThreadId,
    /// It ends with the answer.
    pub span: Span,
    pub _place: Place,
}

/// Asks the actor to stop if no operation waits on it.
#[derive(Message)]
#[rtype(result = "()")]
pub(in crate::engine) struct Retire;

impl Apply {
    /// Tells the caller. One that left in the meantime misses it.
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

/// Answers with an error of that kind.
pub(super) fn refuse(
    operations: impl Iterator<Item = Apply>,
    kind: fn(Cause) -> EngineError,
    cause: &Cause,
) {
    for apply in operations {
        apply.answer(Err(kind(Arc::clone(cause))));
    }
}
