//! How sessions are opened: under limits, so that nothing waits for a dead peer for ever, and with pauses, so
//! that a database that is away is not hammered, nor taken by storm when it is back.
//!
//! 1. The addresses are tried one after the other, from the one that was good last, each within its own time. One that has
//!    been silent for [`STAGGER`] is not waited for alone: the next is tried beside it. The first good server wins.
//! 2. A server is good when the session on it takes writes and it is not an old primary (see [`server`](super::server)),
//!    whatever `target_session_attrs` says: a standby reports the past.
//! 3. A session's settings are made by statements, not by start-up parameters, which poolers refuse. What the address
//!    sets in `options` stays as it is.
//! 4. While connections fail, every caller waits out a pause before its attempt. It grows from failure to failure up to
//!    [`PAUSE_MAX`], and a random half of it is each caller's own. The first session ends the pauses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::addresses::addresses;
use super::line::Line;
use super::server::{Incarnations, SessionId};
use super::settings::Settings;
use super::{StorageError, query_failed, sql, tls};
use crate::config::{DatabaseAddress, DatabaseLimits};

/// The first pause after a failure.
const PAUSE_MIN: Duration = Duration::from_millis(20);
/// The longest; a database that is back is noticed as fast.
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// How long a silent address is waited for alone.
const STAGGER: Duration = Duration::from_secs(1);

/// The database's address with every limit of the connection that it does not set itself.
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
    // A socket of this machine's speaks no TLS, and asking it every time would take a round trip.
    let is_local = |host: &Host| matches!(host, Host::Unix(_));
    if config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(is_local) {
        config.ssl_mode(SslMode::Disable);
    }
    config
}

/// Opens every session on one database. Cheap to clone; clones share what they learn.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
    settings: Settings,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    incarnations: Incarnations,
    /// The schema that has the tables, once it was found.
    schema: OnceLock<String>,
    /// The address that was good last, by its place.
    preferred: AtomicUsize,
    failures: Mutex<Failures>,
    /// What drives the connections that their callers do not drive themselves.
    driven: TaskTracker,
}

/// The failures since the last session that was opened.
#[derive(Default)]
struct Failures {
    last: Option<Instant>,
    pause: Duration,
}

/// A session on a server that takes writes.
pub(super) struct Session {
    pub line: Line,
    pub id: SessionId,
    /// See [`Incarnations`].
    pub incarnation: u64,
}

impl Session {
    /// Whether it can be used: it is open, and the database is the one that it was opened on.
    pub fn is_usable(&mut self, connector: &Connector) -> bool {
        self.incarnation == connector.incarnations().number() && !self.line.is_closed()
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

    /// What every session has unless it needs something else.
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    pub fn tls(&self) -> &MakeRustlsConnect {
        &self.tls
    }

    pub fn incarnations(&self) -> &Incarnations {
        &self.shared.incarnations
    }

    pub fn driven(&self) -> &TaskTracker {
        &self.shared.driven
    }

    pub fn has_schema(&self) -> bool {
        self.shared.schema.get().is_some()
    }

    /// Every later session uses the tables of this schema alone.
    pub fn pin_schema(&self, schema: String) {
        // Two that pin have found the same one.
        let _ = self.shared.schema.set(schema);
    }

    /// Opens a session that its caller drives.
    pub async fn open(&self, settings: &Settings) -> Result<Session, StorageError> {
        if let Some(pause_over) = self.pause_over() {
            sleep_until(pause_over).await;
        }
        let began = Instant::now();
        let opened = self.open_first_good(settings).await;
        match &opened {
            Ok(_) => self.count(began, true),
            // The server is there; what is missing is room, which a pause does not make.
            Err(error) if error.is_out_of_connections() => {}
            Err(_) => self.count(began, false),
        }
        opened
    }

    async fn open_first_good(&self, settings: &Settings) -> Result<Session, StorageError> {
        let mut addresses = addresses(&self.config).await?;
        let preferred = self.shared.preferred.load(Ordering::Relaxed);
        addresses.sort_by_key(|address| address.place != preferred);
        let mut waiting = addresses.into_iter();
        let mut attempts = FuturesUnordered::new();
        let mut failure = None;
        loop {
            if let Some(address) = waiting.next() {
                attempts.push(async move {
                    let opened = self.open_at(&address.config, settings).await;
                    opened.map(|session| (address.place, session))
                });
            }
            let alone = async {
                if waiting.len() == 0 {
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
            if attempts.is_empty() && waiting.len() == 0 {
                return Err(failure.unwrap_or(StorageError::NoAddress));
            }
        }
    }

    /// Opens a session on the one address of this configuration, within the address's own time.
    async fn open_at(&self, config: &Config, settings: &Settings) -> Result<Session, StorageError> {
        let limit = config.get_connect_timeout().copied();
        let Some(limit) = limit.filter(|limit| !limit.is_zero()) else {
            return self.greet(config, settings).await;
        };
        // tokio-postgres 0.7.18 bounds the socket alone; a server that is frozen accepts, and is silent.
        let opened = timeout(limit, self.greet(config, settings)).await;
        opened.map_err(|_| StorageError::ConnectTooSlow(limit))?
    }

    async fn greet(&self, config: &Config, settings: &Settings) -> Result<Session, StorageError> {
        let mut config = config.clone();
        settings.apply_to(&mut config);
        let connected = config.connect(self.tls.clone()).await;
        let (client, connection) = connected.map_err(StorageError::Connect)?;
        let mut line = Line::new(client, connection);
        let set = settings.statements(self.shared.schema.get().map(String::as_str));
        let guards = settings.guards();
        let greeted = line.ask(async |client| {
            // One round trip: all are sent before any is waited for.
            tokio::join!(
                client.batch_execute(&set),
                client.batch_execute(&guards),
                client.query_typed(sql::SESSION_IDENTITY, &[])
            )
        });
        // Not every server's system can guard; the session is as good without.
        let (set, _, identity) = greeted.await;
        set.map_err(query_failed("make the settings of a session"))?;
        let rows = identity.map_err(query_failed("learn which server this is"))?;
        let id = SessionId::read(rows.first().ok_or(StorageError::Unseen)?)?;
        let incarnation = self.shared.incarnations.meet(id.server)?;
        Ok(Session {
            line,
            id,
            incarnation,
        })
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
            // Of attempts at the same time, all of which fail, the first lengthens the pause.
            if failures.last.is_none_or(|last| began > last) {
                failures.pause = (failures.pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
            }
            failures.last = Some(Instant::now());
        }
    }
}

/// Which of two addresses' errors says more: a server that answered is nearer than one that is not there.
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
