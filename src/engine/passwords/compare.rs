//! The comparison itself, as one computation: the caller is a thread of a hasher.
//!
//! 1. A stored password that cannot be read is an error, and nothing is computed.
//! 2. Where no password can be right, because there is no user or theirs is unusable, the decoy is computed, and its result thrown away:
//!    as long as passwords of several schemes are stored, none of them alone would take as long as all others do. Without a decoy, or
//!    with one that cannot be read, it is a hash of ours.
//! 3. A right password that is stored in another way than a new one is hashed anew. That is no part of what a wrong one costs.

use argon2::Argon2;
use argon2::password_hash::{self, PasswordHasher as _};

use super::stored::StoredPassword;
use super::unverifiable::{CannotCompute, Unverifiable};
use crate::domain::comparison::{Comparand, Comparison};

/// Why a password was not compared or hashed.
#[derive(Debug, thiserror::Error)]
pub(in crate::engine) enum NotCompared {
    #[error("it cannot be read")]
    Stored(#[source] Unverifiable),
    #[error("the stored password was not computed")]
    Computation(#[source] CannotCompute),
    #[error("could not hash the password: {0}")]
    Hash(password_hash::Error),
}

/// Returns the password as it is stored from now on: a PHC string, salted afresh.
pub(in crate::engine) fn hashed(password: &[u8]) -> Result<String, NotCompared> {
    let hash = Argon2::default().hash_password(password);
    hash.map(|hash| hash.to_string()).map_err(NotCompared::Hash)
}

/// Compares a password.
pub(in crate::engine) fn compare(
    password: &[u8],
    with: &Comparand,
) -> Result<Comparison, NotCompared> {
    let stored = with.stored.as_deref().map(StoredPassword::parse);
    let stored = stored.transpose().map_err(NotCompared::Stored)?;
    let Some(stored) = stored.filter(StoredPassword::is_usable) else {
        let decoy = with.decoy.as_deref().map(StoredPassword::parse);
        match decoy {
            Some(Ok(decoy)) if decoy.is_usable() => drop(decoy.matches(password)),
            _ => drop(hashed(password)?),
        }
        return Ok(Comparison::Wrong);
    };
    if !stored.matches(password).map_err(NotCompared::Computation)? {
        return Ok(Comparison::Wrong);
    }
    let is_renewed = with.may_renew && !stored.is_current();
    // Without randomness it stays as it is until the next time.
    let renewed = is_renewed.then(|| hashed(password).ok()).flatten();
    Ok(Comparison::Right { renewed })
}
