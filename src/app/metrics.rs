//! `/metrics`, in Prometheus' text format, on an address of its own: what is for operators is not for clients.
//!
//! Counters are counted where things happen (`engine/metrics.rs`, `web/metrics.rs`). What there is now is looked at when
//! somebody asks, the database included.
//!
//! Where no address is set and the usual one is taken, the system chooses a port: metrics in an unexpected place, which the
//! start's last line names, are worth more than none. It is no neighbour of the usual port, which may be meant for an
//! engine that is still to start.

mod process;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, web};
use prometheus::core::Collector;
use prometheus::{IntGauge, Registry, TEXT_FORMAT, TextEncoder};
use tracing::error;

use super::server::Limits;
use crate::config::MetricsConfig;
use crate::engine::Engine;
use crate::storage::Database;
use crate::telemetry::metrics::gauge;
use crate::telemetry::{log_collectors, traces};
use process::Process;

/// For the few that read metrics.
const LIMITS: Limits = Limits {
    workers: 1,
    connections_max: 1_000,
    keep_alive: Duration::from_secs(5),
    head: Duration::from_secs(5),
    unread_body: Duration::from_secs(1),
    stop: Duration::from_secs(1),
};

/// Everything that is told.
struct Metrics {
    registry: Registry,
    engine: Engine,
    database: Database,
    now: Now,
    process: Process,
}

/// What there is now.
struct Now {
    actors: IntGauge,
    waiting: IntGauge,
    waiting_max: IntGauge,
    wallets_waited_on: IntGauge,
    pool_size: IntGauge,
    pool_max: IntGauge,
    pool_used: IntGauge,
    pool_waiting: IntGauge,
    database_up: IntGauge,
}

/// The server of `/metrics`.
pub(super) struct MetricsServer {
    pub address: SocketAddr,
    handle: ServerHandle,
}

/// Where metrics are, or why they are nowhere.
pub(super) enum MetricsState {
    Off,
    Served {
        server: MetricsServer,
        /// Where they would be, if that were not another program's.
        taken: Option<SocketAddr>,
    },
    /// Nobody asked for the address, and nothing else can be had.
    Unbound {
        address: SocketAddr,
        error: io::Error,
    },
}

impl MetricsServer {
    /// Serves them, if they are to be served: the engine's and `others`.
    ///
    /// # Errors
    /// The address that was asked for cannot be listened on.
    pub fn start(
        config: MetricsConfig,
        others: Vec<Box<dyn Collector>>,
        engine: &Engine,
        database: &Database,
    ) -> io::Result<MetricsState> {
        let (listener, taken) = match config {
            MetricsConfig::Off => return Ok(MetricsState::Off),
            MetricsConfig::At(address) => (TcpListener::bind(address)?, None),
            MetricsConfig::IfFree(usual) => match bind_near(usual) {
                Ok(listener) => {
                    let taken = (listener.local_addr()? != usual).then_some(usual);
                    (listener, taken)
                }
                Err(error) => {
                    return Ok(MetricsState::Unbound {
                        address: usual,
                        error,
                    });
                }
            },
        };
        let address = listener.local_addr()?;
        let metrics = Metrics::new(others, engine, database).map_err(io::Error::other)?;
        let metrics = web::Data::new(metrics);
        let app = move || {
            App::new()
                .app_data(metrics.clone())
                .route("/metrics", web::get().to(told))
        };
        let server = LIMITS.listen(listener, |_, _| {}, app)?;
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let server = Self { address, handle };
        Ok(MetricsState::Served { server, taken })
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// Listens on the address, or on another port where that one is taken.
fn bind_near(usual: SocketAddr) -> io::Result<TcpListener> {
    match TcpListener::bind(usual) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            TcpListener::bind(SocketAddr::new(usual.ip(), 0))
        }
        bound => bound,
    }
}

async fn told(metrics: web::Data<Metrics>) -> HttpResponse {
    metrics.look().await;
    match TextEncoder::new().encode_to_string(&metrics.registry.gather()) {
        Ok(text) => HttpResponse::Ok().content_type(TEXT_FORMAT).body(text),
        Err(error) => {
            error!(%error, "could not write the metrics");
            HttpResponse::InternalServerError().finish()
        }
    }
}

impl Metrics {
    fn new(
        others: Vec<Box<dyn Collector>>,
        engine: &Engine,
        database: &Database,
    ) -> prometheus::Result<Self> {
        let now = Now::new();
        let mut all = engine.metrics();
        all.extend(others);
        let process = Process::new();
        all.extend(process.collectors());
        all.extend(now.collectors());
        all.extend(traces::collectors());
        all.extend(log_collectors());
        let registry = Registry::new();
        for collector in all {
            registry.register(collector)?;
        }
        Ok(Self {
            registry,
            engine: engine.clone(),
            database: database.clone(),
            now,
            process,
        })
    }

    async fn look(&self) {
        let Self { engine, now, .. } = self;
        let pending = engine.pending();
        let pool = self.database.pool_in_use();
        now.database_up
            .set(i64::from(self.database.answers().await.is_ok()));
        self.process.look();
        for (gauge, value) in [
            (&now.actors, engine.active_wallets()),
            (&now.waiting, pending.operations),
            (&now.waiting_max, engine.inflight_max()),
            (&now.wallets_waited_on, pending.wallets),
            (&now.pool_size, pool.size),
            (&now.pool_max, pool.max),
            (&now.pool_used, pool.used),
            (&now.pool_waiting, pool.waiting),
        ] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
}

impl Now {
    fn new() -> Self {
        Self {
            actors: gauge(
                "wallet_engine_actors",
                "Wallets with an actor, or about to get one",
            ),
            waiting: gauge(
                "wallet_engine_waiting",
                "Operations, registrations and reads that were let in and are not answered",
            ),
            waiting_max: gauge(
                "wallet_engine_waiting_max",
                "As many may wait; past it, 503",
            ),
            wallets_waited_on: gauge(
                "wallet_engine_wallets_waited_on",
                "Wallets with operations in their mailbox, queue or batch",
            ),
            pool_size: gauge("wallet_engine_pool_size", "Connections of the pool"),
            pool_max: gauge(
                "wallet_engine_pool_max",
                "Connections that the pool may have",
            ),
            pool_used: gauge("wallet_engine_pool_used", "Connections of the pool in use"),
            pool_waiting: gauge(
                "wallet_engine_pool_waiting",
                "Questions that wait for a connection of the pool",
            ),
            database_up: gauge("wallet_engine_database_up", "1 while the database answers"),
        }
    }

    fn collectors(&self) -> impl Iterator<Item = Box<dyn Collector>> {
        let Self {
            actors,
            waiting,
            waiting_max,
            wallets_waited_on,
            pool_size,
            pool_max,
            pool_used,
            pool_waiting,
            database_up,
        } = self;
        [
            actors,
            waiting,
            waiting_max,
            wallets_waited_on,
            pool_size,
            pool_max,
            pool_used,
            pool_waiting,
            database_up,
        ]
        .map(|gauge| Box::new(gauge.clone()) as Box<dyn Collector>)
        .into_iter()
    }
}
