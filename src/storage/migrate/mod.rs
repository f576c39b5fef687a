//! Migrations: numbered SQL files under `sql/migrations`, embedded in the binary, and between them and after them what no
//! transaction can do (see [`emails`] and [`online`]).
//!
//! 1. The database's encoding is checked, the schema that has the tables is found, and sessions use that alone.
//! 2. The history of migrations is read. If it ends with the program's last one and nothing of [`online`] is left, that
//!    was all: no lock, no DDL, so a role that may change nothing can serve. A history with a migration that this program
//!    does not know is of a newer one, and refused.
//! 3. Otherwise a session lock of the database lets one process migrate at a time (see [`lock`]); the others wait, and
//!    then find nothing to do.
//! 4. The files run, each in a transaction of its own. One that does not get its locks at once gives them up, so that no
//!    writer queues behind it, and is tried again.
//! 5. What [`emails`] and [`online`] do is done under a lock of its own: an older program that waits for the first lock has
//!    a snapshot while it waits, and building an index waits for every snapshot. The files that need [`emails`] done run
//!    under both locks.

mod emails;
mod lock;
mod online;

use std::error::Error;
use std::time::Duration;

use refinery::Target;
use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};
use tracing::info;

use self::emails::SharedEmails;
use super::schema::SchemaError;
use super::{Database, StorageError, query_failed, sql};

mod files {
    refinery::embed_migrations!("sql/migrations");
}

/// The advisory lock's number: any that nothing else of this database uses.
const LOCK: i64 = 0x77_61_6c_6c_65_74;
/// Of the steps beside the files.
const ONLINE_LOCK: i64 = LOCK + 1;
/// Before what did not get its locks within 200 ms is tried again: meanwhile the writers that queued behind it go on.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("could not prepare the migrations")]
    Prepare(#[source] StorageError),
    #[error(transparent)]
    Schema(SchemaError),
    #[error("could not migrate the database")]
    Run(#[source] refinery::Error),
    #[error(
        "the database has seen migration {database} and this program knows {program} at most: \
         run a newer wallet-engine"
    )]
    DatabaseIsNewer { database: i32, program: i32 },
    #[error(
        "another session has held the lock of migrations for {waited:?}: {holder}; \
         end it, or raise WALLET_MIGRATE_WAIT_S"
    )]
    Locked { holder: String, waited: Duration },
    #[error(transparent)]
    SharedEmails(SharedEmails),
    #[error("could not {step}")]
    Online {
        step: String,
        #[source]
        source: tokio_postgres::Error,
    },
}

impl Database {
    /// Brings the schema up to date; returns how many migrations that took.
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
        // Each lock ends with the session, however this ends.
        lock::take(&client, LOCK, wait).await?;
        emails::check(&client).await?;
        let mut applied = run(&mut client, Target::Version(emails::BEFORE), wait).await?;
        lock::give_back(&client, LOCK).await?;
        lock::take(&client, ONLINE_LOCK, wait).await?;
        online::limit_waits(&client, wait).await?;
        emails::make_unique(&client).await?;
        lock::take(&client, LOCK, wait).await?;
        applied += run(&mut client, Target::Latest, wait).await?;
        lock::give_back(&client, LOCK).await?;
        online::finish(&mut client, wait).await?;
        lock::give_back(&client, ONLINE_LOCK).await?;
        Ok(applied)
    }

    async fn migrating_session(&self) -> Result<Client, MigrateError> {
        // A migration takes the time that it takes.
        let settings = self.sessions.connector().settings().patient();
        let settings = settings
            .with("statement_timeout", 0)
            .with("lock_timeout", 0);
        let client = self.sessions.connect(&settings).await;
        client.map_err(MigrateError::Prepare)
    }
}

/// Whether the history is this program's. A migration whose text differs from the one that was applied is left to refinery,
/// which names it.
pub(super) async fn has_seen_all(client: &Client) -> Result<bool, StorageError> {
    let known = known();
    Ok(history(client)
        .await?
        .is_some_and(|applied| applied == known))
}

/// Whether nothing is to be done.
async fn is_up_to_date(client: &Client) -> Result<bool, MigrateError> {
    let applied = history(client).await.map_err(MigrateError::Prepare)?;
    let Some(applied) = applied else {
        return Ok(false);
    };
    refuse_newer(applied.last().map(|(version, ..)| *version))?;
    Ok(applied == known() && online::is_finished(client).await?)
}

/// Version, name and checksum of a migration.
type Applied = (i32, String, String);

/// The migrations of this program, in order.
fn known() -> Vec<Applied> {
    let runner = files::migrations::runner();
    let files = runner.get_migrations().iter();
    let mut known: Vec<_> = files
        .map(|file| {
            (
                file.version(),
                file.name().to_owned(),
                file.checksum().to_string(),
            )
        })
        .collect();
    known.sort();
    known
}

/// The migrations that the database has seen, in order; `None`: there never was any.
async fn history(client: &Client) -> Result<Option<Vec<Applied>>, StorageError> {
    let failed = query_failed("read the history of migrations");
    let found = client.query_one(sql::MIGRATE_HAS_HISTORY, &[]).await;
    if !found
        .and_then(|row| row.try_get("has_history"))
        .map_err(&failed)?
    {
        return Ok(None);
    }
    let rows = client
        .query(sql::MIGRATE_HISTORY, &[])
        .await
        .map_err(&failed)?;
    let applied = |row: &Row| {
        Ok((
            row.try_get("version")?,
            row.try_get("name")?,
            row.try_get("checksum")?,
        ))
    };
    let applied = rows.iter().map(applied).collect::<Result<_, _>>();
    applied.map(Some).map_err(failed)
}

fn refuse_newer(database: Option<i32>) -> Result<(), MigrateError> {
    let runner = files::migrations::runner();
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
    let mut applied = 0;
    loop {
        // Missing ones are ours to name: refinery says which file it lacks, not what to do.
        let runner = files::migrations::runner()
            .set_abort_missing(false)
            .set_target(target);
        match runner.run_async(client).await {
            Ok(report) => {
                applied += report.applied_migrations().len();
                log(report.applied_migrations());
                break;
            }
            Err(error) if is_for_now(&error) && began.elapsed() < wait => {
                let before = error.report().map(refinery::Report::applied_migrations);
                applied += before.map_or(0, Vec::len);
                log(before.map_or(&[], Vec::as_slice));
                sleep(RETRY_PAUSE).await;
            }
            Err(error) => return Err(MigrateError::Run(error)),
        }
    }
    let last = files::migrations::runner()
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

/// Whether a lock was not to be had now, and may be later.
fn is_for_now(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let database = error.downcast_ref::<tokio_postgres::Error>();
        if let Some(code) = database.and_then(tokio_postgres::Error::code) {
            return [
                SqlState::LOCK_NOT_AVAILABLE,
                SqlState::T_R_DEADLOCK_DETECTED,
            ]
            .contains(code);
        }
        cause = error.source();
    }
    false
}
