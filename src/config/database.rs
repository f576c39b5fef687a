//! The external database, and the limits of waiting for it.

use std::time::Duration;

use super::address::DatabaseAddress;
use super::source::Reader;

/// Where the database is, and with what limits it is used.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// `None`: the private PostgreSQL.
    pub url: Option<DatabaseAddress>,
    /// Connections for everything but the committers.
    pub pool_max: usize,
    pub limits: DatabaseLimits,
}

impl std::fmt::Debug for DatabaseConfig {
    /// The address may hold a password, so only whether there is one is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("url", &self.url.as_ref().map(|_| "hidden"))
            .field("pool_max", &self.pool_max)
            .field("limits", &self.limits)
            .finish()
    }
}

/// Long enough for another engine to build an index of a large ledger.
const MIGRATE: Duration = Duration::from_secs(300);
/// Longer than an operation may take: the panel may wait, within a limit.
const SCAN: Duration = Duration::from_secs(20);

/// How long to wait for the database, and for what.
///
/// The server's lock timeout is shorter than its statement timeout, and both are shorter than the engine's wait for the
/// server, so that a slow response usually has a clear outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseLimits {
    /// A new connection, until its first statement can be sent.
    pub connect: Duration,
    /// The idle time of a TCP connection before the first keepalive probe.
    pub keepalive: Duration,
    /// The time for sent data to be acknowledged before the connection is closed.
    pub tcp_user: Duration,
    /// PostgreSQL's `lock_timeout`.
    pub lock: Duration,
    /// PostgreSQL's `statement_timeout`.
    pub statement: Duration,
    /// The same for a statement of the panel's that reads a whole table.
    pub scan: Duration,
    /// A connection of the pool while all are in use.
    pub pool: Duration,
    /// Another process's migration.
    pub migrate: Duration,
}

impl DatabaseLimits {
    /// The limits that suit requests which wait as long as `wait`.
    #[must_use]
    pub fn of(wait: Duration) -> Self {
        Self {
            connect: wait / 2,
            keepalive: wait,
            tcp_user: wait,
            lock: wait / 4,
            statement: wait / 3,
            scan: SCAN,
            pool: wait,
            migrate: MIGRATE,
        }
    }

    /// What is set, and for the rest what suits `wait`.
    pub(super) fn read(read: &mut Reader<'_>, wait: Duration) -> Self {
        let suitable = Self::of(wait);
        Self {
            connect: read.milliseconds_or("WALLET_DB_CONNECT_MS", suitable.connect),
            keepalive: read.milliseconds_or("WALLET_DB_KEEPALIVE_MS", suitable.keepalive),
            tcp_user: read.milliseconds_or("WALLET_DB_TCP_USER_MS", suitable.tcp_user),
            lock: read.milliseconds_or("WALLET_DB_LOCK_MS", suitable.lock),
            statement: read.milliseconds_or("WALLET_DB_STATEMENT_MS", suitable.statement),
            scan: suitable.scan,
            pool: suitable.pool,
            migrate: read.seconds("WALLET_MIGRATE_WAIT_S", 1..=86_400),
        }
    }
}
