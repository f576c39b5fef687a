//! The composition root: what starts in which order, and stops in the opposite one.
//!
//! Start: the private PostgreSQL (unless there is a `DATABASE_URL`), migrations, the engine, HTTP, deliveries of webhooks, metrics.
//! Stop: `/readyz` turns 503, for `WALLET_DRAIN_S` before anything else; the listener closes, the engine answers what it
//! accepted and refuses the rest while deliveries of webhooks end, HTTP sends what is still to be sent, metrics end, the pool closes, the private PostgreSQL
//! stops, the last traces are sent; all of it under one deadline. The engine comes before HTTP because its actors live on
//! HTTP's threads, each of which ends with its own last connection.

mod access;
mod clock;
mod cors;
mod database;
mod error;
mod metrics;
mod server;
mod shared;
mod startup_log;
mod webhooks;

use std::future::pending;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Condition, from_fn};
use actix_web::{App, web};
use futures_util::future::join;
use futures_util::stream::{self, Stream, StreamExt};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{error, info, warn};

use crate::config::{AuthMode, Config, ServerConfig};
use crate::embedded::PrivatePostgres;
use crate::engine::Engine;
use crate::events::Feed;
use crate::events::webhooks::{Deliverer, Webhooks};
use crate::storage::{Database, StorageError};
use crate::telemetry::{NOTICE, chain, traces};
use crate::web::access_metrics::AccessMetrics;
use crate::web::{
    BodyWait, ClientLimits, ConnectionLimits, HttpMetrics, client_limits, on_connect, request_log,
    track_activity,
};
use crate::{admin, api};
use clock::ClockCheck;
use metrics::{MetricsServer, MetricsState};
use shared::Shared;

pub use access::check_access;
pub use database::{CommandDatabase, check_database_exists, database_name, open_database};
pub use error::{RunError, StartError, listed};

/// The time in which a client that got an early response may go on sending its body, which is discarded.
const UNREAD_BODY_MAX: Duration = Duration::from_secs(5);

/// The minimum time for the private PostgreSQL to stop, also after the deadline.
const DATABASE_STOP_MIN: Duration = Duration::from_secs(1);

/// A running server.
pub struct Application {
    address: SocketAddr,
    /// The socket that `server` accepts on, to close it before `server` stops.
    listener: TcpListener,
    server: Server,
    engine: Engine,
    feed: Feed,
    database: Database,
    metrics: MetricsState,
    clock: ClockCheck,
    access_watch: Option<access::AccessWatch>,
    deliverer: Deliverer,
    postgres: Option<PrivatePostgres>,
    readiness: web::Data<api::Readiness>,
    auth: AuthMode,
    drain: Duration,
    shutdown: Duration,
}

