//! PostgreSQL: connections, migrations, the [`Journal`](crate::engine::Journal) on it, and the audit.

pub mod admin;
mod audit;
mod columns;
mod connect;
mod durability;
mod history;
mod journal;
mod lane;
mod line;
mod migrate;
mod pool;
mod readiness;
mod sql;
mod tls;
mod users;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Pool;

pub use audit::{Audit, Breach};
pub use migrate::MigrateError;
pub use tls::TlsError;

use crate::config::{DatabaseAddress, DatabaseLimits};
use crate::engine::Cause;
use connect::Connector;
use lane::Lanes;
use pool::Pooled;
use readiness::LastLook;

/// The database, as everybody above sees it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    connector: Connector,
    pool: Pool,
    lanes: Arc<Lanes>,
    last_look: Arc<LastLook>,
}

/// How many connections the pool has, may have and lends, and how many questions wait for one.
#[derive(Clone, Copy, Debug)]
pub struct PoolInUse {
    pub size: usize,
    pub max: usize,
    pub used: usize,
    pub waiting: usize,
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
    #[error("could not get a connection from the pool")]
    Pool(#[source] deadpool_postgres::PoolError),
    #[error("could not make the pool of connections")]
    MakePool(#[source] deadpool_postgres::BuildError),
    #[error("could not {doing}")]
    Query {
        doing: &'static str,
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
        let pool = pool::pool(&connector, pool_max, limits)?;
        let lanes = Arc::new(Lanes::new(&connector, committers));
        Ok(Self {
            connector,
            pool,
            lanes,
            last_look: Arc::default(),
        })
    }

    /// How the pool is used now.
    #[must_use]
    pub fn pool_in_use(&self) -> PoolInUse {
        let status = self.pool.status();
        PoolInUse {
            size: status.size,
            max: status.max_size,
            used: status.size.saturating_sub(status.available),
            waiting: status.waiting,
        }
    }

    /// Closes the pool: connections in use end when they are given back.
    pub fn close(&self) {
        self.pool.close();
    }

    async fn pooled(&self) -> Result<Pooled, StorageError> {
        Pooled::take(&self.pool).await
    }
}

/// Wraps an error of the database with what was being done.
fn query_failed(doing: &'static str) -> impl Fn(tokio_postgres::Error) -> StorageError {
    move |source| StorageError::Query { doing, source }
}
