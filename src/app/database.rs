//! The database of a command: its own, or that of a running engine.

use std::path::PathBuf;

use super::error::StartError;
use crate::config::{Config, DatabaseAddress};
use crate::embedded::{self, EmbeddedError, PrivatePostgres, RunningServer};
use crate::storage::Database;

/// The database that the configuration names, started if it is the private one.
///
/// # Errors
/// [`StartError::Postgres`], `Database`, `FindSchema`.
pub async fn open_database(
    config: &Config,
) -> Result<(Database, Option<PrivatePostgres>), StartError> {
    let (address, postgres) = if let Some(url) = &config.database.url {
        (url.clone(), None)
    } else {
        let postgres = PrivatePostgres::start(&config.private_postgres)
            .await
            .map_err(StartError::Postgres)?;
        (postgres.connection().into(), Some(postgres))
    };
    let database = database_at(address, config).await?;
    Ok((database, postgres))
}

/// The database that the configuration names, for people: without a password.
#[must_use]
pub fn database_name(config: &Config) -> String {
    match &config.database.url {
        Some(address) => format!("the database {address}"),
        None => format!("the database in {}", data_directory(config).display()),
    }
}

/// Refuses a configuration that names no database and a data directory without one: a command in the wrong directory
/// would work on a new and empty database, and succeed.
///
/// # Errors
/// [`StartError::NoDatabase`], `Postgres`.
pub fn check_database_exists(config: &Config) -> Result<(), StartError> {
    let exists = config.database.url.is_some()
        || embedded::exists(&config.private_postgres).map_err(StartError::Postgres)?;
    if exists {
        Ok(())
    } else {
        Err(StartError::NoDatabase {
            directory: data_directory(config),
        })
    }
}

/// Absolute, where the system knows the current directory.
fn data_directory(config: &Config) -> PathBuf {
    let path = &config.private_postgres.data_dir;
    std::path::absolute(path).unwrap_or_else(|_| path.clone())
}

/// A database that a command works on, also while an engine runs on it with its private PostgreSQL.
pub struct CommandDatabase {
    pub database: Database,
    /// Started for the command, as no engine runs.
    own: Option<PrivatePostgres>,
    /// An engine's, which goes on.
    _running: Option<RunningServer>,
}

impl CommandDatabase {
    /// As [`open_database`], or the database of the engine that has the data directory. Never a new one.
    ///
    /// # Errors
    /// [`StartError::NoDatabase`], `Postgres`, `Database`, `FindSchema`.
    pub async fn open(config: &Config) -> Result<Self, StartError> {
        check_database_exists(config)?;
        let (database, own, running) = match open_database(config).await {
            Ok((database, own)) => (database, own, None),
            Err(StartError::Postgres(EmbeddedError::InUse { .. })) => {
                let running = RunningServer::find(&config.private_postgres);
                let running = running.map_err(StartError::Postgres)?;
                let database = database_at(running.connection().into(), config).await?;
                (database, None, Some(running))
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            database,
            own,
            _running: running,
        })
    }

    /// Stops what was started for it.
    ///
    /// # Errors
    /// The private PostgreSQL does not stop.
    pub async fn close(self) -> Result<(), EmbeddedError> {
        self.database.close().await;
        match self.own {
            Some(postgres) => postgres.stop().await,
            None => Ok(()),
        }
    }
}

/// The database at the address, by the schema that has its tables; refused behind a pooler of transactions or statements.
async fn database_at(address: DatabaseAddress, config: &Config) -> Result<Database, StartError> {
    let database = Database::new(
        address,
        config.database.pool_max,
        config.engine.committers,
        &config.database.limits,
    );
    let database = database.map_err(StartError::Database)?;
    let sessions = database.check_sessions().await;
    sessions.map_err(StartError::Database)?;
    let found = database.find_schema().await;
    found.map_err(StartError::FindSchema)?;
    let distribution = database.find_distribution().await;
    distribution.map_err(StartError::Database)?;
    Ok(database)
}