impl Application {
    /// Starts everything; when this returns, the address is listened on. An actix system must be running on
    /// this thread.
    ///
    /// # Errors
    /// [`StartError`], by the part that did not start.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let terms = access::terms(&config.server).map_err(StartError::Settings)?;
        let (database, postgres) = prepared_database(config, terms.is_some()).await?;
        actix_web::rt::spawn(database.clone().watch());
        let engine = Engine::start(&config.engine, Arc::new(database.clone()));
        let feed = Feed::new(Arc::new(database.clone()));
        actix_web::rt::spawn(feed.clone().watch());
        let bind = |source| StartError::Bind {
            address: config.server.bind,
            source,
        };
        let listener = TcpListener::bind(config.server.bind).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let limits = ConnectionLimits {
            max: config.server.connections_max,
            idle: config.server.keep_alive + config.server.head,
        };
        let http_metrics = HttpMetrics::new(api::TEMPLATES);
        let clients = ClientLimits::new(
            config.server.client_rate,
            config.server.allowed_hosts.clone(),
        );
        let limits_clients = !clients.are_off();
        let access_metrics = AccessMetrics::default();
        let (gate, access_watch) =
            access::gate(terms, config.server.access.rate, &database, &access_metrics);
        let readiness = web::Data::new(api::Readiness::new(database.clone()));
        let overview = admin::Overview::start(
            &engine,
            &database,
            http_metrics.collector(),
            config.server.name.as_ref(),
            address,
        );
        let stored = Arc::new(database.clone());
        let webhooks = Webhooks::new(stored.clone(), stored, webhooks::guard(config.webhooks));
        let data = Shared {
            engine: web::Data::new(engine.clone()),
            feed: web::Data::new(feed.clone()),
            database: web::Data::new(database.clone()),
            body_wait: web::Data::new(BodyWait(config.server.body)),
            page_max: web::Data::new(admin::PageMax(config.server.page_max)),
            metrics: web::Data::new(http_metrics.clone()),
            proxies: web::Data::new(config.server.trusted_proxies.clone()),
            limits: web::Data::new(clients),
            gate: web::Data::new(gate),
            readiness: readiness.clone(),
            overview: web::Data::new(overview),
            webhooks: web::Data::new(webhooks),
            auth: web::Data::new(config.server.auth),
            second_factor: web::Data::new(config.server.second_factor),
            origins: web::Data::new(config.server.cors_origins.clone()),
            currency: web::Data::new(config.server.currency),
            adjust_ceiling: web::Data::new(config.server.adjust_ceiling),
        };
        let has_origins = !data.origins.is_empty();
        let app = move || {
            let cors = cors::cors(&data.origins);
            App::new()
                .configure(|app| data.add_to(app))
                .wrap(Condition::new(limits_clients, from_fn(client_limits)))
                // Outside of the limits, so that a page may read that it exceeds them.
                .wrap(Condition::new(has_origins, from_fn(cors::restore)))
                .wrap(Condition::new(has_origins, cors))
                .wrap(Condition::new(has_origins, from_fn(cors::select)))
                .wrap(from_fn(request_log))
                .configure(panel)
                .configure(api::routes)
        };
        let accepting = listener.try_clone().map_err(bind)?;
        let server = server_limits(&config.server).listen(accepting, on_connect(limits), app);
        let server = server.map_err(bind)?;
        let clock = ClockCheck::start(&database);
        let deliverer = webhooks::start(config.webhooks, &feed, &database);
        let mut collectors = vec![
            http_metrics.collector(),
            access_metrics.collector(),
            clock.collector(),
        ];
        collectors.extend(deliverer.collectors());
        let metrics = MetricsServer::start(config.metrics, collectors, &engine, &database);
        let metrics = metrics.map_err(StartError::Metrics)?;
        Ok(Self {
            address,
            listener,
            server,
            engine,
            feed,
            database,
            metrics,
            clock,
            access_watch,
            deliverer,
            postgres,
            readiness,
            auth: config.server.auth,
            drain: config.server.drain,
            shutdown: config.server.shutdown,
        })
    }

    /// The address that it listens on; the port is the real one also if port 0 was configured.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are served, if they are.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        match &self.metrics {
            MetricsState::Served { server, .. } => Some(server.address),
            _ => None,
        }
    }

    /// The engine inside.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Serves until the first of `signals`, drains until the time for that is over or one more comes, then stops in order.
    /// One that comes meanwhile ends the stop at once; the private PostgreSQL is then signalled and not waited for.
    ///
    /// # Errors
    /// [`RunError`], if a part ended by itself or the stop was not clean.
    pub async fn run(mut self, signals: impl Stream<Item = ()>) -> Result<(), RunError> {
        let mut signals = pin!(signals.chain(stream::pending()));
        info!(target: NOTICE, address = %self.address, "serving");
        startup_log::write(self.address, &self.metrics);
        access::log(self.auth, self.address);
        let handle = self.server.handle();
        let drained = async {
            signals.next().await;
            self.readiness.drain();
            if !self.drain.is_zero() {
                info!(drain_s = self.drain.as_secs(), "draining");
                let _ = timeout(self.drain, signals.next()).await;
            }
        };
        let ended = tokio::select! {
            result = &mut self.server => Err(RunError::Server(result.err().unwrap_or_else(|| {
                io::Error::other("it ended by itself")
            }))),
            () = ended(&mut self.postgres) => Err(RunError::PostgresEnded),
            () = drained => Ok(()),
        };
        info!("stopping");
        let deadline = Instant::now() + self.shutdown;
        let engine = self.engine.clone();
        let stopped = async {
            let stopped = self.stop(&handle, deadline).await;
            traces::stop(deadline).await;
            stopped
        };
        tokio::select! {
            stopped = stopped => ended.and(stopped),
            _ = signals.next() => Err(RunError::SignalledAgain(engine.pending())),
        }
    }

    async fn stop(self, server: &ServerHandle, deadline: Instant) -> Result<(), RunError> {
        // The server future has to be driven for its stop to make progress.
        actix_web::rt::spawn(self.server);
        server::close(self.listener, server).await;
        self.feed.close();
        let left = deadline.saturating_duration_since(Instant::now());
        let deliveries = timeout_at(deadline, self.deliverer.stop());
        let (engine, _) = join(self.engine.stop(left), deliveries).await;
        let connections = timeout_at(deadline, server.stop(true)).await;
        if let MetricsState::Served { server, .. } = self.metrics {
            server.stop().await;
        }
        drop(self.clock);
        drop(self.access_watch);
        self.database.close().await;
        if let Some(postgres) = self.postgres {
            let left = deadline.saturating_duration_since(Instant::now());
            let stopped = postgres.stop_within(left.max(DATABASE_STOP_MIN)).await;
            stopped.map_err(RunError::Postgres)?;
        }
        engine.map_err(RunError::StopTimedOut)?;
        connections.map_err(|_| RunError::ConnectionsOpen)
    }
}

