//! The session locks under which migrations run.
//!
//! 1. The lock is tried every [`TRY_EVERY`], and never waited for inside a statement.
//! 2. After a few seconds a line of the log names the session that has it, and again every [`LOG_EVERY`].
//! 3. Past the limit the start fails, and names it too: a host that died, or a pooler, may keep the lock for ever.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::Client;
use tracing::warn;

use super::MigrateError;
use crate::storage::{query_failed, sql};

const TRY_EVERY: Duration = Duration::from_millis(200);
/// A migration of an empty database takes less.
const LOG_FIRST: Duration = Duration::from_secs(3);
const LOG_EVERY: Duration = Duration::from_secs(15);

/// Takes the lock, waiting as long as `wait`.
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
            warn!(%holder, ?waited, "waiting for another session's lock of migrations");
            log_at = now + LOG_EVERY;
        }
        sleep(TRY_EVERY).await;
    }
}

/// Gives the lock back before the session ends.
pub(super) async fn give_back(client: &Client, lock: i64) -> Result<(), MigrateError> {
    ask(client, sql::MIGRATE_UNLOCK, lock).await.map(drop)
}

async fn ask(client: &Client, statement: &str, lock: i64) -> Result<bool, MigrateError> {
    let failed = |e| MigrateError::Prepare(query_failed("lock the migrations")(e));
    let row = client
        .query_one(statement, &[&lock])
        .await
        .map_err(failed)?;
    row.try_get(0).map_err(failed)
}

/// Describes the session that has the lock.
async fn holder(client: &Client, lock: i64) -> Result<String, MigrateError> {
    let failed = |e| MigrateError::Prepare(query_failed("find who has the lock of migrations")(e));
    let rows = client.query(sql::MIGRATE_LOCK_HOLDER, &[&lock]).await;
    match rows.map_err(failed)?.first() {
        Some(row) => row.try_get("holder").map_err(failed),
        None => Ok("none just now".to_owned()),
    }
}
