//! The durable side of the engine, as a trait: `storage` implements it on PostgreSQL, the engine's tests in memory, with
//! faults on demand.

use std::sync::atomic::AtomicBool;

use futures_util::future::BoxFuture;
use time::OffsetDateTime;

use super::WriteSet;
use super::error::{Cause, ReadError};
use super::lane::{Lane, SessionNumber};
use super::statement_source::StatementSource;
use crate::domain::history::{
    BalanceAt, HistoryPage, HistoryQuery, HoldsPage, HoldsQuery, PastBalance,
};
use crate::domain::hold::Hold;
use crate::domain::linked::TransferId;
use crate::domain::registration::{Email, Username};
use crate::domain::reversal::Original;
use crate::domain::{
    Balance, IdempotencyKey, NamesTaken, Registration, RegistrationForm, RequestHash, UserId,
    Wallet, WalletId,
};

/// The durable side of the engine.
///
/// Each committer has a *commit session* of one [`Lane`], which executes what is sent on it in order. A group is of one lane: of wallets that
/// are written on it, or of any wallets on [`Lane::WHOLE`].
pub trait Journal: StatementSource + Send + Sync + 'static {
    /// Returns the number of the database's present incarnation. After a failover or a restore it is another one, and what
    /// was loaded or committed before is void.
    fn incarnation(&self) -> u64;

    /// Returns the time by the database's clock, as far as it is known, in whole microseconds.
    fn now(&self) -> OffsetDateTime;

    /// Begins another incarnation, as a wallet's row is behind what was committed.
    fn distrust(&self);

    /// Returns the lane on which the wallet is written at present. It may change at any time: a set that is sent on another one is left
    /// out as `Stale`.
    fn lane(&self, _wallet: WalletId) -> Lane {
        Lane::WHOLE
    }

    /// Returns how many sessions there are that only load wallets.
    fn load_sessions(&self) -> usize {
        0
    }

    /// Returns the wallets as last committed, in the given order, each with its own result: a row that cannot be read fails
    /// only its wallet. A session that only loads wallets is used by one load at a time; `None`: any session.
    fn load<'a>(
        &'a self,
        session: Option<usize>,
        wallets: &'a [WalletId],
    ) -> BoxFuture<'a, Result<Vec<Loaded>, Cause>>;

    /// Writes the sets, each of another wallet, in one transaction. Each is guarded by its expected version and balance and
    /// by its keys, none of which the wallet's ledger may hold. Returns their outcomes in order.
    fn commit<'a>(
        &'a self,
        session: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<SetOutcome>, CommitError>>;

    /// Returns whether wallets can be written by [`commit_locked`](Self::commit_locked) at present.
    fn locks_wallets(&self) -> bool;

    /// Locks the wallet's row, waiting for a bounded time, has `decide` called with the wallet as it is then, and writes the set that
    /// it returns as [`commit`](Self::commit) does, in the transaction that has the lock. No one else writes the wallet meanwhile, so
    /// `decide` must not wait for anything. `None`: there was nothing to write, and the row is free again.
    ///
    /// An error before `decide` was called means that nothing was written, whatever it is; after [`CommitError::Unknown`] the session
    /// has to be settled all the same.
    fn commit_locked<'a>(
        &'a self,
        session: SessionNumber,
        wallet: WalletId,
        decide: DecideLocked<'a>,
    ) -> BoxFuture<'a, Result<Option<SetOutcome>, CommitError>>;

    /// Finds out the outcomes of sets whose commit on this session had an unknown outcome.
    ///
    /// When this succeeds, nothing that was sent on the session before can be committed any more, and the result is for
    /// each set, in order, the time of its rows in the ledger; `None` if the ledger does not hold it, or it has no entries.
    fn settle<'a>(
        &'a self,
        session: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<Option<OffsetDateTime>>, Cause>>;

    /// Returns a page of the wallet's ledger as committed; `None` if there is no such wallet.
    fn history<'a>(
        &'a self,
        wallet: WalletId,
        query: &'a HistoryQuery,
    ) -> BoxFuture<'a, Result<Option<HistoryPage>, ReadError>>;

    /// Returns the wallet's hold of this number, as it was right after the operation `as_of`, or as it is; an empty inner option if
    /// it has none, and an empty outer one if there is no such wallet.
    fn hold(
        &self,
        wallet: WalletId,
        id: i64,
        as_of: Option<i64>,
    ) -> BoxFuture<'_, Result<Option<Option<Hold>>, ReadError>>;

    /// Returns a page of the wallet's holds; `None` if there is no such wallet.
    fn holds<'a>(
        &'a self,
        wallet: WalletId,
        query: &'a HoldsQuery,
    ) -> BoxFuture<'a, Result<Option<HoldsPage>, ReadError>>;

    /// Returns what is known of the operation, to reverse it; an empty inner option if the wallet has none of this number, and an
    /// empty outer one if there is no such wallet.
    fn original(
        &self,
        wallet: WalletId,
        seq: i64,
    ) -> BoxFuture<'_, Result<Option<Option<Original>>, ReadError>>;

    /// Returns the wallet's balance at a moment of its past; an empty inner option if it has no operation of that number, and an
    /// empty outer one if there is no such wallet.
    fn balance_at(
        &self,
        wallet: WalletId,
        at: BalanceAt,
    ) -> BoxFuture<'_, Result<Option<Option<PastBalance>>, ReadError>>;

    /// Returns wallets with holds that have expired, those that expired first, `max` at most.
    fn expired(&self, max: usize) -> BoxFuture<'_, Result<Vec<WalletId>, Cause>>;

    /// Returns which of the names are taken.
    fn names_taken<'a>(
        &'a self,
        names: NamesSought<'a>,
    ) -> BoxFuture<'a, Result<NamesTaken, Cause>>;

    /// Returns the user who was registered under the key, as they are now, and as durable as any commit.
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
    /// Set before the insertion is sent: until then, a caller that times out leaves nothing behind.
    pub sent: AtomicBool,
}

