//! Opening sessions: with timeouts, so that nothing waits forever for a dead peer, and with backoff, so that a database that is
//! down is not flooded with attempts, nor when it comes back.
//!
//! 1. The addresses are tried one after the other, starting with the last that worked, each with its own timeout. When one has not
//!    answered for [`STAGGER`], the next is tried concurrently. The first usable server wins.
//! 2. A server is usable when its session is writable and it is not an old primary (see [`server_identity`](super::server_identity)),
//!    whatever `target_session_attrs` says: a standby has past data.
//! 3. Session settings are made by statements, not by startup parameters, which poolers refuse. What the address sets in `options`
//!    stays as it is.
//! 4. While connecting fails, every caller backs off before its attempt. The delay grows with each failure up to [`PAUSE_MAX`], and
//!    half of it is random. The first session that opens resets it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use time::OffsetDateTime;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, Row};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::addresses::{addresses, of_node};
use super::database_clock::DatabaseClock;
use super::driven_connection::DrivenConnection;
use super::error::{StorageError, query_failed};
use super::server_identity::{Incarnations, SessionId};
use super::settings::Settings;
use super::sql;
use super::tls;
use crate::config::{DatabaseAddress, DatabaseLimits};

/// The delay after the first failure.
const PAUSE_MIN: Duration = Duration::from_millis(20);
/// The longest delay, and so the longest until a database that is back is noticed.
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// How long an address may be silent before the next is tried concurrently.
const STAGGER: Duration = Duration::from_secs(1);

/// Returns the address with every connection limit that it does not set itself.
pub(super) fn with_limits(address: &DatabaseAddress, limits: &DatabaseLimits) -> Config {
    let mut config = address.config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(limits.connect);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(limits.tcp_user);
    }
    if !address.sets_keepalives_idle {
        config.keepalives_idle(limits.keepalive);
    }
    if !address.sets_keepalives_interval {
        config.keepalives_interval(limits.keepalive);
    }
    if config.get_application_name().is_none() {
        config.application_name("wallet-engine");
    }
    // PostgreSQL has no TLS on Unix sockets, and asking for it would take a round trip each time.
    let is_local = |host: &Host| matches!(host, Host::Unix(_));
    if config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(is_local) {
        config.ssl_mode(SslMode::Disable);
    }
    config
}

/// Opens all sessions of one database. Cheap to clone; clones share their state.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    settings: Settings,
    shared: Arc<Shared>,
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[derive(Default)]
struct Shared {
    incarnations: Incarnations,
    clock: DatabaseClock,
    /// The schema of the tables, once found.
    schema: OnceLock<String>,
    /// The index of the address that worked last.
    preferred: AtomicUsize,
    failures: Mutex<Failures>,
    /// The tasks that drive connections which their callers do not drive.
    driven: TaskTracker,
    /// Where a node of a distributed database is, which is not where its address leads.
    node: RwLock<Option<NodeAddress>>,
}

/// Where a node is, as the catalogue says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodeAddress {
    pub host: String,
    pub port: u16,
}

/// Failed attempts since the last session was opened.
#[derive(Default)]
struct Failures {
    last: Option<Instant>,
    pause: Duration,
}

/// A session on a server that accepts writes.
pub(super) struct Session {
    pub connection: DrivenConnection,
    pub id: SessionId,
    /// See [`Incarnations`].
    pub incarnation: u64,
}

impl Session {
    /// Returns whether it can be used: it is open, and the database has not changed since.
    pub fn is_usable(&mut self, connector: &Connector) -> bool {
        self.incarnation == connector.incarnations().number() && !self.connection.is_closed()
    }
}

impl Connector {
    pub fn new(address: &DatabaseAddress, limits: &DatabaseLimits) -> Result<Self, StorageError> {
        let config = with_limits(address, limits);
        Ok(Self {
            settings: Settings::of(limits, config.get_options().unwrap_or_default()),
            config,
            tls: tls::connector(&address.certificate).map_err(StorageError::Tls)?,
            shared: Arc::default(),
        })
    }

