//! Where keys, tokens and users are, as a trait: `storage` implements it on PostgreSQL.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use time::OffsetDateTime;

use super::identity::{Identity, Subject};
use super::scope::Scopes;
use super::secret::Digest;
use crate::domain::{UserId, WalletId};

/// Why the directory did not answer.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Where keys, tokens and users are.
pub trait Directory: Send + Sync + 'static {
    /// Returns whose key it is; `None` if it was never made, is revoked or has expired.
    fn key(&self, digest: Digest) -> BoxFuture<'_, Result<Option<Identity>, Cause>>;

    /// Returns whose token it is, with the given scopes on their wallet; `None` if it was never made, is revoked or has expired, or
    /// the user is not active or has another password since.
    fn token(
        &self,
        digest: Digest,
        scopes: Scopes,
    ) -> BoxFuture<'_, Result<Option<Identity>, Cause>>;

    /// Opens a session that listens to changes.
    fn listen(&self) -> BoxFuture<'_, Result<Box<dyn Changes>, Cause>>;

    /// Records that these keys were used just now.
    fn used<'a>(&'a self, keys: &'a [i64]) -> BoxFuture<'a, Result<(), Cause>>;

    /// Returns the user of that name, with what a sign-in compares, and what it computes where it cannot compare anything.
    fn user<'a>(&'a self, username: &'a str) -> BoxFuture<'a, Result<Named, Cause>>;

    /// Returns the user of that number, with what a sign-in compares.
    fn owner(&self, user: UserId) -> BoxFuture<'_, Result<Option<SignInUser>, Cause>>;

    /// Makes a token of a user; `false` if they are not active, or have another password hash than this one, which was checked.
    fn token_begin<'a>(
        &'a self,
        token: Digest,
        user: UserId,
        checked: &'a str,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<bool, Cause>>;

    /// Ends a token.
    fn token_end(&self, token: Digest) -> BoxFuture<'_, Result<(), Cause>>;

    /// Sets the password hash of a user in place of this one, which was checked, and ends their sessions and tokens; `false` if they
    /// are not active, or have another one.
    fn password_set<'a>(
        &'a self,
        user: UserId,
        checked: &'a str,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<bool, Cause>>;

    /// Replaces the password hash of a user, this one, which was compared, by another one of the same password: their sessions and
    /// tokens stay, and what was checked with the earlier one counts as checked. `false` if they have another one.
    fn password_renew<'a>(
        &'a self,
        user: UserId,
        compared: &'a str,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<bool, Cause>>;

    /// Counts an attempt to sign in before it is made, by the subject's window.
    fn attempt<'a>(
        &'a self,
        subject: &'a AttemptSubject,
        window: Duration,
    ) -> BoxFuture<'a, Result<Attempt, Cause>>;

    /// Uncounts an attempt that succeeded: for the address this one, for the account all.
    fn succeeded<'a>(
        &'a self,
        account: &'a AttemptSubject,
        address: &'a AttemptSubject,
    ) -> BoxFuture<'a, Result<(), Cause>>;

    /// Uncounts an attempt in which no password was compared.
    fn not_judged<'a>(
        &'a self,
        account: &'a AttemptSubject,
        address: &'a AttemptSubject,
    ) -> BoxFuture<'a, Result<(), Cause>>;
}

/// A session that learns of changes.
pub trait Changes: Send {
    /// Waits until something has changed, at most so long; returns what changed within the last `window`, each change with its number,
    /// so that what was returned before is recognised.
    fn next(
        &mut self,
        at_most: Duration,
        window: Duration,
    ) -> BoxFuture<'_, Result<Vec<(i64, Subject)>, Cause>>;
}

/// What there is under a user name.
#[derive(Default)]
pub struct Named {
    pub user: Option<SignInUser>,
    /// The password hash of another user, the same for a name as long as it is in use.
    pub decoy: Option<String>,
}

/// What a sign-in compares of a user.
#[derive(Debug)]
pub struct SignInUser {
    pub id: UserId,
    pub username: String,
    pub password_hash: String,
    pub is_active: bool,
    pub is_staff: bool,
    pub wallet: WalletId,
}

/// The SHA-256 of an account or of an address.
pub type AttemptSubject = [u8; 32];

/// A counted attempt.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Its number within the window, from 1.
    pub number: i64,
    pub window_ends: OffsetDateTime,
}
