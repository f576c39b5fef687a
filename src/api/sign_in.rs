//! A user's password, compared as the panel compares it: the same limit of attempts, the same work whoever the user is.
//!
//! 1. Room for the comparison is reserved first, so that an attempt without room costs no query.
//! 2. The attempt is counted, and the engine's hashers compare the password ([`auth::sign_in`]).

use std::sync::Arc;

use actix_web::{HttpMessage as _, HttpRequest};
use time::Duration;
use tokio::time::timeout_at;

use super::error::Error;
use super::refused_access::TooManyAttempts;
use crate::auth::{self, Access, Cause, SignInError, SignInUser};
use crate::domain::Principal;
use crate::domain::registration::{Password, Username};
use crate::engine::{Engine, EngineError};
use crate::web::client::{self, Network};

#[derive(Debug, thiserror::Error)]
#[error("the directory of users did not answer in time")]
struct TooSlow;

/// Returns the user of that name, if the password is theirs. `typed` is the name as the client sent it.
///
/// # Errors
/// [`Error::TooManyAttempts`], or that it could not be compared.
pub async fn compare(
    (request, engine, access): (&HttpRequest, &Engine, &Access),
    typed: &str,
    password: &Password,
) -> Result<Option<SignInUser>, Error> {
    let room = engine.sign_in_room().map_err(Error::Engine)?;
    let username = Username::new(typed).ok();
    let address = Network::of(client::address(request)).to_string();
    let user = auth::sign_in(
        access.directory(),
        typed,
        username.as_ref(),
        &address,
        |with| engine.password_compared(&room, password, with),
    );
    let user = timeout_at(engine.deadline(), user).await;
    let user = user.unwrap_or_else(|_| Err(SignInError::Directory(Arc::new(TooSlow) as Cause)));
    user.map_err(|error| match error {
        SignInError::TooMany { again_at } => Error::TooManyAttempts(TooManyAttempts {
            wait_s: seconds(again_at - engine.now()),
        }),
        SignInError::Directory(cause) => Error::Engine(EngineError::NotDone(cause)),
        SignInError::Compare { user, error } => {
            if let Some(user) = user {
                // For the log's line of the request, which says why.
                request.extensions_mut().insert(Principal::owner(user));
            }
            Error::Engine(error)
        }
    })
}

/// Whole seconds, rounded up, and at least one.
fn seconds(wait: Duration) -> u64 {
    let begun = i64::from(wait.subsec_nanoseconds() > 0);
    let whole = wait.whole_seconds().saturating_add(begun);
    u64::try_from(whole).unwrap_or_default().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_in_whole_seconds_and_at_least_one() {
        for (wait_ms, expected) in [(-5_000, 1), (0, 1), (1, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(seconds(Duration::milliseconds(wait_ms)), expected);
        }
    }
}