    /// Returns one that opens sessions of the same kind on a node of the database.
    pub fn of_node(&self, address: NodeAddress) -> Self {
        let shared = Shared {
            schema: self.shared.schema.clone(),
            node: RwLock::new(Some(address)),
            ..Shared::default()
        };
        Self {
            shared: Arc::new(shared),
            ..self.clone()
        }
    }

    /// Leads later sessions to where the node is now.
    pub fn lead_to(&self, address: NodeAddress) {
        let mut node = self
            .shared
            .node
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *node = Some(address);
    }

    /// Returns where the node is; `None` if it is no node.
    pub fn node(&self) -> Option<NodeAddress> {
        let node = self.shared.node.read();
        node.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the default session settings.
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    pub fn tls(&self) -> &MakeRustlsConnect {
        &self.tls
    }

    pub fn incarnations(&self) -> &Incarnations {
        &self.shared.incarnations
    }

    /// Returns the clock of the server that a session was opened on last.
    pub fn clock(&self) -> &DatabaseClock {
        &self.shared.clock
    }

    pub fn driven(&self) -> &TaskTracker {
        &self.shared.driven
    }

    pub fn has_schema(&self) -> bool {
        self.shared.schema.get().is_some()
    }

    /// Makes every later session use this schema alone.
    pub fn pin_schema(&self, schema: String) {
        // Concurrent callers have found the same one.
        let _ = self.shared.schema.set(schema);
    }

    /// Opens a session that its caller drives.
    pub async fn open(&self, settings: &Settings) -> Result<Session, StorageError> {
        if let Some(pause_over) = self.pause_over() {
            sleep_until(pause_over).await;
        }
        let began = Instant::now();
        let opened = self.open_first_usable(settings).await;
        match &opened {
            Ok(_) => self.count(began, true),
            // The server is up, but at its connection limit, for which backing off does not help.
            Err(error) if error.is_out_of_connections() => {}
            Err(_) => self.count(began, false),
        }
        opened
    }

    async fn open_first_usable(&self, settings: &Settings) -> Result<Session, StorageError> {
        let mut addresses = match self.node() {
            Some(node) => addresses(&of_node(&self.config, &node.host, node.port)).await?,
            None => addresses(&self.config).await?,
        };
        let preferred = self.shared.preferred.load(Ordering::Relaxed);
        addresses.sort_by_key(|address| address.place != preferred);
        let mut untried = addresses.into_iter();
        let mut attempts = FuturesUnordered::new();
        let mut failure = None;
        loop {
            if let Some(address) = untried.next() {
                attempts.push(async move {
                    let opened = self.open_at(&address.config, settings).await;
                    opened.map(|session| (address.place, session))
                });
            }
            let alone = async {
                if untried.len() == 0 {
                    std::future::pending::<()>().await;
                }
                sleep(STAGGER).await;
            };
            tokio::select! {
                biased;
                Some(done) = attempts.next() => match done {
                    Ok((place, session)) => {
                        self.shared.preferred.store(place, Ordering::Relaxed);
                        return Ok(session);
                    }
                    Err(error) => failure = Some(worse(failure, error)),
                },
                () = alone => {}
            }
            if attempts.is_empty() && untried.len() == 0 {
                return Err(failure.unwrap_or(StorageError::NoAddress));
            }
        }
    }

    /// Opens a session on the one address of this configuration, within its own timeout.
    async fn open_at(&self, config: &Config, settings: &Settings) -> Result<Session, StorageError> {
        let limit = config.get_connect_timeout().copied();
        let Some(limit) = limit.filter(|limit| !limit.is_zero()) else {
            return self.greet(config, settings).await;
        };
        // tokio-postgres 0.7.18 limits connecting the socket alone; a frozen server accepts connections and never answers.
        let opened = timeout(limit, self.greet(config, settings)).await;
        opened.map_err(|_| StorageError::ConnectTooSlow(limit))?
    }

    async fn greet(&self, config: &Config, settings: &Settings) -> Result<Session, StorageError> {
        let mut config = config.clone();
        settings.apply_to(&mut config);
        let connected = config.connect(self.tls.clone()).await;
        let (client, driven) = connected.map_err(StorageError::Connect)?;
        let mut connection = DrivenConnection::new(client, driven);
        let set = settings.statements(self.shared.schema.get().map(String::as_str));
        let guards = settings.guards();
        let asked = OffsetDateTime::now_utc();
        let greeted = connection.run(async |client| {
            // Pipelined: one round trip.
            tokio::join!(
                client.batch_execute(&set),
                client.batch_execute(&guards),
                client.query_typed(sql::SESSION_IDENTITY, &[])
            )
        });
        // Not every operating system supports these settings.
        let (set, _, identity) = greeted.await;
        set.map_err(query_failed("set up a session"))?;
        let rows = identity.map_err(query_failed("identify the server"))?;
        let (id, incarnation) = self.identify(&rows, asked)?;
        Ok(Session {
            connection,
            id,
            incarnation,
        })
    }

    /// Reads the rows of `session_identity.sql`, which was sent at `asked`: records the server and its clock, and returns the
    /// session's identity and incarnation.
    ///
    /// # Errors
    /// Those of [`SessionId::read`] and [`Incarnations::meet`].
    pub fn identify(
        &self,
        rows: &[Row],
        asked: OffsetDateTime,
    ) -> Result<(SessionId, u64), StorageError> {
        let row = rows.first().ok_or(StorageError::Unseen)?;
        let id = SessionId::read(row)?;
        let incarnation = self.shared.incarnations.meet(id.server)?;
        let clock = row.try_get("clock");
        let clock = clock.map_err(query_failed("read the server's clock"))?;
        self.shared.clock.read(asked, clock);
        Ok((id, incarnation))
    }

    fn pause_over(&self) -> Option<Instant> {
        let failures = self.shared.failures.lock();
        let failures = failures.unwrap_or_else(PoisonError::into_inner);
        let half = failures.pause / 2;
        let jitter = half.mul_f64(f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX));
        failures.last.map(|last| last + half + jitter)
    }

