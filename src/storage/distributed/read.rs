//! Reads of wallets on the nodes that hold them.

use futures_util::FutureExt;
use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};
use uuid::Uuid;

use super::cluster::Cluster;
use super::guard::{GUARDED, Guard, Guarded, is_elsewhere, simple};
use super::node::Node;
use crate::domain::WalletId;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::pipeline::in_order;
use crate::storage::placement::ShardTables;

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// How often a read looks where its shard is: a shard that moves is somewhere else once.
const ATTEMPTS: usize = 3;

/// What is to be read on one node, in one transaction: statements on the tables of shards.
struct Reading<'a> {
    statement: &'static str,
    parts: Vec<(ShardTables, Parameters<'a>)>,
}

impl Cluster {
    /// Returns the rows of a statement that reads one wallet, and the incarnation of the cluster in which they were read.
    pub async fn rows_of_wallet(
        &self,
        doing: &'static str,
        wallet: WalletId,
        statement: &'static str,
        parameters: Parameters<'_>,
    ) -> Result<(Vec<Row>, u64), StorageError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let incarnation = self.incarnation();
            let known = self.known();
            let (shard, node) = known.find(wallet)?;
            let reading = Reading {
                statement,
                parts: vec![(shard.tables, parameters)],
            };
            match reading.on(node).await {
                Err(Unread::Elsewhere) if attempt < ATTEMPTS => self.refresh().await?,
                // Read in another incarnation than it began in: it is read again.
                Ok(_) if attempt < ATTEMPTS && self.incarnation() != incarnation => {}
                read => return Ok((read.map_err(|error| error.into(doing))?, incarnation)),
            }
        }
    }

    /// Returns the rows of a statement whose only parameter are wallets.
    pub async fn rows_of_wallets(
        &self,
        doing: &'static str,
        wallets: &[WalletId],
        statement: &'static str,
    ) -> Result<Vec<Row>, StorageError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let known = self.known();
            let by_node = known.by_node(wallets.iter().copied(), |wallet| *wallet)?;
            let readings = by_node.into_iter().map(|(node, shards)| async move {
                let ids = |wallets: Vec<WalletId>| wallets.into_iter().map(|id| id.0).collect();
                let shards: Vec<(_, Vec<Uuid>)> = shards
                    .into_iter()
                    .map(|(tables, wallets)| (tables, ids(wallets)))
                    .collect();
                let parameters: Vec<_> = shards
                    .iter()
                    .map(|(tables, ids)| (*tables, [ids as &(dyn ToSql + Sync)]))
                    .collect();
                let parts = parameters
                    .iter()
                    .map(|(tables, parameters)| (*tables, &parameters[..]));
                let reading = Reading {
                    statement,
                    parts: parts.collect(),
                };
                reading.on(node).await
            });
            match try_join_all(readings).await {
                Err(Unread::Elsewhere) if attempt < ATTEMPTS => self.refresh().await?,
                read => {
                    let rows = read.map_err(|error| error.into(doing))?;
                    return Ok(rows.into_iter().flatten().collect());
                }
            }
        }
    }
}

/// Why something was not read on a node.
enum Unread {
    /// The node does not have a shard any more.
    Elsewhere,
    Storage(StorageError),
    Query(Error),
}

impl Unread {
    fn into(self, doing: &'static str) -> StorageError {
        match self {
            Self::Elsewhere => StorageError::Moved { doing },
            Self::Storage(error) => error,
            Self::Query(source) => query_failed(doing)(source),
        }
    }
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        if is_elsewhere(&error) {
            Self::Elsewhere
        } else {
            Self::Query(error)
        }
    }
}

impl Reading<'_> {
    async fn on(&self, node: &Node) -> Result<Vec<Row>, Unread> {
        let client = node.sessions.pooled().await.map_err(Unread::Storage)?;
        let guard = Guard::prepare_cached(&client).await?;
        let mut statements: Vec<Statement> = Vec::with_capacity(self.parts.len());
        for (tables, _) in &self.parts {
            let named = tables.named(self.statement);
            match client.prepare_cached(&named).await {
                Ok(statement) => statements.push(statement),
                Err(error) => {
                    if error.as_db_error().is_some() {
                        client.give_back();
                    }
                    return Err(error.into());
                }
            }
        }
        let guarded = Guarded::of(self.parts.iter().map(|(tables, _)| tables), None);
        let mut sent = guard.begin(&client, &guarded);
        for (statement, (_, parameters)) in statements.iter().zip(&self.parts) {
            sent.push(client.query(statement, parameters).boxed());
        }
        sent.push(simple(&client, "COMMIT").boxed());
        let results = in_order(sent).await;
        let is_answered = |result: &Result<_, Error>| {
            result
                .as_ref()
                .map_or_else(|error| error.as_db_error().is_some(), |_| true)
        };
        if results.iter().all(is_answered) {
            client.give_back();
        }
        let results = results.into_iter().collect::<Result<Vec<_>, Error>>()?;
        Ok(results.into_iter().skip(GUARDED).flatten().collect())
    }
}
