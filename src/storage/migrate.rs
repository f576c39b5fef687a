//! Migrations: numbered SQL files under `sql/migrations`, embedded in the binary.
//!
//! Two engines may start at once, so a session lock of the database lets one of them migrate at a time. A
//! database that has seen a migration which this binary does not know is newer than it, and refused.

use tokio_postgres::Client;
use tracing::info;

use super::{Database, StorageError, query_failed};

mod files {
    refinery::embed_migrations!("sql/migrations");
}

/// The advisory lock's number: any that nobody else of this database uses.
const LOCK: i64 = 0x77_61_6c_6c_65_74;

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("could not prepare the migrations")]
    Prepare(#[source] StorageError),
    #[error("could not migrate the database")]
    Run(#[source] refinery::Error),
    #[error(
        "the database has seen migration {database} and this program knows {program} at most: \
         run a newer wallet-engine"
    )]
    DatabaseIsNewer { database: i32, program: i32 },
}

impl Database {
    /// Brings the schema up to date; says how many migrations that took.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub async fn migrate(&self) -> Result<usize, MigrateError> {
        // A migration takes the time that it takes, and waits for another engine's as long.
        let settings = self.sessions.connector().settings().patient();
        let settings = settings
            .with("statement_timeout", 0)
            .with("lock_timeout", 0);
        let client = self.sessions.connector().connect(&settings).await;
        let mut client = client.map_err(MigrateError::Prepare)?;
        client
            .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
            .await
            .map_err(|e| MigrateError::Prepare(query_failed("wait for other migrations")(e)))?;
        // The lock ends with the connection, however this ends.
        run(&mut client).await
    }
}

async fn run(client: &mut Client) -> Result<usize, MigrateError> {
    let runner = files::migrations::runner();
    let program = runner
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .unwrap_or_default();
    // Missing ones are ours to name: refinery says which file it lacks, not what to do.
    let report = runner
        .set_abort_missing(false)
        .run_async(client)
        .await
        .map_err(MigrateError::Run)?;
    let last = files::migrations::runner()
        .get_last_applied_migration_async(client)
        .await
        .map_err(MigrateError::Run)?;
    if let Some(database) = last.map(|migration| migration.version())
        && database > program
    {
        return Err(MigrateError::DatabaseIsNewer { database, program });
    }
    let applied = report.applied_migrations();
    for migration in applied {
        info!(migration.name = %migration, "migrated the database");
    }
    Ok(applied.len())
}