    fn count(&self, began: Instant, connected: bool) {
        let failures = self.shared.failures.lock();
        let mut failures = failures.unwrap_or_else(PoisonError::into_inner);
        if connected {
            *failures = Failures::default();
        } else {
            // Of several concurrent failures, only the first lengthens the delay.
            if failures.last.is_none_or(|last| began > last) {
                failures.pause = (failures.pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
            }
            failures.last = Some(Instant::now());
        }
    }
}

/// Returns the more informative of two errors: that of a server which answered, over one of a server which did not.
fn worse(before: Option<StorageError>, error: StorageError) -> StorageError {
    match before {
        Some(before) if before.is_from_server() && !error.is_from_server() => before,
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_that_the_address_sets_stays_whatever_else_it_sets() {
        let limits = DatabaseLimits::of(Duration::from_secs(12));
        let of = |parameters: &str| {
            let address = format!("host=h {parameters}").parse();
            let config = with_limits(&address.unwrap(), &limits);
            (
                config.get_connect_timeout().map(Duration::as_secs),
                config.get_tcp_user_timeout().map(Duration::as_millis),
                config.get_keepalives_idle().as_secs(),
                config.get_keepalives_interval().map(|time| time.as_secs()),
            )
        };
        for (parameters, found) in [
            ("", (Some(6), Some(12_000), 12, Some(12))),
            ("connect_timeout=20", (Some(20), Some(12_000), 12, Some(12))),
            ("connect_timeout=0", (Some(0), Some(12_000), 12, Some(12))),
            (
                "tcp_user_timeout=5000",
                (Some(6), Some(5_000), 12, Some(12)),
            ),
            ("keepalives_idle=3", (Some(6), Some(12_000), 3, Some(12))),
            (
                "keepalives_interval=4",
                (Some(6), Some(12_000), 12, Some(4)),
            ),
            (
                "keepalives_idle=0 keepalives_interval=0",
                (Some(6), Some(12_000), 7_200, None),
            ),
        ] {
            assert_eq!(of(parameters), found, "{parameters}");
        }
    }
}
