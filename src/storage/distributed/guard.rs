//! What precedes everything on a node: its shards stay where they are, and are there.
//!
//! Both statements are sent in one round trip with what follows. The lock is that of Citus' own writes, which a move of a shard waits
//! for before it changes the catalogue; the look is an error if a shard has moved, so that what follows is not executed.

use deadpool_postgres::ClientWrapper;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

use crate::storage::feed_epoch;
use crate::storage::placement::ShardTables;
use crate::storage::sql;

/// Statements that were sent, in order.
pub(super) type Sent<'a> = Vec<BoxFuture<'a, Result<Vec<Row>, Error>>>;

/// How many statements precede what is guarded: BEGIN, the lock and the look.
pub(super) const GUARDED: usize = 3;
/// The place of the look among them.
pub(super) const LOOK: usize = 2;

/// The statements, as a session has prepared them.
#[derive(Clone)]
pub(super) struct Guard {
    locks: Statement,
    checks: Statement,
}

/// What a transaction is guarded against.
pub(super) struct Guarded {
    /// The numbers of the shards: each stands for those that are co-located with it.
    pub shards: Vec<i64>,
    /// The base of the feed that the transaction writes by; `None`: it writes nothing to it.
    pub base: Option<i64>,
}

impl Guard {
    pub async fn prepare(client: &Client) -> Result<Self, Error> {
        let (locks, checks) = tokio::try_join!(
            client.prepare(sql::SHARD_LOCK),
            client.prepare(sql::SHARD_LOOK)
        )?;
        Ok(Self { locks, checks })
    }

    /// As [`prepare`](Self::prepare), on a session of a pool, which prepares them once.
    pub async fn prepare_cached(client: &ClientWrapper) -> Result<Self, Error> {
        Ok(Self {
            locks: client.prepare_cached(sql::SHARD_LOCK).await?,
            checks: client.prepare_cached(sql::SHARD_LOOK).await?,
        })
    }

    /// Begins a transaction.
    pub fn begin<'a>(&'a self, client: &'a Client, guarded: &'a Guarded) -> Sent<'a> {
        let locked = async move {
            let parameters: [&(dyn ToSql + Sync); 2] = [&guarded.shards, &FEED_LOCK];
            client.query(&self.locks, &parameters).await
        };
        let checked = async move {
            let parameters: [&(dyn ToSql + Sync); 2] = [&guarded.shards, &guarded.base];
            client.query(&self.checks, &parameters).await
        };
        vec![
            simple(client, "BEGIN").boxed(),
            locked.boxed(),
            checked.boxed(),
        ]
    }
}

impl Guarded {
    pub fn of<'a>(tables: impl IntoIterator<Item = &'a ShardTables>, base: Option<i64>) -> Self {
        Self {
            shards: tables.into_iter().map(|tables| tables.wallets).collect(),
            base,
        }
    }
}

/// Executes a statement that has no rows.
pub(super) async fn simple(client: &Client, statement: &str) -> Result<Vec<Row>, Error> {
    client.batch_execute(statement).await?;
    Ok(Vec::new())
}

/// The number of the lock that writers of a node share, while nobody raises the base of its feed.
pub(super) const FEED_LOCK: i64 = feed_epoch::LOCK;

/// Returns whether the look failed: a shard has moved, or the base of the feed was raised.
pub(super) fn is_elsewhere(error: &Error) -> bool {
    // The table of a shard that has moved is dropped some time later.
    [&SqlState::DIVISION_BY_ZERO, &SqlState::UNDEFINED_TABLE]
        .iter()
        .any(|code| error.code() == Some(code))
}
