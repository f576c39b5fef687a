//! Settling: finding out the outcome of a write that got no response.
//!
//! 1. On a new session, on a server that accepts writes, the session of the write is terminated, by its backend's pid and start
//!    (a name may be changed by a pooler), until `pg_stat_activity` no longer shows it. It was visible there when it was opened, so
//!    it is gone then, and nothing that was sent on it can still commit. On another server (another timeline, or one that was
//!    restarted) it is gone already.
//! 2. On the same session the ledger is queried for the rows of the write. The statement reports whether its server accepts
//!    writes: missing rows on a standby or a fenced primary prove nothing.
//! 3. The result counts when that statement, which writes as well, has committed: it went through the same as an ordinary commit,
//!    the wait for synchronous standbys included. Terminating a session that waits for a standby leaves its commit in place and
//!    visible (PostgreSQL 15 to 18), and a standby that is promoted lacks it.
//!
//! When the caller times out, the query that runs on the server is cancelled.

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::sleep;
use uuid::Uuid;

use super::connect::{Connector, Session};
use super::database::Database;
use super::error::{StorageError, query_failed};
use super::pool::cancel;
use super::server_identity::SessionId;
use super::sql;
use crate::engine::WriteSet;

/// The interval between two checks whether a session is gone.
const PAUSE: Duration = Duration::from_millis(10);

impl Database {
    /// Returns since when each of the sets is durably in the ledger, if it is.
    pub(super) async fn settle_commit_session(
        &self,
        session: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<Option<OffsetDateTime>>, StorageError> {
        // A commit session that cannot be settled writes nothing: that counts as a failed commit.
        let attempt = self.commit_health.settle();
        let commit_session = self.commit_sessions.get(session);
        let settled = commit_session.settle(async |unsettled| {
            let connector = self.sessions.connector();
            let session = self.sessions.open(&connector.settings()).await?;
            let mut settling = Settling::new(session, connector);
            if let Some(written_by) = unsettled {
                settling.terminate(&written_by).await?;
            }
            let recorded = settling.recorded(sets).await?;
            settling.done();
            Ok(recorded)
        });
        let recorded = settled.await?;
        attempt.succeed();
        Ok(recorded)
    }
}

/// The session that settles. When it is dropped early, its query is cancelled on the server.
struct Settling<'a> {
    session: Session,
    connector: &'a Connector,
    is_done: bool,
}

impl<'a> Settling<'a> {
    fn new(session: Session, connector: &'a Connector) -> Self {
        Self {
            session,
            connector,
            is_done: false,
        }
    }

    fn done(mut self) {
        self.is_done = true;
    }

    /// Terminates that session and waits until it is gone.
    async fn terminate(&mut self, ended: &SessionId) -> Result<(), StorageError> {
        let failed = query_failed("terminate an unsettled session");
        while ended.server.is_same_run(&self.session.id.server) {
            let row = self
                .session
                .connection
                .run(async |client| {
                    client
                        .query_one(sql::SESSION_END, &[&ended.pid, &ended.start])
                        .await
                })
                .await
                .map_err(&failed)?;
            if row.try_get("is_read_only").map_err(&failed)? {
                return Err(StorageError::ReadOnly);
            }
            let sessions: i64 = row.try_get("sessions").map_err(&failed)?;
            if sessions == 0 {
                break;
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Returns since when the ledger has each of the sets. A set is written completely or not at all, so its first row decides.
    async fn recorded(
        &mut self,
        sets: &[WriteSet],
    ) -> Result<Vec<Option<OffsetDateTime>>, StorageError> {
        let failed = query_failed("query the ledger for operations");
        let (mut wallets, mut numbers, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        for set in sets {
            if let Some((seq, entry)) = set.rows().next() {
                wallets.push(set.wallet().0);
                numbers.push(seq);
                ids.push(entry.id.0);
            }
        }
        let connection = &mut self.session.connection;
        connection.take_warning();
        let row = connection
            .run(async |client| {
                client
                    .query_one(sql::RECORDED, &[&wallets, &numbers, &ids])
                    .await
            })
            .await
            .map_err(&failed)?;
        if connection.take_warning() {
            return Err(StorageError::Unreplicated);
        }
        if row.try_get("is_read_only").map_err(&failed)? {
            return Err(StorageError::ReadOnly);
        }
        let found: Vec<Uuid> = row.try_get("wallets").map_err(&failed)?;
        let times: Vec<OffsetDateTime> = row.try_get("times").map_err(failed)?;
        let found: HashMap<Uuid, OffsetDateTime> = found.into_iter().zip(times).collect();
        let time = |set: &WriteSet| found.get(&set.wallet().0).copied();
        Ok(sets.iter().map(time).collect())
    }
}

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            cancel(self.session.connection.cancel_token(), self.connector);
        }
    }
}
