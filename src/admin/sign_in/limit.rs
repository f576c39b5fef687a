//! How often one may fail to sign in: an account and an address each have a window, which their first attempt begins.
//!
//! An attempt is counted before it is made, and taken back when it succeeds; so of many at once no more are made than of
//! one after the other. The counts are in the database: they hold over engines and restarts. Past the limit the right
//! password is refused as well, and a name that nobody has is treated like any other.

use std::time::Duration;

use actix_web::HttpRequest;
use tracing::warn;

use crate::admin::error::AdminError;
use crate::admin::token::sha256;
use crate::compat::registration::{self, Input};
use crate::storage::Database;
use crate::storage::admin::TokenHash;
use crate::telemetry::chain;
use crate::web::client::{self, Network};

/// Failures of one account in a window.
const ACCOUNT_MAX: i64 = 5;
/// Failures of one address in a window; an office may share one.
const ADDRESS_MAX: i64 = 20;
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// An attempt that is counted and may be made.
pub struct Attempt {
    account: TokenHash,
    address: TokenHash,
}

/// Counts the attempt.
///
/// # Errors
/// [`AdminError::TooManyAttempts`]: it may not be made.
pub async fn enter(
    request: &HttpRequest,
    username: &str,
    database: &Database,
) -> Result<Attempt, AdminError> {
    let attempt = Attempt {
        account: sha256(&["account", &known_as(username)]),
        address: sha256(&[
            "address",
            &Network::of(client::address(request)).to_string(),
        ]),
    };
    let forgotten = database.sign_in_forget().await;
    forgotten.map_err(AdminError::Storage)?;
    // The address first: nobody fills the table with more names than that allows.
    for (subject, max) in [
        (&attempt.address, ADDRESS_MAX),
        (&attempt.account, ACCOUNT_MAX),
    ] {
        let counted = database.sign_in_attempt(subject, WINDOW).await;
        let counted = counted.map_err(AdminError::Storage)?;
        if counted.number > max {
            return Err(AdminError::TooManyAttempts {
                again_at: counted.window_ends,
            });
        }
    }
    Ok(attempt)
}

impl Attempt {
    /// Takes it back: it was no failure.
    ///
    /// # Errors
    /// [`AdminError::Storage`].
    pub async fn succeeded(self, database: &Database) -> Result<(), AdminError> {
        database
            .sign_in_succeeded(&self.account, &self.address)
            .await
            .map_err(AdminError::Storage)
    }

    /// Takes it back: no password was compared, so it was no failure either.
    pub async fn not_judged(self, database: &Database) {
        let taken_back = database.sign_in_not_judged(&self.account, &self.address);
        if let Err(error) = taken_back.await {
            warn!(error = %chain(&error), "an attempt to sign in counts as a failure, though it was not judged");
        }
    }
}

/// The name as accounts are known by: two spellings of one name are one account.
fn known_as(username: &str) -> String {
    let parsed = registration::username(Input::Text(username.into()));
    parsed.map_or_else(|_| username.to_owned(), |name| name.as_str().to_owned())
}
