//! Group commit: a few committers take the waiting sets of all wallets into one transaction each.
//!
//! 1. A committer takes the first waiting set and whatever else waits behind it, up to `batch_max`
//!    operations. While it does, and only then, the others wait their turn.
//! 2. It sends the group as one statement on its lane and waits for the outcome, half of the longest wait at
//!    most.
//! 3. Each set's wallet is told: committed, or left out by its guard (`Stale`: load again, decide again).
//!
//! When step 2 fails:
//! * not sent: nothing was written, and every set is `Failed`.
//! * rejected: nothing was written. A group is tried again set by set, so that one bad set never fails its
//!   neighbours; a single set is `Failed`, or `Stale` if the reason is one that passes.
//! * outcome unknown: the lane is settled, again and again until it succeeds or the longest wait is over.
//!   Settled: what the ledger holds is `Committed`, the rest is `Stale`. Not settled: `Lost`.
//!
//! A panic costs the group that was being written: its wallets see their sender gone.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};
use tracing::{error, warn};

use super::{Cause, CommitError, Journal, WriteSet};
use crate::config::EngineConfig;
use crate::telemetry::chain;

/// What became of one wallet's set.
#[derive(Debug)]
pub(super) enum Written {
    /// It is durable.
    Committed,
    /// It is not written and never will be: somebody else moved the wallet, or the write was undone.
    Stale,
    /// It is not written and never will be, and trying again would not help now.
    Failed(Cause),
    /// It may be written, or become so.
    Lost(Cause),
}

struct Request {
    set: WriteSet,
    written: oneshot::Sender<Written>,
}

#[derive(Debug, thiserror::Error)]
enum CommitProblem {
    #[error("the group commit was not answered within {0:?}")]
    TooSlow(Duration),
    #[error("the settling of the lane was not answered in time")]
    SettleTooSlow,
    #[error("the queue for group commits is closed")]
    Closed,
}

/// Where actors put their sets.
#[derive(Clone)]
pub(super) struct CommitQueue(mpsc::Sender<Request>);

impl CommitQueue {
    /// Hands the set to the committers. The receiver fails if the committer dies.
    ///
    /// There is room for every operation that admission lets in, and a set holds at least one.
    pub fn submit(&self, set: WriteSet) -> oneshot::Receiver<Written> {
        let (written, receiver) = oneshot::channel();
        if let Err(refused) = self.0.try_send(Request { set, written }) {
            let request = refused.into_inner();
            let _ = request
                .written
                .send(Written::Failed(Arc::new(CommitProblem::Closed)));
        }
        receiver
    }
}

/// Makes the queue and the committers, each a future to be run until the queue is closed.
pub(super) fn committers(
    config: &EngineConfig,
    journal: &Arc<dyn Journal>,
) -> (CommitQueue, Vec<Committer>) {
    let (sender, receiver) = mpsc::channel(config.inflight_max);
    let queue = Arc::new(Mutex::new(receiver));
    let committers = (0..config.committers)
        .map(|lane| Committer {
            lane,
            queue: Arc::clone(&queue),
            journal: Arc::clone(journal),
            batch_max: config.batch_max,
            wait: config.wait,
        })
        .collect();
    (CommitQueue(sender), committers)
}

pub(super) struct Committer {
    lane: usize,
    queue: Arc<Mutex<mpsc::Receiver<Request>>>,
    journal: Arc<dyn Journal>,
    batch_max: usize,
    wait: Duration,
}

/// The longest pause between two attempts to settle a lane.
const SETTLE_PAUSE_MAX: Duration = Duration::from_millis(500);

impl Committer {
    pub async fn run(self) {
        while let Some(group) = self.gather().await {
            let commit = AssertUnwindSafe(self.commit(group)).catch_unwind();
            if commit.await.is_err() {
                error!(commit.lane = self.lane, "a group commit panicked");
            }
        }
    }

    /// The first waiting set and those behind it; `None` when there will be no more.
    async fn gather(&self) -> Option<Vec<Request>> {
        let mut queue = self.queue.lock().await;
        let first = queue.recv().await?;
        let mut operations = first.set.entries.len();
        let mut group = vec![first];
        while operations < self.batch_max
            && let Ok(next) = queue.try_recv()
        {
            operations += next.set.entries.len();
            group.push(next);
        }
        Some(group)
    }

    async fn commit(&self, group: Vec<Request>) {
        let (sets, wallets): (Vec<_>, Vec<_>) =
            group.into_iter().map(|r| (r.set, r.written)).unzip();
        let outcomes = self.write(&sets).await;
        for (wallet, outcome) in wallets.into_iter().zip(outcomes) {
            // A wallet whose actor died meanwhile has nobody left to tell.
            let _ = wallet.send(outcome);
        }
    }

    async fn write(&self, sets: &[WriteSet]) -> Vec<Written> {
        let deadline = Instant::now() + self.wait;
        match self.attempt(sets).await {
            Ok(committed) => outcomes(committed),
            Err(CommitError::Unknown(cause)) => self.settle(sets, cause, deadline).await,
            Err(CommitError::NotSent(cause)) => sets
                .iter()
                .map(|_| Written::Failed(Arc::clone(&cause)))
                .collect(),
            Err(error) if sets.len() > 1 => {
                warn!(commit.lane = self.lane, commit.wallets = sets.len(), error = %chain(&error),
                    "a group commit was rejected and is tried again wallet by wallet");
                let mut outcomes = Vec::with_capacity(sets.len());
                for set in sets.chunks(1) {
                    outcomes.extend(Box::pin(self.write(set)).await);
                }
                outcomes
            }
            Err(CommitError::Busy(_)) => vec![Written::Stale],
            Err(CommitError::Rejected(cause)) => vec![Written::Failed(cause)],
        }
    }

    async fn attempt(&self, sets: &[WriteSet]) -> Result<Vec<bool>, CommitError> {
        let limit = self.wait / 2;
        timeout(limit, self.journal.commit(self.lane, sets))
            .await
            .unwrap_or_else(|_| {
                Err(CommitError::Unknown(Arc::new(CommitProblem::TooSlow(
                    limit,
                ))))
            })
    }

    async fn settle(&self, sets: &[WriteSet], cause: Cause, deadline: Instant) -> Vec<Written> {
        warn!(commit.lane = self.lane, commit.wallets = sets.len(), error = %chain(&cause),
            "the outcome of a group commit is unknown and is being found out");
        let mut pause = Duration::from_millis(10);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let settled = timeout(left, self.journal.settle(self.lane, sets))
                .await
                .unwrap_or_else(|_| Err(Arc::new(CommitProblem::SettleTooSlow)));
            match settled {
                Ok(committed) => return outcomes(committed),
                Err(error) if Instant::now() + pause >= deadline => {
                    error!(commit.lane = self.lane, commit.wallets = sets.len(), error = %chain(&error),
                        "the outcome of a group commit stays unknown");
                    return sets
                        .iter()
                        .map(|_| Written::Lost(Arc::clone(&error)))
                        .collect();
                }
                Err(_) => sleep(pause).await,
            }
            pause = (pause * 2).min(SETTLE_PAUSE_MAX);
        }
    }
}

fn outcomes(committed: Vec<bool>) -> Vec<Written> {
    committed
        .into_iter()
        .map(|committed| {
            if committed {
                Written::Committed
            } else {
                Written::Stale
            }
        })
        .collect()
}
