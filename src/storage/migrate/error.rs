//! Why a migration failed.

use std::time::Duration;

use super::shared_emails::SharedEmails;
use crate::storage::error::StorageError;
use crate::storage::schema::SchemaError;

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("could not prepare the migrations")]
    Prepare(#[source] StorageError),
    #[error(transparent)]
    Schema(SchemaError),
    #[error("could not migrate the database")]
    Run(#[source] refinery::Error),
    #[error("could not apply {migration} to the distributed database")]
    Distributed {
        migration: String,
        #[source]
        source: tokio_postgres::Error,
    },
    #[error(
        "the database has seen migration {database} and this program knows {program} at most: \
         run a newer wallet-engine"
    )]
    DatabaseIsNewer { database: i32, program: i32 },
    #[error(
        "another session has held the migration lock for {waited:?}: {holder}; \
         terminate it, or raise WALLET_MIGRATE_WAIT_S"
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
