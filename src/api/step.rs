//! One step of the engine, and what became of it in the words of the API.

use std::sync::Arc;

use tokio::time::Instant;

use super::error::Error;
use super::faults::{Fault, Faults};
use crate::domain::linked::{Step, StepReceipt};
use crate::engine::{Engine, EngineError, LinkedError};

/// Does the step by the deadline.
///
/// # Errors
/// It is refused, or its outcome is unknown. That the wallet which it pays does not exist is a fault of the field `to`.
pub async fn apply(engine: &Engine, step: Step, deadline: Instant) -> Result<StepReceipt, Error> {
    let to = step.request.movement.other();
    let receipt = engine.apply_step(step, deadline).await;
    receipt.map_err(|error| match error {
        LinkedError::WalletNotFound(id) if Some(id) == to => {
            Error::Fields(Faults::one("to", Fault::NoSuchWallet))
        }
        error => Error::Linked(error),
    })
}

/// What is left unsaid about an operation that happened. Only of a repetition may it be said that nothing was done.
pub fn unread(receipt: &StepReceipt, error: EngineError) -> Error {
    if receipt.replayed {
        Error::Engine(error)
    } else {
        Error::Engine(EngineError::Unavailable(Arc::new(error)))
    }
}
