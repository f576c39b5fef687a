//! Finding out what became of a write whose answer never came.
//!
//! 1. On a fresh session, which is on a server that takes writes, the session of the write is ended, by its backend's
//!    number and start (a name can be changed on the way), until it is no longer shown. It was shown when it was opened,
//!    so from then on it is gone, and nothing that was sent on it can land. On another server than it was on (another
//!    timeline, or one that was started again) it is gone by itself.
//! 2. On the same session the ledger is queried for the rows of the write. The statement says itself whether its server takes
//!    writes: a standby, or a fenced primary, proves nothing by what it lacks.
//! 3. What is found counts when that statement has committed, with a write of its own: it went through what an
//!    ordinary commit goes through, the wait for synchronous standbys included. Ending a session that waits for a
//!    standby leaves its commit in place and visible (PostgreSQL 15 to 18), and a standby that is promoted lacks it.
//!
//! A settling that takes too long is given up by its caller; what it waits for on the server is then cancelled.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::sleep;
use uuid::Uuid;

use super::connect::{Connector, Session};
use super::pool::cancel;
use super::server::SessionId;
use super::{Database, StorageError, query_failed, sql};
use crate::engine::WriteSet;

/// Between two checks whether a session is gone.
const PAUSE: Duration = Duration::from_millis(10);

impl Database {
    /// Which of the sets the ledger holds, for good.
    pub(super) async fn settle_lane(
        &self,
        lane: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<bool>, StorageError> {
        // A lane that cannot be settled writes nothing: it counts like a commit that does not succeed.
        let asked = self.commit_health.settling();
        let lane = self.lanes.get(lane);
        let settled = lane.settle(async |unsettled| {
            let connector = self.sessions.connector();
            let session = self.sessions.open(&connector.settings()).await?;
            let mut settling = Settling::new(session, connector);
            if let Some(written_by) = unsettled {
                settling.end(&written_by).await?;
            }
            let recorded = settling.recorded(sets).await?;
            settling.done();
            Ok(recorded)
        });
        let recorded = settled.await?;
        asked.met();
        Ok(recorded)
    }
}

/// The session that settles. What it waits for is cancelled on the server when it is dropped early.
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

    /// Ends that session and waits until it is gone.
    async fn end(&mut self, ended: &SessionId) -> Result<(), StorageError> {
        let failed = query_failed("end an unsettled session");
        while ended.server.is_same_run(&self.session.id.server) {
            let row = self
                .session
                .line
                .ask(async |client| {
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

    /// Which of the sets the ledger holds. A set is written whole or not at all, so its first row tells.
    async fn recorded(&mut self, sets: &[WriteSet]) -> Result<Vec<bool>, StorageError> {
        let failed = query_failed("look for operations in the ledger");
        let first = |set: &WriteSet| set.entries.first().map_or(Uuid::nil(), |entry| entry.id.0);
        let wallets: Vec<Uuid> = sets.iter().map(|set| set.wallet.0).collect();
        let places: Vec<i64> = sets.iter().map(|set| set.expected + 1).collect();
        let ids: Vec<Uuid> = sets.iter().map(first).collect();
        let line = &mut self.session.line;
        line.take_warning();
        let row = line
            .ask(async |client| {
                client
                    .query_one(sql::RECORDED, &[&wallets, &places, &ids])
                    .await
            })
            .await
            .map_err(&failed)?;
        if line.take_warning() {
            return Err(StorageError::Unreplicated);
        }
        if row.try_get("is_read_only").map_err(&failed)? {
            return Err(StorageError::ReadOnly);
        }
        let found: Vec<Uuid> = row.try_get("wallets").map_err(failed)?;
        let found: HashSet<Uuid> = found.into_iter().collect();
        Ok(sets
            .iter()
            .map(|set| found.contains(&set.wallet.0))
            .collect())
    }
}

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            cancel(self.session.line.cancel_token(), self.connector);
        }
    }
}
