//! The limit of failed attempts to sign in. An account and an address each have a window, which the first attempt begins.
//!
//! An attempt is counted before it is made, and uncounted when it succeeds, so concurrent attempts have no higher limit than
//! consecutive ones. The counts are in the database, so they apply to all engines and survive restarts. Beyond the limit the
//! right password is refused too, and a username that does not exist is treated like any other.

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

/// A counted attempt that may be made.
pub struct Attempt {
    account: TokenHash,
    address: TokenHash,
}

/// Counts an attempt, or fails with [`AdminError::TooManyAttempts`].
pub async fn enter(
    request: &HttpRequest,
    username: &str,
    database: &Database,
) -> Result<Attempt, AdminError> {
    let attempt = Attempt {
        account: sha256(&["account", &normalised(username)]),
        address: sha256(&[
            "address",
            &Network::of(client::address(request)).to_string(),
        ]),
    };
    let forgotten = database.sign_in_forget().await;
    forgotten.map_err(AdminError::Storage)?;
    // The address first: its limit bounds the names that one client adds to the table.
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
    /// Uncounts the attempt, which did not fail.
    pub async fn succeeded(self, database: &Database) -> Result<(), AdminError> {
        database
            .sign_in_succeeded(&self.account, &self.address)
            .await
            .map_err(AdminError::Storage)
    }

    /// Uncounts the attempt, as no password was compared.
    pub async fn not_judged(self, database: &Database) {
        let uncounted = database.sign_in_not_judged(&self.account, &self.address);
        if let Err(error) = uncounted.await {
            warn!(error = %chain(&error), "could not uncount an attempt to sign in");
        }
    }
}

/// Returns the normalised username: two spellings of one name are one account.
fn normalised(username: &str) -> String {
    let parsed = registration::username(Input::Text(username.into()));
    parsed.map_or_else(|_| username.to_owned(), |name| name.as_str().to_owned())
}
