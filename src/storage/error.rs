//! Errors of the database.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinError;
use tokio_postgres::error::SqlState;

use super::tls::TlsError;
use crate::engine::Cause;

/// Why the database did not do what was requested.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("could not connect to the database")]
    Connect(#[source] tokio_postgres::Error),
    #[error("timed out connecting to the database after {0:?}")]
    ConnectTooSlow(Duration),
    #[error("the database did not respond within {0:?}")]
    Silent(Duration),
    #[error("could not prepare TLS to the database")]
    Tls(#[source] TlsError),
    #[error("could not resolve the database's host {host}")]
    Resolve {
        host: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the database's address names no host")]
    NoAddress,
    #[error("opening a session panicked")]
    Aborted(#[source] JoinError),
    /// A standby, or a server that is set to read-only.
    #[error("the database does not accept writes")]
    ReadOnly,
    /// Writing there would be lost.
    #[error(
        "the server is an old primary: it is on timeline {timeline}, and timeline {known} exists already; \
         if this is intended, restart the engine"
    )]
    OldPrimary { timeline: u32, known: u32 },
    #[error(
        "the role cannot see its own session in pg_stat_activity, so no write could be settled; \
         log in as the role that owns the tables, or GRANT pg_read_all_stats, pg_signal_backend to it"
    )]
    Unseen,
    #[error(
        "the connection goes through a pooler in transaction or statement mode, which is not supported; \
         set its pool_mode to session, or use the address of the database itself"
    )]
    SharedSessions,
    /// It was cancelled while it waited for a synchronous standby: it is committed on the primary, and perhaps nowhere else.
    #[error("the commit was not confirmed by a synchronous standby")]
    Unreplicated,
    #[error("the session that had locked the wallet is closed")]
    LockLost,
    #[error("the response came from a server that is no longer the primary")]
    Outdated,
    #[error("no commit has succeeded for {0:?}")]
    Stalled(Duration),
    #[error("no connection of the pool became free within {0:?}")]
    PoolEmpty(Duration),
    #[error("the connection pool is closed")]
    PoolClosed,
    #[error("could not create the connection pool")]
    MakePool(#[source] deadpool::managed::BuildError),
    #[error("could not {doing}")]
    Query {
        doing: &'static str,
        #[source]
        source: tokio_postgres::Error,
    },
    /// The server cancelled a scan at its time limit, or an administrator did.
    #[error("could not {doing} within {limit:?}")]
    TooLong {
        doing: &'static str,
        limit: Duration,
        #[source]
        source: tokio_postgres::Error,
    },
    /// The limit of concurrent requests of this kind is reached.
    #[error("could not {doing}: too many at once")]
    Busy { doing: &'static str },
    /// A shard is being moved to another node.
    #[error("could not {doing}: its shard is moving to another node")]
    Moved { doing: &'static str },
    /// A guard missed on one of the shards.
    #[error("linked wallets of several shards were not all as expected")]
    Torn,
    /// Nobody has said yet whether it is to be committed, or the coordinator could not say it to the node.
    #[error("a transaction is still prepared on a node")]
    StillPrepared,
    /// A node of a distributed database failed what the coordinator asked of it.
    #[error("could not {doing}: a node responded {message:?}")]
    Node {
        doing: &'static str,
        message: String,
    },
    /// Transactions that may be on one node and not yet on another did not end.
    #[error("could not {doing}: transactions over several nodes did not end within {limit:?}")]
    Undecided {
        doing: &'static str,
        limit: Duration,
    },
    /// The constraints make this impossible, unless the schema or a row was changed by hand.
    #[error("the database has {what} that the engine cannot read")]
    Corrupt { what: &'static str },
}

impl StorageError {
    /// Returns the SQLSTATE, if the server reported the error.
    pub(super) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Connect(source) | Self::Query { source, .. } | Self::TooLong { source, .. } => {
                source.code()
            }
            _ => None,
        }
    }

    /// Returns whether a server was reached.
    pub(super) fn is_from_server(&self) -> bool {
        self.code().is_some()
            || matches!(
                self,
                Self::ReadOnly | Self::OldPrimary { .. } | Self::Unseen
            )
    }

    /// Returns whether the connection limit may be reached: a full pooler reports nothing, and makes clients wait.
    pub(super) fn may_be_out_of_connections(&self) -> bool {
        self.is_out_of_connections() || matches!(self, Self::ConnectTooSlow(_))
    }

    /// Returns whether the server is at its connection limit for this role.
    pub(super) fn is_out_of_connections(&self) -> bool {
        self.code() == Some(&SqlState::TOO_MANY_CONNECTIONS)
    }
}

impl From<StorageError> for Cause {
    fn from(error: StorageError) -> Self {
        Arc::new(error)
    }
}

/// Adds what was being done to an error of the database.
pub(super) fn query_failed(doing: &'static str) -> impl Fn(tokio_postgres::Error) -> StorageError {
    move |source| StorageError::Query { doing, source }
}
