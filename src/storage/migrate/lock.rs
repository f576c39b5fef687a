//! The advisory locks under which migrations run.
//!
//! 1. The lock is tried every [`TRY_EVERY`], and never waited for inside a statement.
//! 2. After a few seconds the session that holds it is logged, and again every [`LOG_EVERY`].
//! 3. After the limit the start fails and names it as well: a host that died, or a pooler, may hold the lock forever.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::Client;
use tracing::warn;

use super::error::MigrateError;
use crate::storage::error::query_failed;
use crate::storage::sql;

const TRY_EVERY: Duration = Duration::from_millis(200);
/// Migrating an empty database takes less.
const LOG_FIRST: Duration = Duration::from_secs(3);
const LOG_EVERY: Duration = Duration::from_secs(15);

/// Takes the lock, waiting up to `wait`.
pub(super) async fn take(client: &Client, lock: i64, wait: Duration) -> Result<(), MigrateError> {
    let began = Instant::now();
    let mut log_at = began + LOG_FIRST.min(wait / 2);
    loop {
        if ask(client, sql::MIGRATE_LOCK, lock).await? {
            return Ok(());
        }
        let now = Instant::now();
        if now >= log_at || now - began >= wait {
            let holder = holder(client, lock).await?;
            let waited = now - began;
            if waited >= wait {
                return Err(MigrateError::Locked {
                    holder,
                    waited: wait,
                });
            }
            warn!(%holder, ?waited, "waiting for another session's migration lock");
            log_at = now + LOG_EVERY;
        }
        sleep(TRY_EVERY).await;
    }
}

/// Releases the lock before the session ends.
pub(super) async fn release(client: &Client, lock: i64) -> Result<(), MigrateError> {
    ask(client, sql::MIGRATE_UNLOCK, lock).await.map(drop)
}

async fn ask(client: &Client, statement: &str, lock: i64) -> Result<bool, MigrateError> {
    let failed = |e| MigrateError::Prepare(query_failed("take the migration lock")(e));
    let row = client
        .query_one(statement, &[&lock])
        .await
        .map_err(failed)?;
    row.try_get(0).map_err(failed)
}

/// Describes the session that holds the lock.
async fn holder(client: &Client, lock: i64) -> Result<String, MigrateError> {
    let failed =
        |e| MigrateError::Prepare(query_failed("find the holder of the migration lock")(e));
    let rows = client.query(sql::MIGRATE_LOCK_HOLDER, &[&lock]).await;
    match rows.map_err(failed)?.first() {
        Some(row) => row.try_get("holder").map_err(failed),
        None => Ok("no session at the moment".to_owned()),
    }
}
