//! Tells the other engines of this one: after each sample, one statement writes its row and the sample to the database.
//!
//! It runs beside the sampler, which never waits for it. A database that is away costs the samples of that time; the log has one
//! line when that begins, and one when it ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use super::sampler::SAMPLES;
use super::this_engine::{ThisEngine, Work};
use crate::storage::admin::SentSample;
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// A report that takes longer is given up: the next one is due.
const WRITE_MAX: Duration = Duration::from_secs(4);
/// Reports from one sweep to the next: ten minutes, the first with the first report.
const SWEEP_EVERY: usize = 120;
/// Visiting every wallet takes at most this share of one core.
const WORK_SHARE: u32 = 200;

/// Reports until it is dropped.
pub struct Reporter(JoinHandle<()>);

impl Drop for Reporter {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Reporter {
    /// Starts on this thread's runtime.
    pub fn start(this: Arc<ThisEngine>, database: Database) -> Self {
        Self(tokio::spawn(async move {
            let mut taken = this.samples.taken();
            let mut written = Written::default();
            let mut visits = Visits::default();
            for report in 0_usize.. {
                if taken.changed().await.is_err() {
                    return;
                }
                visits.visit(&this).await;
                let (number, at) = *taken.borrow_and_update();
                let write = write(&this, &database, &visits, number, at);
                let write = timeout(WRITE_MAX, write).await;
                written.is(&this, write.unwrap_or(Err(StorageError::Silent(WRITE_MAX))));
                if report % SWEEP_EVERY == 0 {
                    // A failure is told by the next report.
                    let _ = timeout(WRITE_MAX, database.engines_sweep()).await;
                }
            }
        }))
    }
}

async fn write(
    this: &ThisEngine,
    database: &Database,
    visits: &Visits,
    number: usize,
    at: Instant,
) -> Result<i64, StorageError> {
    let Some(newest) = this.samples.newest() else {
        return Ok(0);
    };
    let work = visits.last.as_deref().and_then(Option::as_ref);
    let report = this.report_with(work);
    let json = |value: Result<String, serde_json::Error>| value.unwrap_or_else(|_| "{}".to_owned());
    let sample = SentSample {
        slot: i16::try_from(number % SAMPLES).unwrap_or_default(),
        counters: json(serde_json::to_string(&newest.counters)),
        age: at.elapsed(),
    };
    let running = Duration::try_from_secs_f64(newest.counters.running_s).unwrap_or_default();
    let report = json(serde_json::to_string(&report));
    database
        .engine_report(&this.identity, running, &report, &sample)
        .await
}

/// The last visit of every wallet.
#[derive(Default)]
struct Visits {
    last: Option<Arc<Option<Work>>>,
    next_at: Option<Instant>,
}

impl Visits {
    async fn visit(&mut self, this: &ThisEngine) {
        if self.next_at.is_some_and(|at| Instant::now() < at) {
            return;
        }
        let begun = Instant::now();
        self.last = this.work().await;
        self.next_at = Some(Instant::now() + begun.elapsed() * WORK_SHARE);
    }
}

/// What came of the last report, so that only a change is logged.
#[derive(Default)]
struct Written {
    failed: bool,
    shares_name: bool,
}

impl Written {
    fn is(&mut self, this: &ThisEngine, written: Result<i64, StorageError>) {
        let name = &*this.identity.name;
        match written {
            Ok(namesakes) => {
                if self.failed {
                    info!("the panel's overview has this engine again");
                }
                let shares_name = namesakes > 0;
                if shares_name && !self.shares_name {
                    warn!(
                        engine.name = name,
                        "another engine on this database has the same name: give each its own WALLET_NAME"
                    );
                } else if self.shares_name && !shares_name {
                    info!(
                        engine.name = name,
                        "no other engine has the same name any more"
                    );
                }
                (self.failed, self.shares_name) = (false, shares_name);
            }
            // The engine stops.
            Err(StorageError::PoolClosed) => {}
            Err(error) => {
                if !self.failed {
                    warn!(
                        error = %chain(&error),
                        "could not report this engine to the panel's overview; it goes on trying"
                    );
                }
                self.failed = true;
            }
        }
    }
}
