//! The epoch of the feed: on which base a session's transaction numbers are positions (`V16__feed.sql`).
//!
//! A session stays in one run of one server, so its base stays the same. The first session of a run begins the epoch.

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

const DOING: &str = "find the epoch of the feed";
