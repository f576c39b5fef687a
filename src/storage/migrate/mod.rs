//! Migrations: numbered SQL files under `sql/migrations`, embedded in the binary, and steps between and after them that cannot
//! run in a transaction (see [`emails`], [`online`] and [`missing_indexes`]).
//!
//! 1. The encoding of the database is checked, the schema of the tables is found, and sessions use that alone.
//! 2. The history of migrations is read. If it is complete and no such step is left, nothing is done: no lock, no DDL, so a role
//!    without the privilege to change the schema can serve. A migration that this program does not know is of a newer version, and
//!    refused.
//! 3. Otherwise an advisory lock lets one process migrate at a time (see [`lock`]); the others wait, and then find nothing to do.
//! 4. Each file runs in a transaction of its own. One that does not get its locks at once is rolled back, so that no writer queues
//!    behind it, and tried again.
//!    Where wallets are distributed, some files have another form (see [`distributed`]).
//! 5. The other steps run under a lock of their own: an older program that waits for the first lock has a snapshot meanwhile, and
//!    building an index concurrently waits for every snapshot. The files that depend on [`emails`] run under both locks.

mod distributed;
mod emails;
mod error;
mod lock;
mod missing_indexes;
mod online;
mod part_search;
mod retry;
mod shared_emails;
mod statements;

use std::time::Duration;

use refinery::Target;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;
use tracing::info;

use super::database::Database;
use super::migration_history::{history, known, runner};
use retry::{RETRY_PAUSE, is_lock_unavailable};

pub use error::MigrateError;

/// The number of the advisory lock; nothing else in the database may use it.
const LOCK: i64 = 0x77_61_6c_6c_65_74;
/// The same for the steps outside of the files.
const ONLINE_LOCK: i64 = LOCK + 1;

impl Database {
    /// Brings the schema up to date; returns how many migrations were applied.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub async fn migrate(&self) -> Result<usize, MigrateError> {
        self.find_schema().await.map_err(MigrateError::Schema)?;
        let mut client = self.migrating_session().await?;
        if is_up_to_date(&client).await? {
            return Ok(0);
        }
        let wait = self.migrate_wait;
        // The locks end with the session at the latest.
        lock::take(&client, LOCK, wait).await?;
        emails::check(&client).await?;
        let mut applied = run(&mut client, Target::Version(emails::BEFORE), wait).await?;
        lock::release(&client, LOCK).await?;
        lock::take(&client, ONLINE_LOCK, wait).await?;
        online::limit_waits(&client, wait).await?;
        emails::make_unique(&client).await?;
        lock::take(&client, LOCK, wait).await?;
        applied += run(&mut client, Target::Latest, wait).await?;
        lock::release(&client, LOCK).await?;
        missing_indexes::build(&client).await?;
        part_search::build(&client).await?;
        online::finish(&mut client, wait).await?;
        lock::release(&client, ONLINE_LOCK).await?;
        Ok(applied)
    }

    /// Returns what [`migrate`](Self::migrate) would do, a word or two each. Changes nothing.
    ///
    /// # Errors
    /// [`MigrateError`]: also if the database is of a newer version.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, MigrateError> {
        self.find_schema().await.map_err(MigrateError::Schema)?;
        let client = self.migrating_session().await?;
        if is_up_to_date(&client).await? {
            return Ok(Vec::new());
        }
        let applied = history(&client).await.map_err(MigrateError::Prepare)?;
        let applied = applied.unwrap_or_default();
        let files = known().into_iter();
        let mut pending: Vec<_> = files
            .filter(|file| !applied.contains(file))
            .map(|(version, name, _)| format!("V{version}__{name}"))
            .collect();
        if pending.is_empty() {
            pending.push("indexes and checks that are made beside writers".to_owned());
        }
        Ok(pending)
    }

    /// Opens a session whose statements may take long.
    pub(super) async fn migrating_session(&self) -> Result<Client, MigrateError> {
        // No timeout: a migration may take long.
        let settings = self.sessions.connector().settings().patient();
        let settings = settings
            .with("statement_timeout", 0)
            .with("lock_timeout", 0);
        let client = self.sessions.connect(&settings).await;
        client.map_err(MigrateError::Prepare)
    }
}

/// Takes the lock under which one process changes the schema at a time, waiting up to `wait`. It ends with the session at the latest.
pub(super) async fn take_lock(client: &Client, wait: Duration) -> Result<(), MigrateError> {
    lock::take(client, LOCK, wait).await
}

/// Releases [`take_lock`]'s lock.
pub(super) async fn release_lock(client: &Client) -> Result<(), MigrateError> {
    lock::release(client, LOCK).await
}

/// Returns whether there is nothing to do.
pub(super) async fn is_up_to_date(client: &Client) -> Result<bool, MigrateError> {
    let applied = history(client).await.map_err(MigrateError::Prepare)?;
    let Some(applied) = applied else {
        return Ok(false);
    };
    refuse_newer(applied.last().map(|(version, ..)| *version))?;
    Ok(applied == known()
        && missing_indexes::is_finished(client).await?
        && part_search::is_finished(client).await?
        && online::is_finished(client).await?)
}

fn refuse_newer(database: Option<i32>) -> Result<(), MigrateError> {
    let runner = runner();
    let versions = runner.get_migrations().iter();
    let program = versions.map(refinery::Migration::version).max();
    let program = program.unwrap_or_default();
    match database {
        Some(database) if database > program => {
            Err(MigrateError::DatabaseIsNewer { database, program })
        }
        _ => Ok(()),
    }
}

async fn run(client: &mut Client, target: Target, wait: Duration) -> Result<usize, MigrateError> {
    let began = Instant::now();
    let mut applied = distributed::run(client, target, wait).await?;
    loop {
        // Missing migrations are reported by `refuse_newer`: refinery names the file, not what to do.
        let runner = runner().set_abort_missing(false).set_target(target);
        match runner.run_async(client).await {
            Ok(report) => {
                applied += report.applied_migrations().len();
                log(report.applied_migrations());
                break;
            }
            Err(error) if is_lock_unavailable(&error) && began.elapsed() < wait => {
                let before = error.report().map(refinery::Report::applied_migrations);
                applied += before.map_or(0, Vec::len);
                log(before.map_or(&[], Vec::as_slice));
                sleep(RETRY_PAUSE).await;
            }
            Err(error) => return Err(MigrateError::Run(error)),
        }
    }
    let last = runner()
        .get_last_applied_migration_async(client)
        .await
        .map_err(MigrateError::Run)?;
    refuse_newer(last.map(|migration| migration.version()))?;
    Ok(applied)
}

fn log(applied: &[refinery::Migration]) {
    for migration in applied {
        info!(migration.name = %migration, "migrated the database");
    }
}
