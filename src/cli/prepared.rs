//! A database that commands work on beside engines: it is opened, it must be one that engines of this version serve, and it is
//! closed. No database is made here, and none is migrated: where there is none, the command is in the wrong directory, or has the
//! wrong address.

use std::error::Error;

use crate::app::{CommandDatabase, database_name, listed};
use crate::config::Config;
use crate::storage::{Database, SchemaFault, StorageError};

#[derive(Debug, thiserror::Error)]
enum SchemaError {
    #[error("{database} is not one that this program serves: {}", listed(.faults))]
    Unprepared {
        database: String,
        faults: Vec<SchemaFault>,
    },
    #[error("could not compare the schema with this program's")]
    Compare(#[source] StorageError),
}

/// Does the work on the database that the configuration names, also while an engine has its private PostgreSQL.
///
/// # Errors
/// The database's, or those of the work.
pub(super) async fn on_prepared<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Database) -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let opened = CommandDatabase::open(config).await?;
    let done = match check_schema(&opened.database, config).await {
        Ok(()) => work(&opened.database).await,
        Err(error) => Err(error.into()),
    };
    opened.close().await?;
    done
}

/// Refuses a database that no engine of this version has prepared: it may be another one than is meant.
async fn check_schema(database: &Database, config: &Config) -> Result<(), SchemaError> {
    let faults = database.schema_faults().await;
    let faults = faults.map_err(SchemaError::Compare)?;
    if faults.is_empty() {
        return Ok(());
    }
    Err(SchemaError::Unprepared {
        database: database_name(config),
        faults,
    })
}
