//! What the overview knows: samples of the engine, and looks that everybody who looks shares.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use prometheus::core::Collector;
use time::OffsetDateTime;
use tracing::warn;

use super::kept::{Kept, Known};
use super::sampler::{Sampler, Samples};
use super::today::Today;
use super::totals::Totals;
use crate::engine::{Engine, HotWallets, Pending};
use crate::storage::Database;
use crate::storage::admin::{OverviewTotals, ServerState};
use crate::telemetry::chain;

/// How long counts are good: they read much.
const COUNTS_FRESH: Duration = Duration::from_secs(30);
/// How long a look is good: less than a page takes to refresh.
const LOOK_FRESH: Duration = Duration::from_secs(3);
/// Wallets among the hottest.
const HOTTEST_MAX: usize = 10;

/// What the overview knows. One for the whole application.
pub struct Overview {
    pub(super) samples: Arc<Samples>,
    pub(super) started: OffsetDateTime,
    /// Which of several engines this is: its host, and the port that it listens on.
    pub(super) engine_name: String,
    counts: Kept<Counts>,
    server: Kept<ServerState>,
    busy: Kept<Option<Busy>>,
    counting: Arc<tokio::sync::Mutex<(Totals, Today)>>,
    _sampler: Sampler,
}

/// What was counted in the database; `None` is still being found out.
pub(super) struct Counts {
    pub totals: Option<OverviewTotals>,
    pub today: Option<i64>,
    /// By the database's clock.
    pub at: OffsetDateTime,
}

/// What there is to do.
pub(super) struct Busy {
    pub pending: Pending,
    pub hottest: HotWallets,
}

impl Overview {
    /// Begins to sample. An actix system must be running on this thread. `http` are the times of requests.
    #[must_use]
    pub fn start(engine: &Engine, http: Box<dyn Collector>, address: SocketAddr) -> Self {
        let samples = Arc::new(Samples::default());
        Self {
            _sampler: Sampler::start(engine.clone(), http, Arc::clone(&samples)),
            samples,
            started: OffsetDateTime::now_utc(),
            engine_name: format!("{}:{}", host(), address.port()),
            counts: Kept::new(COUNTS_FRESH),
            server: Kept::new(LOOK_FRESH),
            busy: Kept::new(LOOK_FRESH),
            counting: Arc::new(tokio::sync::Mutex::new((Totals::default(), Today::new()))),
        }
    }

    pub(super) async fn counts(&self, database: &web::Data<Database>) -> Known<Counts> {
        let look = || {
            let (database, counting) = (database.clone(), Arc::clone(&self.counting));
            async move {
                let mut counting = counting.lock().await;
                let (totals, today) = &mut *counting;
                let at = database.overview_clock().await?;
                let totals = totals.count(&**database, at).await?;
                let today = today.count(&database, at).await;
                if let Err(error) = &today {
                    warn!(error = %chain(error), "today's operations could not be counted");
                }
                // It was counted a moment later, and may hold what was being committed then.
                let in_all = totals.map_or(i64::MAX, |totals| totals.operations);
                let today = today.ok().flatten().map(|today| today.min(in_all));
                Ok(Counts { totals, today, at })
            }
        };
        self.counts.get(look).await
    }

    pub(super) async fn server(&self, database: &web::Data<Database>) -> Known<ServerState> {
        let look = || {
            let database = database.clone();
            async move { database.server_state().await }
        };
        self.server.get(look).await
    }

    pub(super) async fn busy(&self, engine: &Engine) -> Known<Option<Busy>> {
        let look = || {
            let engine = engine.clone();
            // It goes through all active wallets, which is too much for a thread that serves requests.
            let looked = tokio::task::spawn_blocking(move || Busy {
                pending: engine.pending(),
                hottest: engine.hottest(HOTTEST_MAX),
            });
            async move { Ok(looked.await.ok()) }
        };
        self.busy.get(look).await
    }
}

/// The host's name, where there is Linux to tell it. In a container it is the container's.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "localhost".to_owned(),
        name => name.to_owned(),
    }
}
