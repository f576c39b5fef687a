//! How connections are made: under limits, so that nothing waits for a dead peer for ever, and with pauses, so
//! that a database that is away is not hammered, nor taken by storm when it is back.
//!
//! 1. The address gets every limit that it does not set itself, and TLS as it asks for.
//! 2. While connections fail, whoever wants one waits out a pause before the attempt. It grows from failure to
//!    failure up to [`PAUSE_MAX`], and a random half of it is each caller's own.
//! 3. The first connection that is made ends the pauses.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::Connect;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;
use tracing::{debug, warn};
use uuid::Uuid;

use super::StorageError;
use super::line::Line;
use super::tls::{self, DatabaseConnection};
use crate::config::{DatabaseAddress, DatabaseLimits};
use crate::telemetry::chain;

/// The first pause after a failure.
const PAUSE_MIN: Duration = Duration::from_millis(20);
/// The longest; a database that is back is noticed as fast.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// The database's address with every limit that it does not set itself.
pub(super) fn with_limits(config: &Config, limits: &DatabaseLimits) -> Config {
    let mut config = config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(limits.connect);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(limits.tcp_user);
    }
    // An address that asks for no keepalive, or says how often, is taken at its word.
    if config.get_keepalives_interval().is_none() {
        config.keepalives_idle(limits.keepalive);
        config.keepalives_interval(limits.keepalive);
    }
    let timeouts = format!(
        "-c statement_timeout={} -c lock_timeout={}",
        limits.statement.as_millis(),
        limits.lock.as_millis()
    );
    // Options of the address come last, so that they win.
    let options = match config.get_options() {
        Some(given) => format!("{timeouts} {given}"),
        None => timeouts,
    };
    config.options(options);
    if config.get_application_name().is_none() {
        config.application_name("wallet-engine");
    }
    // A socket of this machine's speaks no TLS, and asking it every time would take a round trip.
    let is_local = |host: &Host| matches!(host, Host::Unix(_));
    if config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(is_local) {
        config.ssl_mode(SslMode::Disable);
    }
    config
}

/// Makes every connection to one database. Cheap to clone; clones share their pauses.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    /// The longest that a connection may take, from the pause before it to its first statement.
    limit: Duration,
    failures: Arc<Mutex<Failures>>,
}

/// The failures since the last connection that was made.
#[derive(Default)]
struct Failures {
    last: Option<Instant>,
    pause: Duration,
}

impl Connector {
    pub fn new(address: &DatabaseAddress, limits: &DatabaseLimits) -> Result<Self, StorageError> {
        Ok(Self {
            config: with_limits(&address.config, limits),
            tls: tls::connector(&address.certificate).map_err(StorageError::Tls)?,
            limit: limits.connect,
            failures: Arc::default(),
        })
    }

    /// What connections are made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A connection outside the pool.
    pub async fn connect(&self) -> Result<Client, StorageError> {
        self.connect_with(&self.config).await
    }

    /// A connection outside the pool, with other parameters for the same database.
    pub async fn connect_with(&self, config: &Config) -> Result<Client, StorageError> {
        let (client, connection) = self.open_in_time(config).await?;
        drive(connection);
        Ok(client)
    }

    /// A connection that its user drives, with other parameters for the same database.
    pub async fn line(&self, config: &Config) -> Result<Line, StorageError> {
        let (client, connection) = self.open_in_time(config).await?;
        Ok(Line::new(client, connection))
    }

    async fn open_in_time(
        &self,
        config: &Config,
    ) -> Result<(Client, DatabaseConnection), StorageError> {
        // The address's own limit is of the socket alone; a server that is frozen accepts, and says nothing.
        let opened = timeout(self.limit, self.open(config)).await;
        let opened = opened.map_err(|_| StorageError::ConnectTooSlow(self.limit))?;
        opened.map_err(StorageError::Connect)
    }

    async fn open(&self, config: &Config) -> Result<(Client, DatabaseConnection), Error> {
        if let Some(pause_over) = self.pause_over() {
            sleep_until(pause_over).await;
        }
        let began = Instant::now();
        let connected = config.connect(self.tls.clone()).await;
        self.count(began, connected.is_ok());
        connected
    }

    fn pause_over(&self) -> Option<Instant> {
        let failures = self.failures.lock();
        let failures = failures.unwrap_or_else(PoisonError::into_inner);
        let half = failures.pause / 2;
        let jitter = half.mul_f64(f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX));
        failures.last.map(|last| last + half + jitter)
    }

    fn count(&self, began: Instant, connected: bool) {
        let failures = self.failures.lock();
        let mut failures = failures.unwrap_or_else(PoisonError::into_inner);
        if connected {
            *failures = Failures::default();
        } else {
            // Of attempts at the same time, all of which fail, the first lengthens the pause.
            if failures.last.is_none_or(|last| began > last) {
                let longest = PAUSE_MAX.min(self.limit / 4);
                failures.pause = (failures.pause * 2).max(PAUSE_MIN).min(longest);
            }
            failures.last = Some(Instant::now());
        }
    }
}

impl Connect for Connector {
    /// For the pool, which has a limit of its own for it.
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        let config = config.clone();
        async move {
            let (client, connection) = self.open(&config).await?;
            Ok((client, drive(connection)))
        }
        .boxed()
    }
}

/// Drives the connection in a task of its own until either side ends it.
fn drive(connection: DatabaseConnection) -> JoinHandle<()> {
    tokio::spawn(async move {
        match connection.await {
            Ok(()) => debug!("a connection to the database was closed"),
            Err(error) => warn!(error = %chain(&error), "a connection to the database broke"),
        }
    })
}
