//! This engine: its samples, and its report as of now.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::cached::{Cached, Reading};
use super::report::{Committer, Hot, Refusals, Report};
use super::sampler::Samples;
use crate::engine::{Engine, HotWallets, Pending, Refusal, Totals};
use crate::storage::Database;
use crate::storage::admin::EngineIdentity;

/// How long the work is fresh: for less than the interval of the page.
const WORK_FRESH: Duration = Duration::from_secs(3);
/// Wallets in the list of the hottest.
pub const HOTTEST_MAX: usize = 10;

pub struct ThisEngine {
    pub identity: EngineIdentity,
    pub started: OffsetDateTime,
    pub samples: Arc<Samples>,
    engine: Engine,
    database: Database,
    work: Cached<Option<Work>>,
}

/// What is found by visiting every active wallet.
pub struct Work {
    pending: Pending,
    hottest: HotWallets,
}

impl ThisEngine {
    pub fn new(engine: &Engine, database: &Database, identity: EngineIdentity) -> Self {
        Self {
            identity,
            started: OffsetDateTime::now_utc(),
            samples: Arc::new(Samples::new()),
            engine: engine.clone(),
            database: database.clone(),
            work: Cached::new(WORK_FRESH),
        }
    }

    /// Visits every active wallet, unless that was done a moment ago.
    pub async fn work(&self) -> Option<Arc<Option<Work>>> {
        let load = || {
            let engine = self.engine.clone();
            // It takes too long on a thread that serves requests.
            let work = tokio::task::spawn_blocking(move || Work {
                pending: engine.pending(),
                hottest: engine.hottest(HOTTEST_MAX),
            });
            async move { Ok(work.await.ok()) }
        };
        let Reading { value, .. } = self.work.get(load).await;
        value
    }

    /// Returns the report as of now.
    pub async fn report(&self) -> Report {
        let work = self.work().await;
        self.report_with(work.as_deref().and_then(Option::as_ref))
    }

    /// Returns the report as of now, with work that may be of some time ago.
    pub fn report_with(&self, work: Option<&Work>) -> Report {
        let totals = self.engine.totals();
        let pool = self.database.pool_in_use();
        let committers = self.engine.committers();
        let hottest = work.map(|work| &work.hottest);
        Report {
            stopping: self.engine.is_stopping(),
            waiting_operations: work.map_or(0, |work| work.pending.operations),
            inflight_max: self.engine.inflight_max(),
            waiting_wallets: work.map_or(0, |work| work.pending.wallets),
            active_wallets: self.engine.active_wallets(),
            pool_used: pool.used,
            pool_max: pool.max,
            pool_waiting: pool.waiting,
            commit_median_s: totals.commit_seconds.quantile(0.5),
            commits_failed: totals.commits_failed,
            guard_misses: totals.guard_misses,
            refusals: self.refusals(&totals),
            committers: committers.workers.iter().map(Committer::of).collect(),
            sets_waiting: committers.waiting_wallets,
            hottest: hottest.map_or_else(Vec::new, |hottest| {
                hottest.wallets.iter().map(Hot::of).collect()
            }),
            hottest_over_s: hottest.map_or(0.0, |hottest| hottest.over.as_secs_f64()),
        }
    }

    fn refusals(&self, totals: &Totals) -> Vec<Refusals> {
        let before = self.samples.oldest_totals();
        let before = before.map_or(totals.refused, |totals| totals.refused);
        let counted = Refusal::ALL.into_iter().zip(totals.refused).zip(before);
        counted
            .filter(|((_, now), _)| *now > 0)
            .map(|((refusal, now), before)| Refusals::of(refusal, now.saturating_sub(before), now))
            .collect()
    }
}
