//! Takes several operations to one wallet's actor in one message, and waits for all answers.

use std::pin::pin;

use actix::prelude::SendError;
use tokio::select;
use tokio::time::{Instant, sleep_until};

use super::operations::{Operations, Submitted, message};
use super::wallet::{ApplyAll, Joined};
use super::{EngineError, Queue};
use crate::domain::{OperationRequest, Receipt, WalletId};

impl Operations {
    pub async fn apply_all(
        &self,
        wallet: WalletId,
        requests: Vec<OperationRequest>,
        deadline: Instant,
    ) -> Vec<Result<Receipt, EngineError>> {
        let mut time_is_over = pin!(sleep_until(deadline));
        let count = requests.len();
        let submitted = select! {
            biased;
            submitted = self.submit_all(wallet, requests) => submitted,
            () = &mut time_is_over => Err(self.time.not_done()),
        };
        let submitted = submitted.unwrap_or_else(|error| {
            let refused = (0..count).map(|_| Err(error.clone()));
            refused.collect()
        });
        let mut answers = Vec::with_capacity(count);
        for submitted in submitted {
            let answer = match submitted {
                Ok(submitted) => submitted.answer(time_is_over.as_mut(), self.time).await,
                Err(error) => Err(error),
            };
            self.metrics.answered(&answer);
            answers.push(answer);
        }
        answers
    }

    /// Puts the operations into the mailbox of the wallet's actor, as many as it has places for: the others are refused.
    async fn submit_all(
        &self,
        wallet: WalletId,
        requests: Vec<OperationRequest>,
    ) -> Result<Vec<Result<Submitted, EngineError>>, EngineError> {
        let registry = &self.registry;
        'actor: loop {
            let active = registry.find(wallet).await?;
            active.shared.touch(registry.now_ms());
            let mut messages = Vec::with_capacity(requests.len());
            let mut submitted = Vec::with_capacity(requests.len());
            for request in &requests {
                let place = match self
                    .admission
                    .enter()
                    .map(|ticket| active.shared.join(ticket))
                {
                    Ok(Joined::In(place)) => Ok(place),
                    Ok(Joined::Full) => Err(EngineError::Overloaded(Queue::Wallet)),
                    Ok(Joined::Retired) => {
                        registry.let_go(wallet, &active.shared);
                        continue 'actor;
                    }
                    Err(error) => Err(error),
                };
                submitted.push(place.map(|place| {
                    let (apply, submitted) = message(wallet, request.clone(), place);
                    messages.push(apply);
                    submitted
                }));
            }
            match active.addr.try_send(ApplyAll(messages)) {
                Ok(()) => return Ok(submitted),
                Err(SendError::Full(_)) => return Err(EngineError::Overloaded(Queue::Wallet)),
                // The actor died. Its entry may still be there, and it took nothing from its mailbox.
                Err(SendError::Closed(_)) => registry.let_go(wallet, &active.shared),
            }
        }
    }
}
