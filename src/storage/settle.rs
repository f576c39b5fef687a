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

use time::OffsetDateTime;

use super::commit_session::{CommitSession, Prepare};
use super::database::Database;
use super::error::StorageError;
use super::placement::Group;
use super::settling::{RecordedAt, Settling};
use crate::engine::{SessionNumber, WriteSet};

impl Database {
    /// Returns since when each of the sets is durably in the ledger, if it is.
    pub(super) async fn settle_commit_session(
        &self,
        session: SessionNumber,
        sets: &[WriteSet],
    ) -> Result<Vec<Option<OffsetDateTime>>, StorageError> {
        let recorded = match (self.distribution.cluster(), Group::of_lane(session.lane)) {
            (Some(cluster), Some(group)) => {
                cluster.settle_on_node(group, session.number, sets).await?
            }
            (Some(cluster), None) => cluster.settle_across(session.number, sets).await?,
            (None, _) => match self.commit_sessions.beyond(session.number) {
                None => {
                    let commit_session = self.commit_sessions.get(session.number);
                    self.settle_session(commit_session, sets).await?
                }
                Some(number) => {
                    let commit_session = self.locked_sessions.get(number);
                    self.settle_session(commit_session, sets).await?
                }
            },
        };
        let time = |set: &WriteSet| recorded.get(&set.wallet()).copied();
        Ok(sets.iter().map(time).collect())
    }

    async fn settle_session<P: Prepare>(
        &self,
        commit_session: &CommitSession<P>,
        sets: &[WriteSet],
    ) -> Result<RecordedAt, StorageError> {
        // A commit session that cannot be settled writes nothing: that counts as a failed commit.
        let attempt = self.commit_health.settle();
        let settled = commit_session.settle(async |unsettled| {
            let mut settling = Settling::open(&self.sessions).await?;
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