/// The result of a load for one wallet. `None`: there is no such wallet; an error: its row cannot be read.
pub type Loaded = Result<Option<Wallet>, Cause>;

/// Decides what is to be written on a wallet whose row is locked; `None`: nothing.
pub type DecideLocked<'a> =
    Box<dyn FnOnce(Loaded) -> BoxFuture<'a, Option<&'a WriteSet>> + Send + 'a>;

/// The outcome of one set of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetOutcome {
    /// Its version and its keys held, and its entries are durable, with this time; `None` if it has none.
    Committed(Option<OffsetDateTime>),
    /// Left out: the wallet has another version or balance.
    Stale,
    /// Left out: the ledger holds some of its keys, which are all here.
    Recorded(Vec<Recorded>),
}

/// The operation that the ledger holds under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub key: IdempotencyKey,
    /// Its number in the wallet's ledger.
    pub seq: i64,
    pub request: RequestHash,
    pub balance_after: Balance,
    /// Of a transfer, what both of its rows share.
    pub transfer: Option<TransferId>,
}

/// Names to look up.
#[derive(Clone, Copy, Debug, Default)]
pub struct NamesSought<'a> {
    pub username: Option<&'a str>,
    pub email: Option<&'a str>,
}

#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// There was no connection, or the server has no resources for it: nothing was written, nor could be at present.
    #[error("the group commit could not be sent")]
    NotSent(#[source] Cause),
    /// The database rejected the whole transaction: nothing of it was written.
    #[error("the database rejected the group commit")]
    Rejected(#[source] Cause),
    /// As `Rejected`, for a transient reason: a deadlock, or a lock or a statement that timed out.
    #[error("the database could not take the group commit now")]
    Busy(#[source] Cause),
    /// The connection broke or the write timed out after it was sent: it may be committed, or become so.
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
    /// Another registration was committed first.
    #[error("a name was taken meanwhile")]
    Taken(NamesTaken),
    /// Another registration has the key.
    #[error("the key was taken meanwhile")]
    KeyTaken,
    /// Nothing was inserted, nor could be at present.
    #[error("the registration could not be sent")]
    NotSent(#[source] Cause),
    /// The database refuses it, or the outcome is unknown.
    #[error("could not insert the user")]
    Failed(#[source] Cause),
}

impl<'a> NamesSought<'a> {
    /// Returns the well-formed names of a form.
    #[must_use]
    pub fn of(form: &'a RegistrationForm) -> Self {
        Self {
            username: form.username.as_ref().ok().map(Username::as_str),
            email: form.email.as_ref().ok().map(Email::as_str),
        }
    }
}
