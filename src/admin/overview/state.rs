//! The state of the overview: this engine and what the others report, and values that all readers share.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use prometheus::core::Collector;
use time::OffsetDateTime;
use tracing::warn;
use uuid::Uuid;

use super::cached::{Cached, Reading};
use super::engines::{EngineState, Engines};
use super::reporter::Reporter;
use super::sampler::Sampler;
use super::this_engine::ThisEngine;
use super::today::Today;
use super::totals::Totals;
use crate::config::EngineName;
use crate::engine::Engine;
use crate::storage::Database;
use crate::storage::admin::{EngineIdentity, OverviewTotals, ServerState};
use crate::telemetry::chain;

/// How long counts are fresh: they read much.
const COUNTS_FRESH: Duration = Duration::from_secs(30);
/// How long the state of the server is fresh: for less than the interval of the page.
const STATE_FRESH: Duration = Duration::from_secs(3);

/// The state of the overview, one for the whole application.
pub struct Overview {
    this: Arc<ThisEngine>,
    engines: Engines,
    counts: Cached<Counts>,
    server: Cached<ServerState>,
    counting: Arc<tokio::sync::Mutex<(Totals, Today)>>,
    _sampler: Sampler,
    _reporter: Reporter,
}

/// Counts of the database; `None` while one is not complete.
pub(super) struct Counts {
    pub totals: Option<OverviewTotals>,
    pub today: Option<i64>,
    /// When, by the database's clock.
    pub at: OffsetDateTime,
}

impl Overview {
    /// Starts sampling and reporting. An actix system must run on this thread. `http` has the durations of requests; without a
    /// name, the engine's is its host and port.
    #[must_use]
    pub fn start(
        engine: &Engine,
        database: &Database,
        http: Box<dyn Collector>,
        name: Option<&EngineName>,
        address: SocketAddr,
    ) -> Self {
        let address = format!("{}:{}", host(), address.port());
        let identity = EngineIdentity {
            id: Uuid::now_v7(),
            name: name.map_or_else(|| address.clone(), ToString::to_string),
            address,
        };
        let this = Arc::new(ThisEngine::new(engine, database, identity));
        Self {
            _reporter: Reporter::start(Arc::clone(&this), database.clone()),
            _sampler: Sampler::start(engine.clone(), http, Arc::clone(&this.samples)),
            this,
            engines: Engines::new(),
            counts: Cached::new(COUNTS_FRESH),
            server: Cached::new(STATE_FRESH),
            counting: Arc::new(tokio::sync::Mutex::new((Totals::default(), Today::new()))),
        }
    }

    /// Returns all engines, and whether the others could not be read.
    pub(super) async fn engines(&self, database: &Database) -> (Vec<EngineState>, bool) {
        self.engines.all(&self.this, database).await
    }

    pub(super) async fn counts(&self, database: &Database) -> Reading<Counts> {
        let load = || {
            let (database, counting) = (database.clone(), Arc::clone(&self.counting));
            async move {
                let mut counting = counting.lock().await;
                let (totals, today) = &mut *counting;
                let at = database.overview_clock().await?;
                let totals = totals.count(&database, at).await?;
                let today = today.count(&database, at).await;
                if let Err(error) = &today {
                    warn!(error = %chain(error), "could not count today's operations");
                }
                // Today was counted after the totals, and may include operations that were committed meanwhile.
                let in_all = totals.map_or(i64::MAX, |totals| totals.operations);
                let today = today.ok().flatten().map(|today| today.min(in_all));
                Ok(Counts { totals, today, at })
            }
        };
        self.counts.get(load).await
    }

    pub(super) async fn server(&self, database: &Database) -> Reading<ServerState> {
        let load = || {
            let database = database.clone();
            async move { database.server_state().await }
        };
        self.server.get(load).await
    }
}

/// Returns the name of the host, or of the container, on Linux.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "localhost".to_owned(),
        name => name.to_owned(),
    }
}
