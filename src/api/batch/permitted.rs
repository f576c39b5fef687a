//! What of a batch its caller may do: each operation by its scope, on a wallet within reach.

use super::super::error::Error;
use super::super::faults::Faults;
use super::super::gate::Caller;
use crate::auth::{Scope, Scopes};
use crate::domain::linked::Step;
use crate::engine::LinkedError;

/// Returns the operation in the caller's name, if they may do it.
///
/// # Errors
/// What is wrong with the operation, [`Error::Forbidden`], or that there is no such wallet.
pub fn permitted(operation: Result<Step, Faults>, caller: &Caller) -> Result<Step, Error> {
    let mut step = operation.map_err(Error::Fields)?;
    let scope = match step.request.movement.other() {
        Some(_) => Scope::TransfersWrite,
        None => Scope::OperationsWrite,
    };
    if !caller.has(scope) {
        return Err(Error::Forbidden(Scopes::of(&[scope])));
    }
    if !caller.reaches(step.wallet) {
        return Err(Error::Linked(LinkedError::WalletNotFound(step.wallet)));
    }
    step.request.principal = caller.principal();
    Ok(step)
}