/// Opens the database, started if it is the private one, and brings it up to date. `listens`: one session more listens to changes.
async fn prepared_database(
    config: &Config,
    listens: bool,
) -> Result<(Database, Option<PrivatePostgres>), StartError> {
    let (database, postgres) = open_database(config).await?;
    check_session_limits(&database, usize::from(listens)).await?;
    database.migrate().await.map_err(StartError::Migrate)?;
    let faults = database.schema_faults().await;
    let faults = faults.map_err(StartError::Database)?;
    if !faults.is_empty() {
        return Err(StartError::Schema(faults));
    }
    warn_of_durability_off(&database)
        .await
        .map_err(StartError::Database)?;
    Ok((database, postgres))
}

/// The panel's pages, and its static files.
fn panel(app: &mut web::ServiceConfig) {
    let pages = web::scope("/admin")
        .wrap(from_fn(track_activity))
        .configure(admin::routes);
    let files = web::scope("/static/admin")
        .wrap(from_fn(track_activity))
        .configure(admin::assets::routes);
    app.service(pages).service(files);
}

/// Refuses a connection limit that is too low, and warns of one that leaves the pool short.
async fn check_session_limits(database: &Database, listeners: usize) -> Result<(), StartError> {
    let shortage = database
        .session_shortage(listeners)
        .await
        .map_err(StartError::Database)?;
    match shortage {
        Some(shortage)
            if usize::try_from(shortage.sessions).is_ok_and(|room| room < shortage.needed) =>
        {
            Err(StartError::SessionShortage(shortage))
        }
        Some(shortage) => {
            warn!(
                limit = shortage.limit,
                sessions = shortage.sessions,
                wanted = shortage.wanted,
                "the connection limit is lower than WALLET_POOL_MAX and WALLET_COMMITTERS need; requests share fewer connections"
            );
            Ok(())
        }
        None => Ok(()),
    }
}

/// Warns of settings under which an external database does not survive a power cut as answers promise.
async fn warn_of_durability_off(database: &Database) -> Result<(), StorageError> {
    let off = database.durability_off().await?.join(", ");
    if !off.is_empty() {
        warn!(
            settings = off,
            "acknowledged operations may be lost in a power cut: the database has durability settings off"
        );
    }
    Ok(())
}

/// The connections that each worker accepts: an eighth more than the limit in all, so that those beyond it get a response.
fn accepted_max(server: &ServerConfig) -> usize {
    let all = server.connections_max + server.connections_max.div_ceil(8);
    all.div_ceil(server.workers)
}

/// Waits for the private PostgreSQL to end; for ever, if there is none.
async fn ended(postgres: &mut Option<PrivatePostgres>) {
    match postgres {
        Some(postgres) => match postgres.ended().await {
            Ok(status) => error!(%status, "the private PostgreSQL ended"),
            Err(error) => error!(error = %chain(&error), "the private PostgreSQL was lost"),
        },
        None => pending().await,
    }
}

/// What the HTTP server may take.
fn server_limits(config: &ServerConfig) -> server::Limits {
    server::Limits {
        workers: config.workers,
        connections_max: accepted_max(config),
        keep_alive: config.keep_alive,
        head: config.head,
        unread_body: UNREAD_BODY_MAX,
        stop: config.shutdown,
    }
}
