//! Settling a commit over several nodes. That the session of the coordinator is gone proves nothing, nor does an answer of the ledgers
//! (Citus 13.2.2): what it has opened on the nodes may go on, and what is prepared there is seen only once it is committed. So, in this
//! order:
//!
//! 1. The session is ended on the coordinator, and is gone.
//! 2. On every node, what it has opened there is ended, and is gone.
//! 3. What is prepared is committed or rolled back, as the coordinator's record says, and on every node nothing of it is left.
//! 4. Then the ledgers are asked.
//!
//! A node that cannot be asked leaves the outcome unknown. Step 3 needs a superuser, or a role that may execute
//! `recover_prepared_transactions` and has prepared itself what is left.

use tokio::time::sleep;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::cluster::Cluster;
use crate::engine::WriteSet;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::server_identity::SessionId;
use crate::storage::settling::{PAUSE, RecordedAt, Settling};
use crate::storage::sql;

const DOING: &str = "end what is prepared on several nodes";

/// How a session of the coordinator is told on the nodes.
struct Asking {
    /// Of the session that has written.
    pid: i32,
    /// Of this one, and its number in the whole cluster.
    own_pid: i32,
    own_gpid: i64,
    /// Of the coordinator's node.
    group: i32,
}

impl Cluster {
    pub async fn settle_across(
        &self,
        session: usize,
        sets: &[WriteSet],
    ) -> Result<RecordedAt, StorageError> {
        let attempt = self.health.settle();
        let settled = self.commit_sessions.get(session).settle(async |unsettled| {
            if let Some(written_by) = unsettled {
                self.end(&written_by).await?;
            }
            self.recorded(sets).await
        });
        let recorded = settled.await?;
        attempt.succeed();
        Ok(recorded)
    }

    async fn end(&self, written_by: &SessionId) -> Result<(), StorageError> {
        let mut settling = Settling::open(self.coordinator()).await?;
        settling.terminate(written_by).await?;
        let own = row(&mut settling, sql::ACROSS_OWN, &[]).await?;
        let failed = query_failed(DOING);
        let asking = Asking {
            pid: written_by.pid,
            own_pid: own.try_get("pid").map_err(&failed)?,
            own_gpid: own.try_get("gpid").map_err(&failed)?,
            group: own.try_get("group").map_err(&failed)?,
        };
        let known = self.known();
        for node in known.nodes() {
            let mut on_node = Settling::open(&node.sessions).await?;
            let parameters: [&(dyn ToSql + Sync); 3] =
                [&asking.pid, &asking.own_pid, &asking.own_gpid];
            loop {
                let ended = row(&mut on_node, sql::ACROSS_END, &parameters).await?;
                let sessions: i64 = ended.try_get("sessions").map_err(&failed)?;
                if sessions == 0 {
                    break;
                }
                sleep(PAUSE).await;
            }
            on_node.done();
        }
        row(&mut settling, sql::ACROSS_RECOVER, &[]).await?;
        settling.done();
        for node in known.nodes() {
            let mut on_node = Settling::open(&node.sessions).await?;
            let parameters: [&(dyn ToSql + Sync); 2] = [&asking.group, &asking.pid];
            let left = row(&mut on_node, sql::ACROSS_PREPARED, &parameters).await?;
            on_node.done();
            let prepared: i64 = left.try_get("prepared").map_err(&failed)?;
            if prepared > 0 {
                return Err(StorageError::StillPrepared);
            }
        }
        Ok(())
    }
}

async fn row(
    settling: &mut Settling<'_>,
    statement: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Row, StorageError> {
    let connection = &mut settling.session.connection;
    let row = connection.run(|client| client.query_one(statement, parameters));
    row.await.map_err(query_failed(DOING))
}
