//! Migrations of a database whose wallets are distributed.
//!
//! Citus takes one subcommand an `ALTER TABLE` of a distributed table, among other limits. Files since 23 are written so that they pass; of
//! those before, `sql/distributed` has another form of each that does not. It makes the same tables, and is recorded as the file itself.
//!
//! Each statement is sent by itself. All of a transaction's go to the nodes by one connection each, so that every one sees what those before it did, and a limit
//! of waits that a file sets counts on the nodes as well.

use std::time::Duration;

use refinery::{Migration, Target};
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Error};
use tracing::info;

use super::error::MigrateError;
use super::retry::{RETRY_PAUSE, is_lock_unavailable};
use super::statements::statements;
use crate::storage::error::query_failed;
use crate::storage::migration_history::{history, runner};
use crate::storage::sql;

macro_rules! forms {
    ($($version:literal $name:literal;)+) => {
        /// By the version.
        const FORMS: &[(i32, &str)] = &[
            $(($version, include_str!(concat!("../../../sql/distributed/V", $version, "__", $name, ".sql")))),+
        ];
    };
}

forms! {
    4 "corrections";
    11 "operation_kinds";
    12 "adjustments";
    13 "linked_operations";
    14 "holds";
    16 "feed";
    22 "imports";
}

const BEFORE: [&str; 2] = [
    "SET LOCAL citus.propagate_set_commands TO 'local'",
    "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'",
];

/// Returns whether wallets are distributed.
async fn is_due(client: &Client) -> Result<bool, MigrateError> {
    let failed = |e| MigrateError::Prepare(query_failed("find distributed tables")(e));
    let has_citus = client.query_one(sql::DISTRIBUTED_CATALOGUE, &[]).await;
    let has_citus = has_citus.and_then(|row| row.try_get("has_catalogue"));
    if !has_citus.map_err(failed)? {
        return Ok(false);
    }
    let row = client.query_one(sql::MIGRATE_IS_DISTRIBUTED, &[]).await;
    row.and_then(|row| row.try_get("is_distributed"))
        .map_err(failed)
}

/// Applies the migrations up to the target, if wallets are distributed; returns how many.
pub(super) async fn run(
    client: &mut Client,
    target: Target,
    wait: Duration,
) -> Result<usize, MigrateError> {
    if !is_due(client).await? {
        return Ok(0);
    }
    let began = Instant::now();
    let mut applied = 0;
    for migration in pending(client, target).await? {
        while let Err(error) = apply(client, &migration).await {
            if !(is_lock_unavailable(&error) && began.elapsed() < wait) {
                return Err(MigrateError::Distributed {
                    migration: migration.to_string(),
                    source: error,
                });
            }
            sleep(RETRY_PAUSE).await;
        }
        info!(migration.name = %migration, "migrated the distributed database");
        applied += 1;
    }
    Ok(applied)
}

/// Returns the migrations after the last one that was applied. One that differs from what was applied is left to refinery, which names it.
async fn pending(client: &Client, target: Target) -> Result<Vec<Migration>, MigrateError> {
    let applied = history(client).await.map_err(MigrateError::Prepare)?;
    let last = applied.and_then(|applied| applied.last().map(|(version, ..)| *version));
    let limit = match target {
        Target::Version(version) => version,
        _ => i32::MAX,
    };
    let mut pending = runner().get_migrations().clone();
    pending.retain(|file| Some(file.version()) > last && file.version() <= limit);
    pending.sort_by_key(Migration::version);
    Ok(pending)
}

async fn apply(client: &mut Client, migration: &Migration) -> Result<(), Error> {
    let version = migration.version();
    let form = FORMS.iter().find(|(of, _)| *of == version);
    let text = form.map_or(migration.sql().unwrap_or_default(), |(_, form)| form);
    let transaction = client.transaction().await?;
    for statement in BEFORE.into_iter().chain(statements(text)) {
        transaction.batch_execute(statement).await?;
    }
    let checksum = migration.checksum().to_string();
    transaction
        .execute(
            sql::MIGRATE_RECORD,
            &[&version, &migration.name(), &checksum],
        )
        .await?;
    transaction.commit().await
}
