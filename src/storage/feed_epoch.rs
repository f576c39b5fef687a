//! The epoch of the feed: on which base a session's transaction numbers are positions (`V16__feed.sql`).
//!
//! A session stays in one run of one server, so its base stays the same. The first session of a run begins the epoch.

use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::connect::Session;
use super::error::{StorageError, query_failed};
use super::sql;

/// How often the epoch is looked up; each time either it is there, or this session or another one begins it.
const ATTEMPTS: usize = 3;

/// Returns the base of the present epoch, which it begins if necessary.
pub(super) async fn base(session: &mut Session) -> Result<i64, StorageError> {
    let failed = query_failed(DOING);
    let found = session.connection.run(find_or_begin).await;
    found.map_err(failed)?.ok_or(StorageError::Corrupt {
        what: "the epochs of the feed",
    })
}

/// As [`base`], on a client that something else drives; `None` if there is none even after it was begun.
pub(super) async fn find_or_begin(client: &Client) -> Result<Option<i64>, Error> {
    for _ in 0..ATTEMPTS {
        let found = client.query_typed(sql::FEED_EPOCH, &[]).await?;
        if let Some(row) = found.first() {
            return row.try_get("base").map(Some);
        }
        // Two sessions that begin it at once: the second one waits for the first, and finds its epoch.
        client.execute_typed(sql::FEED_BEGIN, &[]).await?;
    }
    Ok(None)
}

/// Begins the present epoch on the coordinator of a distributed database if necessary.
pub(super) async fn begin_distributed(client: &Client) -> Result<(), Error> {
    if client.query_typed(sql::FEED_EPOCH, &[]).await?.is_empty() {
        let last = last(client).await?;
        let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&last, Type::INT8)];
        let begun = client.execute_typed(sql::FEED_BEGIN_DISTRIBUTED, &parameters);
        begun.await?;
    }
    Ok(())
}

/// Returns the last position that the database has; zero if it has none.
pub(super) async fn last(client: &Client) -> Result<i64, Error> {
    let last = client.query_typed(sql::FEED_LAST, &[]).await?;
    let last = last.first().map(|row| row.try_get(0)).transpose()?;
    Ok(last.unwrap_or_default())
}

/// Returns the base of a node of a distributed database.
///
/// It is the node's own, and is raised when the node's transaction numbers stay behind those of others. A node that was replaced or
/// restored begins far above it: what its predecessor may have written is lost, and its positions do not come again.
pub(super) async fn base_on_node(session: &mut Session) -> Result<i64, StorageError> {
    let failed = query_failed(DOING);
    let found = session.connection.run(async |client: &Client| {
        for _ in 0..ATTEMPTS {
            let newest = match client.query_typed(sql::FEED_NODE_BASE, &[]).await {
                Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
                    client.batch_execute(sql::FEED_NODE_MAKE).await?;
                    continue;
                }
                newest => newest?,
            };
            let last = match newest.first() {
                Some(row) if row.try_get("is_present")? => return row.try_get("base").map(Some),
                Some(_) => 0,
                None => last(client).await?,
            };
            let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&last, Type::INT8)];
            client
                .execute_typed(sql::FEED_NODE_BEGIN, &parameters)
                .await?;
        }
        Ok::<_, Error>(None)
    });
    found.await.map_err(failed)?.ok_or(StorageError::Corrupt {
        what: "the epochs of the feed",
    })
}

/// The number of the lock that writers of a node share, and that whoever raises its base has alone.
pub(super) const LOCK: i64 = 0x77_61_6c_6c_65_76;

const DOING: &str = "find the epoch of the feed";
