//! Why the application could not start, and why it did not stop cleanly.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::Mistakes;
use crate::embedded::EmbeddedError;
use crate::engine::{Pending, StopTimedOut};
use crate::storage::{MigrateError, SchemaError, SchemaFault, SessionShortage, StorageError};

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("could not start the private PostgreSQL")]
    Postgres(#[source] EmbeddedError),
    #[error(
        "there is no database in {}; set WALLET_DATA_DIR to the engine's data directory, or DATABASE_URL",
        directory.display()
    )]
    NoDatabase { directory: PathBuf },
    #[error("could not prepare the database")]
    Database(#[source] StorageError),
    #[error(
        "{} is {}, but the engine needs {} connections: raise it, or lower WALLET_COMMITTERS",
        .0.limit, .0.sessions, .0.needed
    )]
    SessionShortage(SessionShortage),
    #[error(transparent)]
    FindSchema(SchemaError),
    #[error("could not bring the database up to date")]
    Migrate(#[source] MigrateError),
    #[error("the schema is not as the migrations made it: {}", listed(.0))]
    Schema(Vec<SchemaFault>),
    /// Found by [`check_access`](super::check_access).
    #[error(transparent)]
    Settings(Mistakes),
    #[error("could not listen on {address}")]
    Bind {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("could not serve metrics at WALLET_METRICS_BIND")]
    Metrics(#[source] io::Error),
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("the HTTP server failed")]
    Server(#[source] io::Error),
    #[error("the private PostgreSQL ended by itself; its log is in the data directory")]
    PostgresEnded,
    #[error("stopping took too long")]
    StopTimedOut(#[source] StopTimedOut),
    #[error("requests were still in progress at the deadline for stopping")]
    ConnectionsOpen,
    #[error("could not stop the private PostgreSQL")]
    Postgres(#[source] EmbeddedError),
    #[error("a second signal interrupted the stop")]
    SignalledAgain(Pending),
}

/// Lists the faults in one line.
#[must_use]
pub fn listed(faults: &[SchemaFault]) -> String {
    let faults: Vec<_> = faults.iter().map(SchemaFault::to_string).collect();
    faults.join(" | ")
}
