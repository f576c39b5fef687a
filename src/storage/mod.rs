//! PostgreSQL: connections, migrations, the [`Journal`](crate::engine::Journal) on it, and the audit.

mod addresses;
pub mod admin;
mod audit;
mod clock;
mod columns;
mod commit_health;
mod connect;
mod durability;
mod history;
mod journal;
mod kept;
mod lane;
mod line;
mod migrate;
mod pool;
mod pooler;
mod readiness;
mod room;
mod schema;
mod server;
mod settings;
mod settle;
mod sql;
mod tls;
mod users;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinError;
use tokio_postgres::error::SqlState;

pub use audit::{Audit, Breach};
pub use migrate::MigrateError;
pub use pool::PoolInUse;
pub use room::Crowded;
pub use schema::{Schema, SchemaError, SchemaFault};
pub use tls::TlsError;

use crate::config::{DatabaseAddress, DatabaseLimits};
use crate::engine::Cause;
use commit_health::CommitHealth;
use connect::Connector;
use lane::Lanes;
use pool::{Pooled, Sessions};
use readiness::LastFound;

/// The database, as everybody above sees it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    sessions: Sessions,
    lanes: Arc<Lanes>,
    commit_health: Arc<CommitHealth>,
    found: Arc<LastFound>,
    /// The longest to wait for another process's migration.
    migrate_wait: Duration,
    /// See [`DatabaseLimits::scan`].
    scan_max: Duration,
}

/// A question to the database that was not answered.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("could not connect to the database")]
    Connect(#[source] tokio_postgres::Error),
    #[error("the database did not let anybody in within {0:?}")]
    ConnectTooSlow(Duration),
    #[error("the database said nothing within {0:?}")]
    Silent(Duration),
    #[error("could not prepare TLS to the database")]
    Tls(#[source] TlsError),
    #[error("could not find the database's host {host}")]
    Resolve {
        host: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the database's address names no host")]
    NoAddress,
    #[error("opening a session panicked")]
    Aborted(#[source] JoinError),
    /// A standby, or a server that was told to take none.
    #[error("the database takes no writes")]
    ReadOnly,
    /// Writing there would be lost.
    #[error(
        "the server is an old primary: it is on timeline {timeline}, and timeline {known} was seen already; \
         if it is right all the same, start the engine again"
    )]
    OldPrimary { timeline: u32, known: u32 },
    #[error(
        "the role may not see its own session in pg_stat_activity, so no write could be settled; \
         sign in as the role that does the work, or GRANT pg_read_all_stats, pg_signal_backend to it"
    )]
    Unseen,
    #[error(
        "sessions are shared: a pooler stands before the database that gives a client another session for each \
         transaction or statement; set its pool_mode to session, or name the database's own address"
    )]
    SharedSessions,
    /// It was cancelled while it waited for a synchronous standby: it is committed here, and maybe nowhere else.
    #[error("the commit did not wait for its standby")]
    Unreplicated,
    #[error("the answer came from a server that is not the database any more")]
    Outdated,
    #[error("no commit has succeeded for {0:?}")]
    Stalled(Duration),
    #[error("all connections of the pool were in use for {0:?}")]
    PoolEmpty(Duration),
    #[error("the pool of connections is closed")]
    PoolClosed,
    #[error("could not make the pool of connections")]
    MakePool(#[source] deadpool::managed::BuildError),
    #[error("could not {doing}")]
    Query {
        doing: &'static str,
        #[source]
        source: tokio_postgres::Error,
    },
    /// The server ended a scan at its limit, or somebody did who saw how long it takes.
    #[error("could not {doing} within {limit:?}")]
    TooLong {
        doing: &'static str,
        limit: Duration,
        #[source]
        source: tokio_postgres::Error,
    },
    /// Only so many of this kind are done at once, and others are at it.
    #[error("could not {doing} while others did")]
    Busy { doing: &'static str },
    /// The schema makes this impossible; somebody changed it, or a row, by hand.
    #[error("the database holds {what} that the engine does not understand")]
    Corrupt { what: &'static str },
}

impl StorageError {
    /// The server's word, if it is the server that said no.
    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Connect(source) | Self::Query { source, .. } | Self::TooLong { source, .. } => {
                source.code()
            }
            _ => None,
        }
    }

    /// Whether a server was reached.
    fn is_from_server(&self) -> bool {
        self.code().is_some()
            || matches!(
                self,
                Self::ReadOnly | Self::OldPrimary { .. } | Self::Unseen
            )
    }

    /// Whether there may be no room for another session: a pooler that is full does not say so, it answers late.
    fn may_lack_room(&self) -> bool {
        self.is_out_of_connections() || matches!(self, Self::ConnectTooSlow(_))
    }

    /// Whether the server has no room for another session of this role.
    fn is_out_of_connections(&self) -> bool {
        self.code() == Some(&SqlState::TOO_MANY_CONNECTIONS)
    }
}

impl From<StorageError> for Cause {
    fn from(error: StorageError) -> Self {
        Arc::new(error)
    }
}

impl Database {
    /// Prepares to use a database; connections are made when they are needed.
    ///
    /// `pool_max` are the connections besides the `committers`' own.
    ///
    /// # Errors
    /// [`StorageError::MakePool`], [`StorageError::Tls`].
    pub fn new(
        address: impl Into<DatabaseAddress>,
        pool_max: usize,
        committers: usize,
        limits: &DatabaseLimits,
    ) -> Result<Self, StorageError> {
        let connector = Connector::new(&address.into(), limits)?;
        let sessions = Sessions::new(connector, pool_max, limits)?;
        // A little less than what a write may take in all, so that a session that is not there is no unknown outcome.
        let lanes = Lanes::new(&sessions, committers, limits.connect * 4 / 5);
        Ok(Self {
            sessions,
            lanes: Arc::new(lanes),
            commit_health: Arc::default(),
            found: Arc::new(LastFound::new(None)),
            migrate_wait: limits.migrate,
            scan_max: limits.scan,
        })
    }

    /// How the pool is used now.
    #[must_use]
    pub fn pool_in_use(&self) -> PoolInUse {
        self.sessions.in_use()
    }

    /// Closes the pool: connections in use end when they are given back. The others have ended when this returns, so that a
    /// server that stops next breaks none.
    pub async fn close(&self) {
        self.sessions.close().await;
    }

    async fn pooled(&self) -> Result<Pooled, StorageError> {
        self.sessions.pooled().await
    }
}

/// Wraps an error of the database with what was being done.
fn query_failed(doing: &'static str) -> impl Fn(tokio_postgres::Error) -> StorageError {
    move |source| StorageError::Query { doing, source }
}
