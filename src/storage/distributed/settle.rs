//! Settling a write on a node. The session that wrote is one of the node's own: once it is gone, nothing of it can land any more, as on
//! one PostgreSQL.

use futures_util::FutureExt;
use tokio_postgres::Error;

use super::cluster::Cluster;
use super::guard::{GUARDED, Guard, Guarded, is_elsewhere, simple};
use super::node::Node;
use crate::engine::WriteSet;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::pipeline::in_order;
use crate::storage::placement::{Group, ShardTables};
use crate::storage::settling::{RecordedAt, Settling, Sought, recorded_at};
use crate::storage::sql;

const DOING: &str = "query the ledgers of a node for operations";

impl Cluster {
    pub async fn settle_on_node(
        &self,
        group: Group,
        session: usize,
        sets: &[WriteSet],
    ) -> Result<RecordedAt, StorageError> {
        let known = self.known();
        let node = known.node(group).ok_or(StorageError::Corrupt {
            what: "a placement of shards",
        })?;
        let attempt = node.health.settle();
        let settled = node.commit_sessions.get(session).settle(async |unsettled| {
            if let Some(written_by) = unsettled {
                let mut settling = Settling::open(&node.sessions).await?;
                settling.terminate(&written_by).await?;
                settling.done();
            }
            self.recorded(sets).await
        });
        let recorded = settled.await?;
        attempt.succeed();
        Ok(recorded)
    }

    /// Returns since when the ledgers have the sets, asked on the nodes that have them now.
    pub(super) async fn recorded(&self, sets: &[WriteSet]) -> Result<RecordedAt, StorageError> {
        let known = self.known();
        let mut recorded = RecordedAt::new();
        for (node, shards) in known.by_node(sets, |set| set.wallet())? {
            let shards: Vec<_> = shards
                .into_iter()
                .map(|(tables, sets)| (tables, Sought::of(sets)))
                .collect();
            match recorded_on(node, &shards).await {
                Err(StorageError::Moved { doing }) => {
                    self.set_outdated();
                    return Err(StorageError::Moved { doing });
                }
                found => recorded.extend(found?),
            }
        }
        Ok(recorded)
    }
}

async fn recorded_on(
    node: &Node,
    shards: &[(ShardTables, Sought)],
) -> Result<RecordedAt, StorageError> {
    let mut settling = Settling::open(&node.sessions).await?;
    let guarded = Guarded::of(shards.iter().map(|(tables, _)| tables), None);
    let connection = &mut settling.session.connection;
    connection.take_warning();
    let results = connection
        .run(async |client| {
            let guard = Guard::prepare(client).await?;
            let mut statements = Vec::with_capacity(shards.len());
            for (tables, _) in shards {
                statements.push(client.prepare(&tables.named(sql::RECORDED)).await?);
            }
            let sought: Vec<_> = shards
                .iter()
                .map(|(_, sought)| sought.parameters())
                .collect();
            let mut sent = guard.begin(client, &guarded);
            for (statement, sought) in statements.iter().zip(&sought) {
                sent.push(client.query(statement, sought).boxed());
            }
            sent.push(simple(client, "COMMIT").boxed());
            let results = in_order(sent).await;
            results.into_iter().collect::<Result<Vec<_>, Error>>()
        })
        .await;
    let results = results.map_err(|error| {
        if is_elsewhere(&error) {
            StorageError::Moved { doing: DOING }
        } else {
            query_failed(DOING)(error)
        }
    })?;
    if connection.take_warning() {
        return Err(StorageError::Unreplicated);
    }
    let mut recorded = RecordedAt::new();
    for row in results.iter().skip(GUARDED).flatten() {
        recorded.extend(recorded_at(row)?);
    }
    settling.done();
    Ok(recorded)
}
