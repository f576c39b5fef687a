//! Signing in with a password: the order of its steps, and the limit of failed attempts. The panel and `POST /api/token/` share both.
//!
//! 1. The attempt is counted for the account and for the address, each in a window that its first attempt begins. Beyond the limit the
//!    right password is refused too. Counted before it is made, and uncounted when it succeeds, so concurrent attempts have no higher
//!    limit than consecutive ones. The counts are in the directory: they apply to all engines, and survive restarts.
//! 2. The password is compared. A name that does not exist takes as long and has the same answer, so that no client learns which
//!    accounts exist. How long it takes depends on how the password is stored, and another program may have stored it; so where there
//!    is nothing to compare, what another user has is computed, who is the same for a name each time ([`Named::decoy`]).
//! 3. A right password that is stored in another way than a new one is stored anew. The sign-in does not depend on it: if it fails, the
//!    next one tries again.
//! 4. Who has a second factor types a code of it next, by the same limits ([`second_step`]). The panel alone asks for it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tokio::time::timeout;
use tracing::warn;

use super::directory::{AttemptSubject, Cause, Directory, Named, SignInUser};
use crate::domain::UserId;
use crate::domain::comparison::{Comparand, Comparison};
use crate::domain::registration::Username;

/// Failures of one account in a window.
const ACCOUNT_MAX: i64 = 5;
/// Failures of one address in a window; an office may share one.
const ADDRESS_MAX: i64 = 20;
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// A sign-in waits no longer for its password to be stored anew, as for the lock of a row that is being changed.
const RENEWAL_MAX: Duration = Duration::from_secs(1);

/// Why nobody signed in, besides a wrong name or password.
#[derive(Debug, thiserror::Error)]
pub enum SignInError<E> {
    #[error("too many failed attempts")]
    TooMany { again_at: OffsetDateTime },
    #[error("the directory did not answer")]
    Directory(#[source] Cause),
    #[error("could not compare what the user has with what was typed")]
    Compare {
        /// Whose it is; `None` of a name that does not exist.
        user: Option<UserId>,
        #[source]
        error: E,
    },
}

/// Returns the user of that name, if `compare` says that the password is the stored one. `typed` is the name as the client sent it, and `username` what it is read as, if it is one.
///
/// # Errors
/// [`SignInError`].
pub async fn sign_in<E, F>(
    directory: &dyn Directory,
    typed: &str,
    username: Option<&Username>,
    address: &str,
    compare: impl FnOnce(Comparand) -> F,
) -> Result<Option<SignInUser>, SignInError<E>>
where
    F: Future<Output = Result<Comparison, E>>,
{
    // Two spellings of one name are one account.
    let account = subject("account", username.map_or(typed, Username::as_str));
    let compared = async {
        let named = match username {
            Some(name) => directory.user(name.as_str()).await,
            None => Ok(Named::default()),
        };
        let Named { user, decoy } = named.map_err(SignInError::Directory)?;
        let with = Comparand {
            stored: user.as_ref().map(|user| user.password_hash.clone()),
            decoy,
            // Who is not active is answered as a wrong password is, and as fast.
            may_renew: user.as_ref().is_some_and(|user| user.is_active),
        };
        let comparison = compare(with).await.map_err(|error| SignInError::Compare {
            user: user.as_ref().map(|user| user.id),
            error,
        })?;
        Ok(match comparison {
            Comparison::Right { renewed } => user.map(|user| (user, renewed)),
            Comparison::Wrong => None,
        })
    };
    let address = subject("address", address);
    let signed_in = limited(directory, &account, &address, compared).await?;
    let Some((user, renewed)) = signed_in else {
        return Ok(None);
    };
    let uncounted = directory.succeeded(&account, &address).await;
    uncounted.map_err(SignInError::Directory)?;
    Ok(Some(match renewed {
        Some(hash) => renew(directory, user, hash).await,
        None => user,
    }))
}

/// Stores the password of a user anew, if it can be; returns them as what follows has to check them. If another sign-in was first, what
/// they were compared with still counts.
async fn renew(directory: &dyn Directory, user: SignInUser, hash: String) -> SignInUser {
    let renewed = directory.password_renew(user.id, &user.password_hash, &hash);
    let failed: Cause = match timeout(RENEWAL_MAX, renewed).await {
        Ok(Ok(true)) => {
            return SignInUser {
                password_hash: hash,
                ..user
            };
        }
        Ok(Ok(false)) => return user,
        Ok(Err(cause)) => cause,
        Err(elapsed) => Arc::new(elapsed),
    };
    warn!(user.id = user.id.0, error = %failed, "could not store a password anew; its next sign-in tries again");
    user
}

/// Returns what `accept` makes of a code, which is limited as a password is: `None` of a wrong one. The failures of an account's codes
/// are counted apart from those of its password, as a right password, also at `POST /api/token/`, begins the count of those anew.
///
/// # Errors
/// [`SignInError`].
pub async fn second_step<T, E>(
    directory: &dyn Directory,
    user: UserId,
    address: &str,
    accept: impl Future<Output = Result<Option<T>, E>>,
) -> Result<Option<T>, SignInError<E>> {
    let account = subject("code", &user.0.to_string());
    let of = Some(user);
    let accepted = async {
        let accepted = accept.await;
        accepted.map_err(|error| SignInError::Compare { user: of, error })
    };
    let address = subject("address", address);
    let accepted = limited(directory, &account, &address, accepted).await?;
    if accepted.is_some() {
        // What the code was typed for is done. The attempt stays counted if this fails, which errs on the safe side.
        let _ = directory.succeeded(&account, &address).await;
    }
    Ok(accepted)
}

/// Makes an attempt that is counted for the account and for the address.
async fn limited<T, E>(
    directory: &dyn Directory,
    account: &AttemptSubject,
    address: &AttemptSubject,
    attempt: impl Future<Output = Result<Option<T>, SignInError<E>>>,
) -> Result<Option<T>, SignInError<E>> {
    // The address first: its limit bounds the names that one client adds to the table.
    for (subject, max) in [(address, ADDRESS_MAX), (account, ACCOUNT_MAX)] {
        let counted = directory.attempt(subject, WINDOW).await;
        let counted = counted.map_err(SignInError::Directory)?;
        if counted.number > max {
            return Err(SignInError::TooMany {
                again_at: counted.window_ends,
            });
        }
    }
    let attempted = attempt.await;
    if attempted.is_err() {
        // It stays counted if that fails too, which errs on the safe side.
        let _ = directory.not_judged(account, address).await;
    }
    attempted
}

/// The SHA-256 of the parts, each with its length.
fn subject(kind: &str, name: &str) -> AttemptSubject {
    let mut hash = Sha256::new();
    for part in [kind, name] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
