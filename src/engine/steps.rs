//! One step by itself, of one wallet or of two; and reversals, whose original is read first.
//!
//! A reversal is decided on what was read of its original. If something of that wallet was reversed since, it is read again, and
//! decided again: the ledger never holds more reversals of an operation than the operation was.

use std::sync::Arc;

use tokio::time::Instant;

use super::history::Histories;
use super::operations::Operations;
use super::{EngineError, LinkedError};
use crate::domain::linked::{InvalidLinkedSet, LinkedRefused, LinkedSet, Step, StepReceipt};
use crate::domain::reversal::Reversal;
use crate::domain::{
    Amount, IdempotencyKey, Movement, OperationRefused, OperationRequest, Principal, WalletId,
};

/// What is to be reversed, and how.
#[derive(Clone, Debug)]
pub struct ReversalRequest {
    pub wallet: WalletId,
    /// The number of the operation.
    pub operation: i64,
    /// `None`: what has not been reversed yet.
    pub amount: Option<Amount>,
    /// As that of an [`OperationRequest`].
    pub key: Option<IdempotencyKey>,
    /// Why, as that of an [`OperationRequest`].
    pub reason: Option<Arc<str>>,
    /// Who asks for it, if that is known.
    pub principal: Option<Principal>,
}

impl Operations {
    /// Applies the step by the deadline.
    pub async fn apply_step(
        &self,
        step: Step,
        deadline: Instant,
    ) -> Result<StepReceipt, LinkedError> {
        if step.request.movement.other().is_some() {
            let set = LinkedSet::new(vec![step]).map_err(|error| match error {
                InvalidLinkedSet::SameWallet(_) => LinkedError::SameWallet,
                InvalidLinkedSet::Empty | InvalidLinkedSet::TooManyWallets => {
                    debug_assert!(false, "a step of at most two wallets: {error}");
                    LinkedError::SameWallet
                }
            })?;
            let receipts = self.apply_linked(set, deadline).await?;
            let first = receipts.into_iter().next();
            return first.ok_or(LinkedError::Engine(EngineError::OperationNotFound));
        }
        let receipt = self.apply(step.wallet, step.request, deadline).await;
        let receipt = receipt.map_err(|error| match error {
            EngineError::WalletNotFound => LinkedError::WalletNotFound(step.wallet),
            EngineError::KeyReused => LinkedError::KeyReused(0),
            EngineError::Refused(reason) => LinkedError::Refused(LinkedRefused { step: 0, reason }),
            error => LinkedError::Engine(error),
        })?;
        Ok(StepReceipt {
            seq: receipt.seq,
            balance: receipt.balance,
            transfer: None,
            hold: receipt.hold,
            replayed: receipt.replayed,
        })
    }

    /// Reverses an operation by the deadline.
    pub async fn reverse(
        &self,
        histories: &Histories,
        asked: ReversalRequest,
        deadline: Instant,
    ) -> Result<StepReceipt, LinkedError> {
        loop {
            let original = histories
                .original(asked.wallet, asked.operation, deadline)
                .await;
            let original = original.map_err(LinkedError::Engine)?;
            let movement = Movement::Reversal(Box::new(Reversal {
                original,
                amount: asked.amount,
            }));
            let step = Step {
                wallet: asked.wallet,
                request: OperationRequest {
                    key: asked.key.clone(),
                    reason: asked.reason.clone(),
                    principal: asked.principal.clone(),
                    ..movement.into()
                },
            };
            match self.apply_step(step, deadline).await {
                Err(LinkedError::Refused(refused))
                    if refused.reason == OperationRefused::OriginalOutdated =>
                {
                    if Instant::now() >= deadline {
                        return Err(LinkedError::Engine(self.time.not_done()));
                    }
                }
                verdict => return verdict,
            }
        }
    }
}
