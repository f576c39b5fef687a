//! Sends an operation to its wallet's actor, and waits for the answer.

use std::pin::Pin;
use std::sync::Arc;
use std::thread;

use actix::prelude::SendError;
use tokio::select;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};

use super::admission::Admission;
use super::commit::CommitWorkers;
use super::metrics::EngineMetrics;
use super::registry::{Known, Registry};
use super::time_limit::{TimeLimit, TooSlow};
use super::wallet::{Apply, Joined, Place, Withdrawal};
use super::{Cause, EngineError, Queue};
use crate::domain::{OperationRequest, Receipt, Wallet, WalletId};
use crate::telemetry::traces::Span;

pub(super) struct Operations {
    pub admission: Arc<Admission>,
    pub registry: Arc<Registry>,
    pub commits: CommitWorkers,
    pub metrics: Arc<EngineMetrics>,
    pub time: TimeLimit,
    /// Other engines write to the database as well.
    pub shared: bool,
}

/// An operation in the mailbox of its wallet's actor.
pub(super) struct Submitted {
    answer: oneshot::Receiver<Result<Receipt, EngineError>>,
    withdrawal: Arc<Withdrawal>,
}

#[derive(Debug, thiserror::Error)]
enum ApplyProblem {
    #[error("the wallet's actor died with the operation")]
    ActorDied,
    #[error("the outcome of an earlier write is still unknown")]
    Unsettled,
}

impl Operations {
    pub async fn apply(
        &self,
        wallet: WalletId,
        request: OperationRequest,
        deadline: Instant,
    ) -> Result<Receipt, EngineError> {
        // Apart: within, its alignment of 128 bytes is that of every request's future, which the allocator is slower for.
        let mut time_is_over = Box::pin(sleep_until(deadline));
        let submitted = select! {
            biased;
            submitted = self.submit(wallet, request) => submitted,
            () = &mut time_is_over => Err(self.time.not_done()),
        };
        let answer = match submitted {
            Ok(submitted) => submitted.answer(time_is_over.as_mut(), self.time).await,
            Err(refused) => Err(refused),
        };
        self.metrics.answered(&answer);
        answer
    }

    pub async fn wallet(&self, wallet: WalletId) -> Result<Wallet, EngineError> {
        if self.shared {
            return Box::pin(self.wallet_in_database(wallet)).await;
        }
        if self.admission.is_closed() {
            return Err(EngineError::Stopping);
        }
        if let Some(known) = self.registry.known(wallet)
            && let Some(answer) = answer_from(known)
        {
            return answer;
        }
        // Nearly every read ends above, so its future is small.
        Box::pin(self.wallet_awaited(wallet)).await
    }

    /// Returns the wallet, which is not in memory, or not to be read there.
    async fn wallet_awaited(&self, wallet: WalletId) -> Result<Wallet, EngineError> {
        let from_memory = self.time.read(async {
            loop {
                if let Some(known) = self.registry.known(wallet) {
                    return Ok(answer_from(known));
                }
                self.registry.load_if_unknown(wallet).await?;
            }
        });
        match from_memory.await? {
            Some(answer) => answer,
            None => self.wallet_in_database(wallet).await,
        }
    }

    async fn wallet_in_database(&self, wallet: WalletId) -> Result<Wallet, EngineError> {
        // A query takes room, like an operation.
        let _ticket = self.admission.enter()?;
        Ok(self.registry.load_now(wallet).await?)
    }

    /// Puts the operation into the mailbox of the wallet's actor.
    async fn submit(
        &self,
        wallet: WalletId,
        request: OperationRequest,
    ) -> Result<Submitted, EngineError> {
        let registry = &self.registry;
        loop {
            let ticket = self.admission.enter()?;
            let active = registry.find(wallet).await?;
            active.shared.touch(registry.now_ms());
            let place = match active.shared.join(ticket) {
                Joined::In(place) => place,
                Joined::Full => return Err(EngineError::Overloaded(Queue::Wallet)),
                Joined::Retired => {
                    registry.let_go(wallet, &active.shared);
                    continue;
                }
            };
            let (apply, submitted) = message(wallet, request.clone(), place);
            match active.addr.try_send(apply) {
                Ok(()) => return Ok(submitted),
                Err(SendError::Full(_)) => return Err(EngineError::Overloaded(Queue::Wallet)),
                // The actor died. Its entry may still be there, and it took nothing from its mailbox.
                Err(SendError::Closed(_)) => registry.let_go(wallet, &active.shared),
            }
        }
    }
}

/// Returns the answer to a read that memory has; `None`: the database has to be asked.
fn answer_from(known: Known) -> Option<Result<Wallet, EngineError>> {
    match known {
        Known::Committed(wallet) => (!wallet.has_to_be_loaded()).then_some(Ok(wallet)),
        Known::Unsettled => Some(Err(EngineError::NotDone(Arc::new(ApplyProblem::Unsettled)))),
        Known::Outdated => None,
    }
}

/// Returns the message for the wallet's actor, and where its answer comes.
pub(super) fn message(
    wallet: WalletId,
    request: OperationRequest,
    place: Place,
) -> (Apply, Submitted) {
    let (reply, answer) = oneshot::channel();
    let withdrawal = Arc::<Withdrawal>::default();
    let apply = Apply {
        span: span(wallet, &request),
        request,
        reply,
        withdrawal: Arc::clone(&withdrawal),
        from: thread::current().id(),
        _place: place,
    };
    (apply, Submitted { answer, withdrawal })
}

impl Submitted {
    /// Waits for the answer. If it times out, or the actor dies, the operation is withdrawn; if it cannot be, its outcome is
    /// unknown.
    pub async fn answer(
        self,
        time_is_over: Pin<&mut Sleep>,
        time: TimeLimit,
    ) -> Result<Receipt, EngineError> {
        let problem: Cause = select! {
            biased;
            answer = self.answer => match answer {
                Ok(answer) => return answer,
                Err(_) => Arc::new(ApplyProblem::ActorDied),
            },
            () = time_is_over => Arc::new(TooSlow(time.0)),
        };
        Err(if self.withdrawal.withdraw() {
            EngineError::NotDone(problem)
        } else {
            EngineError::Unavailable(problem)
        })
    }
}

/// Returns the span of an operation, which begins before the mailbox.
fn span(wallet: WalletId, request: &OperationRequest) -> Span {
    let span = Span::within_current("operation");
    if span.is_recorded() {
        span.set("wallet.id", wallet.0.to_string());
        span.set("operation.kind", request.movement.kind().as_str());
    }
    span
}
