//! `/metrics`, in Prometheus' text format, on an address of its own: what is for operators is not for clients.
//!
//! Events are counted where they happen (`engine/metrics.rs`, `web/metrics.rs`). The current state, the database's included,
//! is read at each scrape.
//!
//! Where no address is set and the default one is in use, the system chooses a port: metrics at an unexpected address, which
//! the last line of the start names, are worth more than none. The next port is not tried, as it may be meant for an engine
//! that starts later.

mod process;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, web};
use prometheus::core::Collector;
use prometheus::{IntCounter, Registry, TEXT_FORMAT, TextEncoder};
use tracing::error;

use super::server::Limits;
use crate::config::MetricsConfig;
use crate::engine::Engine;
use crate::storage::Database;
use crate::telemetry::metrics::{Gauge, Gauges, counter, gauge, gauges, metrics};
use crate::telemetry::{log_lines_dropped, traces};
use process::Process;

/// Few clients scrape metrics.
const LIMITS: Limits = Limits {
    workers: 1,
    connections_max: 1_000,
    keep_alive: Duration::from_secs(5),
    head: Duration::from_secs(5),
    unread_body: Duration::from_secs(1),
    stop: Duration::from_secs(1),
};

struct Metrics {
    registry: Registry,
    engine: Engine,
    database: Database,
    current: Current,
    process: Process,
}

metrics! {
    /// The state at the time of a scrape.
    struct Current {
        actors: Gauge = gauge("wallet_engine_actors", "Active wallets: those in memory, with an actor or at rest.");
        resting: Gauge = gauge("wallet_engine_resting_wallets", "Active wallets at rest, without an actor until their next operation.");
        waiting: Gauge = gauge("wallet_engine_waiting", "Admitted operations, registrations and reads without an answer yet.");
        waiting_max: Gauge = gauge("wallet_engine_waiting_max", "Maximum of wallet_engine_waiting; beyond it, 503.");
        wallets_waited_on: Gauge
            = gauge("wallet_engine_wallets_waited_on", "Wallets with operations in their mailbox, queue or batch.");
        pool_size: Gauge = gauge("wallet_engine_pool_size", "Open connections of the pool.");
        pool_max: Gauge = gauge("wallet_engine_pool_max", "Maximum number of connections of the pool.");
        pool_used: Gauge = gauge("wallet_engine_pool_used", "Connections of the pool in use.");
        pool_waiting: Gauge = gauge("wallet_engine_pool_waiting", "Queries waiting for a connection of the pool.");
        database_up: Gauge = gauge("wallet_engine_database_up", "Whether the database answers (1) or not (0).");
        node_up: Gauges = gauges(
            "wallet_engine_node_up",
            "Whether a node of a distributed database, or its coordinator, takes writes (1) or not (0).",
            "node"
        );
        log_lines_dropped: IntCounter = counter(
            "wallet_engine_log_lines_dropped_total",
            "Log lines dropped because the queue was full or the write failed."
        );
    }
}

/// The server of `/metrics`.
pub(super) struct MetricsServer {
    pub address: SocketAddr,
    handle: ServerHandle,
}

/// Where metrics are served, or why they are not.
pub(super) enum MetricsState {
    Off,
    Served {
        server: MetricsServer,
        /// The default address, where another program listens on it.
        taken: Option<SocketAddr>,
    },
    /// The address was not set, and neither it nor another port can be listened on.
    Unbound {
        address: SocketAddr,
        error: io::Error,
    },
}

impl MetricsServer {
    /// Serves the engine's metrics and `others`, unless metrics are off.
    ///
    /// # Errors
    /// The configured address cannot be listened on.
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
                .route("/metrics", web::get().to(exposition))
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

/// Listens on the address, or on another port if that one is in use.
fn bind_near(usual: SocketAddr) -> io::Result<TcpListener> {
    match TcpListener::bind(usual) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            TcpListener::bind(SocketAddr::new(usual.ip(), 0))
        }
        bound => bound,
    }
}

async fn exposition(metrics: web::Data<Metrics>) -> HttpResponse {
    metrics.refresh().await;
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
        let (current, process) = (Current::new(), Process::started());
        let registry = Registry::new();
        let ours = [
            engine.metrics(),
            current.collectors(),
            process.collectors(),
            traces::collectors(),
        ];
        for collector in ours.into_iter().flatten().chain(others) {
            registry.register(collector)?;
        }
        Ok(Self {
            registry,
            engine: engine.clone(),
            database: database.clone(),
            current,
            process,
        })
    }

    /// Brings up to date what is not counted where it happens.
    async fn refresh(&self) {
        let Self {
            engine, current, ..
        } = self;
        let database_up = self.database.answers().await.is_ok();
        current.database_up.set(database_up.into());
        for node in self.database.nodes().await {
            let gauge = current.node_up.with_label_values(&[&node.name]);
            gauge.set(node.is_up.into());
        }
        self.process.refresh();
        let dropped = log_lines_dropped() - current.log_lines_dropped.get();
        current.log_lines_dropped.inc_by(dropped);
        let pending = engine.pending();
        let pool = self.database.pool_in_use();
        for (gauge, value) in [
            (&current.actors, engine.active_wallets()),
            (&current.resting, engine.resting_wallets()),
            (&current.waiting, pending.operations),
            (&current.waiting_max, engine.inflight_max()),
            (&current.wallets_waited_on, pending.wallets),
            (&current.pool_size, pool.size),
            (&current.pool_max, pool.max),
            (&current.pool_used, pool.used),
            (&current.pool_waiting, pool.waiting),
        ] {
            gauge.set(value as u64);
        }
    }
}
