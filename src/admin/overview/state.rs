//! The state of the overview: samples of the engine, and values that all readers share.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use prometheus::core::Collector;
use time::OffsetDateTime;
use tracing::warn;

use super::cached::{Cached, Reading};
use super::sampler::{Sampler, Samples};
use super::today::Today;
use super::totals::Totals;
use crate::engine::{Engine, HotWallets, Pending};
use crate::storage::Database;
use crate::storage::admin::{OverviewTotals, ServerState};
use crate::telemetry::chain;

/// How long counts are fresh: they read much.
const COUNTS_FRESH: Duration = Duration::from_secs(30);
/// How long the other values are fresh: for less than the interval of the page.
const STATE_FRESH: Duration = Duration::from_secs(3);
/// Wallets in the list of the hottest.
const HOTTEST_MAX: usize = 10;

/// The state of the overview, one for the whole application.
pub struct Overview {
    pub(super) samples: Arc<Samples>,
    pub(super) started: OffsetDateTime,
    /// The host and the port of this engine, as there may be several.
    pub(super) engine_name: String,
    counts: Cached<Counts>,
    server: Cached<ServerState>,
    busy: Cached<Option<Busy>>,
    counting: Arc<tokio::sync::Mutex<(Totals, Today)>>,
    _sampler: Sampler,
}

/// Counts of the database; `None` while one is not complete.
pub(super) struct Counts {
    pub totals: Option<OverviewTotals>,
    pub today: Option<i64>,
    /// When, by the database's clock.
    pub at: OffsetDateTime,
}

/// The work of the engine.
pub(super) struct Busy {
    pub pending: Pending,
    pub hottest: HotWallets,
}

impl Overview {
    /// Starts sampling. An actix system must run on this thread. `http` has the durations of requests.
    #[must_use]
    pub fn start(engine: &Engine, http: Box<dyn Collector>, address: SocketAddr) -> Self {
        let samples = Arc::new(Samples::default());
        Self {
            _sampler: Sampler::start(engine.clone(), http, Arc::clone(&samples)),
            samples,
            started: OffsetDateTime::now_utc(),
            engine_name: format!("{}:{}", host(), address.port()),
            counts: Cached::new(COUNTS_FRESH),
            server: Cached::new(STATE_FRESH),
            busy: Cached::new(STATE_FRESH),
            counting: Arc::new(tokio::sync::Mutex::new((Totals::default(), Today::new()))),
        }
    }

    pub(super) async fn counts(&self, database: &web::Data<Database>) -> Reading<Counts> {
        let load = || {
            let (database, counting) = (database.clone(), Arc::clone(&self.counting));
            async move {
                let mut counting = counting.lock().await;
                let (totals, today) = &mut *counting;
                let at = database.overview_clock().await?;
                let totals = totals.count(&**database, at).await?;
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

    pub(super) async fn server(&self, database: &web::Data<Database>) -> Reading<ServerState> {
        let load = || {
            let database = database.clone();
            async move { database.server_state().await }
        };
        self.server.get(load).await
    }

    pub(super) async fn busy(&self, engine: &Engine) -> Reading<Option<Busy>> {
        let load = || {
            let engine = engine.clone();
            // It reads all active wallets, which takes too long on a thread that serves requests.
            let work = tokio::task::spawn_blocking(move || Busy {
                pending: engine.pending(),
                hottest: engine.hottest(HOTTEST_MAX),
            });
            async move { Ok(work.await.ok()) }
        };
        self.busy.get(load).await
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
