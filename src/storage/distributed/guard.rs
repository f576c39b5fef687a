//! What precedes everything on a node: its shards stay where they are, and are there.
//!
//! Both statements are sent in one round trip with what follows. The lock is that of Citus' own writes, which a move of a shard waits
//! for before it changes the catalogue; the look is an error if a shard has moved, so that what follows is not executed.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, Statement};

use crate::storage::feed_epoch;
use crate::storage::placement::ShardTables;
use crate::storage::sql;

/// The statements, as a session has prepared them.
#[derive(Clone)]
pub(super) struct Guard {
    pub lock: Statement,
    pub look: Statement,
}

impl Guard {
    pub async fn prepare(client: &Client) -> Result<Self, Error> {
        let (lock, look) = tokio::try_join!(
            client.prepare(sql::SHARD_LOCK),
            client.prepare(sql::SHARD_LOOK)
        )?;
        Ok(Self { lock, look })
    }
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

/// The numbers of the shards, to be locked and looked at: each stands for those that are co-located with it.
pub(super) fn numbers<'a>(tables: impl IntoIterator<Item = &'a ShardTables>) -> Vec<i64> {
    tables.into_iter().map(|tables| tables.wallets).collect()
}
