//! Takes a linked set to the actors of its wallets, and waits for the verdict.
//!
//! 1. The linked set arrives at the commit queue, and every wallet's actor is asked to attend it.
//! 2. The committer that finds all of them present decides it ([`commit`](super::commit)).
//! 3. A caller that leaves, or whose time is over, withdraws it. Once a committer has taken it, it may happen all the same.

use std::pin::pin;
use std::sync::Arc;

use actix::prelude::SendError;
use futures_util::future::try_join_all;
use tokio::select;
use tokio::time::{Instant, sleep_until};

use super::commit::{CommitWorkers, LinkedTicket, LinkedVerdict};
use super::operations::Operations;
use super::time_limit::TooSlow;
use super::wallet::{ActiveWallet, Attend, Joined, Place};
use super::{EngineError, LinkedError, Queue};
use crate::domain::WalletId;
use crate::domain::linked::LinkedSet;
use crate::telemetry::chain;
use crate::telemetry::traces::Span;

#[derive(Debug, thiserror::Error)]
#[error("the committer died with the linked set")]
struct CommitterDied;

impl Operations {
    pub async fn apply_linked(&self, set: LinkedSet, deadline: Instant) -> LinkedVerdict {
        let span = span(&set);
        let verdict = self.submit_linked(set, span.clone(), deadline).await;
        end(&span, &verdict);
        self.metrics.linked(&verdict);
        verdict
    }

    async fn submit_linked(&self, set: LinkedSet, span: Span, deadline: Instant) -> LinkedVerdict {
        let mut time_is_over = pin!(sleep_until(deadline));
        let (linked, verdict) = self.commits.arrive(set, span);
        // Withdraws it, if it still waits, when the caller leaves.
        let call = Call {
            commits: &self.commits,
            linked: &linked,
        };
        let called = select! {
            biased;
            called = self.call(&linked) => called,
            () = &mut time_is_over => Err(LinkedError::Engine(self.time.not_done())),
        };
        called?;
        let problem = select! {
            biased;
            verdict = verdict => match verdict {
                Ok(verdict) => return verdict,
                Err(_) => Arc::new(CommitterDied) as _,
            },
            () = time_is_over => Arc::new(TooSlow(self.time.0)) as _,
        };
        Err(LinkedError::Engine(if call.withdraw() {
            EngineError::NotDone(problem)
        } else {
            EngineError::Unavailable(problem)
        }))
    }

    /// Asks the actors of all wallets to attend.
    ///
    /// All are found before a place is taken, and all places are taken, in the order of the wallets, before anybody is asked: a
    /// linked set that is refused has kept no place from another that waits for the same wallets.
    async fn call(&self, linked: &LinkedTicket) -> Result<(), LinkedError> {
        let wallets = linked.request.set.wallets();
        let found = wallets.iter().map(async |wallet| {
            let _ticket = self.admission.enter().map_err(LinkedError::Engine)?;
            self.found(*wallet).await
        });
        try_join_all(found).await?;
        let mut called = Vec::with_capacity(wallets.len());
        for wallet in wallets {
            called.push(self.joined(*wallet).await?);
        }
        for (wallet, (active, place)) in wallets.iter().zip(called) {
            self.ask(*wallet, linked, active, place).await?;
        }
        Ok(())
    }

    async fn found(&self, wallet: WalletId) -> Result<Arc<ActiveWallet>, LinkedError> {
        let active = self.registry.find(wallet).await;
        active.map_err(|error| match EngineError::from(error) {
            EngineError::WalletNotFound => LinkedError::WalletNotFound(wallet),
            error => LinkedError::Engine(error),
        })
    }

    /// Returns the wallet's actor, with a place in its queue.
    async fn joined(&self, wallet: WalletId) -> Result<(Arc<ActiveWallet>, Place), LinkedError> {
        loop {
            let ticket = self.admission.enter().map_err(LinkedError::Engine)?;
            let active = self.found(wallet).await?;
            active.shared.touch(self.registry.now_ms());
            match active.shared.join(ticket) {
                Joined::In(place) => return Ok((active, place)),
                Joined::Full => return Err(full()),
                Joined::Retired => self.registry.let_go(wallet, &active.shared),
            }
        }
    }

    /// Asks the actor to attend, or the one after it.
    async fn ask(
        &self,
        wallet: WalletId,
        linked: &LinkedTicket,
        mut active: Arc<ActiveWallet>,
        mut place: Place,
    ) -> Result<(), LinkedError> {
        loop {
            let attend = Attend::new(linked.clone(), self.commits.clone(), place);
            match active.addr.try_send(attend) {
                Ok(()) => return Ok(()),
                Err(SendError::Full(attend)) => {
                    attend.forget();
                    return Err(full());
                }
                // The actor died. Its entry may still be there, and nothing was taken from it.
                Err(SendError::Closed(attend)) => {
                    attend.forget();
                    self.registry.let_go(wallet, &active.shared);
                    (active, place) = self.joined(wallet).await?;
                }
            }
        }
    }
}

/// Returns the span of a linked set: that of an operation, and how many it has if it is not one transfer.
#[expect(clippy::cast_possible_wrap, reason = "counts of values in memory")]
fn span(set: &LinkedSet) -> Span {
    let span = Span::within_current("operation");
    if span.is_recorded() {
        match set.steps() {
            [step] => {
                span.set("wallet.id", step.wallet.0.to_string());
                span.set("operation.kind", step.request.movement.kind().as_str());
            }
            steps => span.set("operation.steps", steps.len() as i64),
        }
        span.set("operation.wallets", set.wallets().len() as i64);
    }
    span
}

/// Ends the span with what became of the linked set.
fn end(span: &Span, verdict: &LinkedVerdict) {
    if span.is_recorded() {
        match verdict {
            Ok(receipts) => {
                let replayed = receipts.iter().all(|receipt| receipt.replayed);
                span.set("operation.replayed", replayed);
            }
            Err(LinkedError::Engine(
                error @ (EngineError::Unavailable(_) | EngineError::NotDone(_)),
            )) => span.fail(&chain(error)),
            Err(refusal) => span.set("operation.refused", chain(refusal).to_string()),
        }
    }
    span.end();
}

fn full() -> LinkedError {
    LinkedError::Engine(EngineError::Overloaded(Queue::Wallet))
}

/// A caller that waits.
struct Call<'c> {
    commits: &'c CommitWorkers,
    linked: &'c LinkedTicket,
}

impl Call<'_> {
    /// Withdraws the linked set; `false`: it was taken, and may happen or have happened.
    fn withdraw(&self) -> bool {
        self.commits.withdraw(self.linked)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.linked.request.is_over() {
            self.withdraw();
        }
    }
}
