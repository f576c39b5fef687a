//! The write of a *contended* wallet: its row is locked first, so that the guard of the write cannot miss.
//!
//! Engines that write the same wallet all the time make each other's guards miss: whoever has missed loads the wallet again, while the
//! other one, which need not, has written again meanwhile. Here each waits for the row in PostgreSQL's own queue:
//!
//! 1. `BEGIN`, the lock (`wallet_lock.sql`) and the wallet (`wallets_load.sql`) are one round trip.
//! 2. The wallet's actor decides everything that waits by then. If that is nothing, a `ROLLBACK` ends it.
//! 3. The usual guarded statement and `COMMIT` are a second round trip. The guard stays: it is what makes a write safe, and the lock
//!    only makes it succeed.
//!
//! When something fails:
//! * before the second round trip, nothing is written, as no `COMMIT` was sent. A session whose lock timed out is used again, any other is
//!   closed.
//! * after it, as with any commit: the server confirms that nothing was written, or the outcome is unknown and the session is
//!   settled. The session counts as unsettled from the beginning, so one that is abandoned in the middle is terminated before it is used
//!   again, and its lock with it.
//!
//! A key is looked up in the same statement whenever a set has one: a violation of its index would cost the lock.

use std::sync::Arc;

use tokio_postgres::Row;

use super::commit_error::{Conflict, commit_error};
use super::commit_outcome::Outcomes;
use super::commit_session::{CommitSessionError, Writing};
use super::commit_statements::CommitStatement;
use super::database::Database;
use super::error::StorageError;
use super::load::wallet_of;
use super::locked_session::LockedStatements;
use crate::domain::WalletId;
use crate::engine::{CommitError, DecideLocked, Loaded, SetOutcome, WriteSet};

impl Database {
    /// Writes what is decided on the wallet while its row is locked; `None`: that was nothing.
    pub(super) async fn locked_commit(
        &self,
        session: usize,
        wallet: WalletId,
        decide: DecideLocked<'_>,
    ) -> Result<Option<SetOutcome>, CommitError> {
        let attempt = self.commit_health.commit();
        attempt.of(self.send_locked(session, wallet, decide).await)
    }

    async fn send_locked(
        &self,
        session: usize,
        wallet: WalletId,
        decide: DecideLocked<'_>,
    ) -> Result<Option<SetOutcome>, CommitError> {
        let Some(number) = self.commit_sessions.beyond(session) else {
            debug_assert!(false, "a committer's session is for groups");
            return Err(CommitError::NotSent(Arc::new(StorageError::LockLost)));
        };
        let writing = self.locked_sessions.get(number).write().await;
        let mut writing = writing.map_err(CommitSessionError::meaning)?;
        let rows = match writing.session.lock(wallet).await {
            Ok(rows) => rows,
            Err(error) => return Err(not_locked(writing, error).await),
        };
        let Some(set) = decide(loaded(wallet, &rows)).await else {
            match writing.session.unlock().await {
                Ok(()) => writing.answered(),
                Err(_) => writing.discarded(),
            }
            return Ok(None);
        };
        if writing.session.session.connection.is_closed() {
            writing.discarded();
            return Err(CommitError::NotSent(Arc::new(StorageError::LockLost)));
        }
        self.write_locked(writing, set).await.map(Some)
    }

    async fn write_locked(
        &self,
        mut writing: Writing<'_, LockedStatements>,
        set: &WriteSet,
    ) -> Result<SetOutcome, CommitError> {
        let incarnations = self.sessions.connector().incarnations();
        let checks_for = |conflict| conflict == Conflict::KnownKey;
        let statement = CommitStatement::of(&[set], checks_for);
        writing.session.take_warning();
        match writing.session.write(&statement).await {
            Ok(_) if writing.session.take_warning() => {
                Err(CommitError::Unknown(Arc::new(StorageError::Unreplicated)))
            }
            Ok(_) if writing.session.is_outdated(incarnations) => {
                Err(CommitError::Unknown(Arc::new(StorageError::Outdated)))
            }
            Ok(rows) => {
                writing.answered();
                let mut outcomes = Outcomes::default();
                let read = outcomes.add(&rows, statement.is_careful());
                // It is committed; with rows that cannot be read, the outcome is unknown.
                read.map_err(|error| CommitError::Unknown(Arc::new(error)))?;
                let mut outcome = outcomes.of(std::slice::from_ref(set));
                Ok(outcome.pop().unwrap_or(SetOutcome::Stale))
            }
            Err(error) => Err(writing.failed(error)),
        }
    }
}

/// Ends a transaction that has no lock. Whatever the error is, nothing was written.
async fn not_locked(
    mut writing: Writing<'_, LockedStatements>,
    error: tokio_postgres::Error,
) -> CommitError {
    match commit_error(error) {
        CommitError::Busy(cause) => {
            match writing.session.unlock().await {
                Ok(()) => writing.answered(),
                Err(_) => writing.discarded(),
            }
            CommitError::Busy(cause)
        }
        CommitError::Unknown(cause) | CommitError::NotSent(cause) => {
            writing.discarded();
            CommitError::NotSent(cause)
        }
        CommitError::Rejected(cause) => {
            writing.discarded();
            CommitError::Rejected(cause)
        }
    }
}

fn loaded(id: WalletId, rows: &[Row]) -> Loaded {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    match wallet_of(id, row) {
        Ok(wallet) => Ok(Some(wallet)),
        Err(error) => Err(Arc::new(error)),
    }
}
