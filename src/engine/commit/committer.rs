//! Group commit: a few committers write the waiting sets of all wallets, one transaction a group.
//!
//! 1. A committer that has the permit (see [`queue`](super::queue)) takes whatever waits, up to `batch_max` operations.
//! 2. It sends the group as one statement on its session and waits for the outcome, `answer` at most.
//! 3. Each set's actor receives its outcome: committed, or left out by its guard (`Stale`: load again, decide again), or
//!    left out because the ledger holds some of its keys (`Recorded`: these are answered, the rest is decided again).
//!
//! When step 2 fails:
//! * not sent: nothing was written, and every set is `NotSent`.
//! * rejected: nothing was written. A group is retried set by set, so that one bad set never fails its neighbours; a
//!   single set is `Rejected`, or `Stale` if the reason is transient.
//! * outcome unknown: settling the session is retried until it succeeds. Then what the ledger holds is `Committed`, the
//!   rest is `Stale`. If `wait` is over before that, the actors receive `Unknown`, and settling continues: the session
//!   writes nothing before it is settled, and no wallet may be loaded while a write of it may still be committed.
//!
//! A panic costs the group that was being written: the channels of its actors are closed.

use std::iter::repeat_with;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::select;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tracing::{error, warn};

use super::queue::{PERMIT_TIME, Permit, Worker};
use super::request::{CommitProblem, Outcome, Reply, Request, SetError, settling};
use crate::config::EngineConfig;
use crate::engine::metrics::EngineMetrics;
use crate::engine::{Cause, CommitError, Journal, SetOutcome, WriteSet};
use crate::failpoint;
use crate::telemetry::chain;
use crate::telemetry::traces::Span;

pub(super) struct Committer {
    worker: Worker,
    journal: Arc<dyn Journal>,
    metrics: Arc<EngineMetrics>,
    wait: Duration,
    answer: Duration,
}

/// The longest delay between two attempts to settle a session.
const SETTLE_PAUSE_MAX: Duration = Duration::from_millis(500);

impl Committer {
    pub fn new(
        worker: Worker,
        config: &EngineConfig,
        journal: Arc<dyn Journal>,
        metrics: Arc<EngineMetrics>,
    ) -> Self {
        Self {
            worker,
            journal,
            metrics,
            wait: config.wait,
            answer: config.answer,
        }
    }

    /// Writes groups until the queue is closed and empty.
    pub async fn run(self) {
        // One timer for all groups. A new one, which is always the next to expire, would wake the thread each time.
        let mut permit_ends = pin!(sleep(PERMIT_TIME));
        while let Some(mut permit) = self.worker.permit().await {
            while let Some(group) = permit.gather() {
                permit_ends.as_mut().reset(Instant::now() + PERMIT_TIME);
                let commit = self.commit(group, permit, permit_ends.as_mut());
                match AssertUnwindSafe(commit).catch_unwind().await {
                    Ok(Some(kept)) => permit = kept,
                    Ok(None) => break,
                    Err(_) => {
                        error!(
                            commit.session = self.worker.session,
                            "group commit panicked"
                        );
                        break;
                    }
                }
            }
        }
    }

    /// Writes a group. Returns the permit unless it expired before.
    async fn commit(
        &self,
        group: Vec<Request>,
        permit: Permit,
        permit_ends: Pin<&mut Sleep>,
    ) -> Option<Permit> {
        let span = self.span(&group);
        let (sets, replies): (Vec<_>, Vec<_>) = group.into_iter().map(|r| (r.set, r.reply)).unzip();
        let deadline = Instant::now() + self.wait;
        let mut written = pin!(span.around(self.write(sets, replies, deadline)));
        select! {
            biased;
            () = &mut written => return Some(permit),
            () = permit_ends => drop(permit),
        }
        written.await;
        None
    }

    /// Returns the span of a group's commit.
    #[expect(clippy::cast_possible_wrap, reason = "counts of values in memory")]
    fn span(&self, group: &[Request]) -> Span {
        let operations = group.iter().flat_map(|request| &request.spans);
        let span = Span::of_several("commit", operations);
        if span.is_recorded() {
            let operations: usize = group.iter().map(|request| request.set.size()).sum();
            for (name, number) in [
                ("commit.session", self.worker.session),
                ("commit.wallets", group.len()),
                ("commit.operations", operations),
            ] {
                span.set(name, number as i64);
            }
        }
        span
    }

