//! What the engine writes through: the one abstraction of the project.
//!
//! `storage` implements it on PostgreSQL; the engine's tests implement it in memory, with faults on demand.

use std::sync::atomic::AtomicBool;

use futures_util::future::BoxFuture;

use super::Cause;
use super::WriteSet;
use crate::domain::history::{HistoryPage, HistoryQuery};
use crate::domain::registration::{Email, Username};
use crate::domain::{
    Balance, IdempotencyKey, NamesTaken, Registration, RegistrationForm, RequestHash, UserId,
    Wallet, WalletId,
};

/// The durable side of the engine.
///
/// Each committer has a *commit session*, which executes what is sent on it in order. Sessions are numbered from zero.
pub trait Journal: Send + Sync + 'static {
    /// The number of the database's present incarnation: what was loaded or committed under another number is of a
    /// database that is not there any more, after a failover or a restore, and is worth nothing.
    fn incarnation(&self) -> u64;

    /// A wallet was found behind what it had committed: begins another incarnation.
    fn distrust(&self);

    /// The wallets as last committed, in the order asked for, each with a result of its own: a row that cannot be read
    /// fails its wallet alone.
    fn load<'a>(&'a self, wallets: &'a [WalletId]) -> BoxFuture<'a, Result<Vec<Loaded>, Cause>>;

    /// Writes the sets in one transaction, each one guarded by its expected version and balance and by its keys, none of
    /// which the wallet's ledger may hold.
    ///
    /// Says for each set, in order, what became of it. Every set is of another wallet.
    fn commit<'a>(
        &'a self,
        session: usize,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<SetOutcome>, CommitError>>;

    /// Finds out what became of sets whose commit on this session had an unknown outcome.
    ///
    /// When this succeeds, nothing that was sent on the session before can be committed any more, and the answer says for each
    /// set, in order, whether the ledger holds it; of a set without entries, that it does not.
    fn settle<'a>(
        &'a self,
        session: usize,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<bool>, Cause>>;

    /// A page of the wallet's ledger as committed; `None` if there is no such wallet.
    fn history<'a>(
        &'a self,
        wallet: WalletId,
        query: &'a HistoryQuery,
    ) -> BoxFuture<'a, Result<Option<HistoryPage>, ReadError>>;

    /// Which of the names in the form belong to somebody.
    fn names_taken<'a>(
        &'a self,
        names: NamesSought<'a>,
    ) -> BoxFuture<'a, Result<NamesTaken, Cause>>;

    /// The user who was registered under the key, as they are now; what is found is as durable as any commit.
    fn registered<'a>(
        &'a self,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<RegisteredUser>, Cause>>;

    /// Inserts a user and their empty wallet in one transaction.
    fn register<'a>(
        &'a self,
        user: &'a NewUser<'a>,
    ) -> BoxFuture<'a, Result<UserId, RegisterError>>;
}

/// A user to be inserted.
#[derive(Debug)]
pub struct NewUser<'a> {
    pub registration: &'a Registration,
    pub password_hash: &'a str,
    pub wallet: WalletId,
    pub key: Option<&'a IdempotencyKey>,
    /// Set before the insertion is sent: until then, a caller that gives up leaves nothing behind.
    pub sent: AtomicBool,
}

/// What a load found of one wallet; `None`: there is no such wallet. An error: its row cannot be read.
pub type Loaded = Result<Option<Wallet>, Cause>;

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It was not reached, or said no, or said nothing in time.
    #[error("the database did not answer the question")]
    Unanswered(#[source] Cause),
    /// Asking again does not help: it holds something that the engine does not understand.
    #[error("the answer of the database cannot be read")]
    Unreadable(#[source] Cause),
}

/// What became of one set of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetOutcome {
    /// Its version and its keys held, and its entries are durable.
    Committed,
    /// Left out: the wallet has another version or balance.
    Stale,
    /// Left out: the ledger holds some of its keys, all of which are here.
    Recorded(Vec<Recorded>),
}

/// What the ledger holds under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub key: IdempotencyKey,
    /// Its operation's place in the wallet's ledger.
    pub seq: i64,
    pub request: RequestHash,
    pub balance_after: Balance,
}

/// Names to look for; `None` is not looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct NamesSought<'a> {
    pub username: Option<&'a str>,
    pub email: Option<&'a str>,
}

#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// There was no line to send it on, or the server has no room for it: nothing was written, and nothing else could be
    /// just now.
    #[error("the group commit could not be sent")]
    NotSent(#[source] Cause),
    /// The database said no to the whole transaction: nothing of it was written.
    #[error("the database rejected the group commit")]
    Rejected(#[source] Cause),
    /// As `Rejected`, for a reason that passes: a deadlock, a lock or a statement that took too long.
    #[error("the database could not take the group commit now")]
    Busy(#[source] Cause),
    /// The line broke or the time was up after the write was sent: it may be committed, or become so.
    #[error("the outcome of the group commit is unknown")]
    Unknown(#[source] Cause),
}

/// A user who was registered under a key.
#[derive(Clone)]
pub struct RegisteredUser {
    pub username: String,
    pub email: String,
    pub password_hash: String,
    pub wallet: WalletId,
}

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Another registration was faster.
    #[error("a name was taken meanwhile")]
    Taken(NamesTaken),
    /// Another registration has the key.
    #[error("the key was taken meanwhile")]
    KeyTaken,
    /// Nothing was inserted, and nothing could be just now.
    #[error("the user could not be sent")]
    NotSent(#[source] Cause),
    /// The database refuses it, or the outcome is unknown.
    #[error("could not insert the user")]
    Failed(#[source] Cause),
}

impl<'a> NamesSought<'a> {
    /// The well-formed names of a form.
    #[must_use]
    pub fn of(form: &'a RegistrationForm) -> Self {
        Self {
            username: form.username.as_ref().ok().map(Username::as_str),
            email: form.email.as_ref().ok().map(Email::as_str),
        }
    }
}