    async fn write(&self, sets: Vec<WriteSet>, replies: Vec<Reply>, deadline: Instant) {
        failpoint::reach("committer takes");
        let attempt = self.attempt(&sets).await;
        failpoint::reach("committer wrote");
        match attempt {
            Ok(outcomes) => {
                debug_assert_eq!(outcomes.len(), sets.len(), "an outcome for each set");
                reply(replies, outcomes.into_iter().map(Ok));
            }
            Err(CommitError::Unknown(cause)) => self.settle(&sets, replies, &cause, deadline).await,
            Err(CommitError::NotSent(cause)) => {
                let not_sent = || Err(SetError::NotSent(Arc::clone(&cause)));
                reply(replies, repeat_with(not_sent));
            }
            Err(error) if sets.len() > 1 => {
                warn!(commit.session = self.worker.session, commit.wallets = sets.len(), error = %chain(&error),
                    "group commit rejected; retrying each wallet separately");
                for (set, to) in sets.into_iter().zip(replies) {
                    if Instant::now() < deadline {
                        Box::pin(self.write(vec![set], vec![to], deadline)).await;
                    } else {
                        // Nothing was written, and the callers of these operations have timed out.
                        reply(vec![to], [Ok(SetOutcome::Stale)]);
                    }
                }
            }
            Err(CommitError::Busy(_)) => reply(replies, [Ok(SetOutcome::Stale)]),
            Err(CommitError::Rejected(cause)) => reply(replies, [Err(SetError::Rejected(cause))]),
        }
    }

    async fn attempt(&self, sets: &[WriteSet]) -> Result<Vec<SetOutcome>, CommitError> {
        let sent = Instant::now();
        let outcome = timeout(self.answer, self.journal.commit(self.worker.session, sets))
            .await
            .unwrap_or_else(|_| {
                let cause = CommitProblem::TooSlow(self.answer);
                Err(CommitError::Unknown(Arc::new(cause)))
            });
        self.metrics.committed(sets, sent.elapsed(), &outcome);
        if let Err(error) = &outcome {
            Span::current().fail(&chain(error));
        }
        outcome
    }

    async fn settle(
        &self,
        sets: &[WriteSet],
        mut replies: Vec<Reply>,
        cause: &Cause,
        deadline: Instant,
    ) {
        warn!(commit.session = self.worker.session, commit.wallets = sets.len(), error = %chain(cause),
            "outcome of a group commit unknown; settling it");
        let mut pause = Duration::from_millis(10);
        // Dropped when the session is settled, which the actors that received `Unknown` wait for.
        let mut unsettled = Vec::new();
        loop {
            let settled = timeout(self.wait, self.journal.settle(self.worker.session, sets))
                .await
                .unwrap_or_else(|_| Err(Arc::new(CommitProblem::SettleTooSlow)));
            let error = match settled {
                Ok(committed) => {
                    debug_assert_eq!(committed.len(), sets.len(), "an answer for each set");
                    self.metrics.settled(&committed);
                    return reply(
                        replies,
                        committed.into_iter().map(|it| Ok(outcome_of_settled(it))),
                    );
                }
                Err(error) => error,
            };
            if Instant::now() + pause >= deadline && !replies.is_empty() {
                error!(commit.session = self.worker.session, commit.wallets = sets.len(), error = %chain(&error),
                    "outcome of a group commit still unknown; its wallets wait for it");
                for to in std::mem::take(&mut replies) {
                    let (until, settled) = settling();
                    unsettled.push(until);
                    let cause = Arc::clone(&error);
                    let _ = to.send(Err(SetError::Unknown { cause, settled }));
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(SETTLE_PAUSE_MAX);
        }
    }
}

/// Sends each actor the outcome of its set, unless the actor has died.
fn reply(replies: Vec<Reply>, outcomes: impl IntoIterator<Item = Outcome>) {
    for (reply, outcome) in replies.into_iter().zip(outcomes) {
        let _ = reply.send(outcome);
    }
}

/// Returns the outcome of a set after settling.
fn outcome_of_settled(committed: bool) -> SetOutcome {
    if committed {
        SetOutcome::Committed
    } else {
        SetOutcome::Stale
    }
}
