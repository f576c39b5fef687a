//! Group commit: a few committers take the waiting sets of all wallets into one transaction each.
//!
//! 1. A committer that has the permit (see [`queue`](super::queue)) takes whatever waits, up to `batch_max` operations.
//! 2. It sends the group as one statement on its session and waits for the outcome, `answer` at most.
//! 3. Each set's actor receives its outcome: committed, or left out by its guard (`Stale`: load again, decide again), or
//!    left out because the ledger holds some of its keys (`Recorded`: these are answered, the rest is decided again).
//!
//! When step 2 fails:
//! * not sent: nothing was written, and every set is `NotSent`.
//! * rejected: nothing was written. A group is tried again set by set, so that one bad set never fails its
//!   neighbours; a single set is `Rejected`, or `Stale` if the reason is one that passes.
//! * outcome unknown: the session is settled, again and again until it succeeds. Settled: what the ledger holds is
//!   `Committed`, the rest is `Stale`. When the longest wait is over before that, the actors receive `Unknown`,
//!   and the settling goes on: the session can write nothing before it, and no wallet may be loaded while a write
//!   of it may still land.
//!
//! A panic costs the group that was being written: its actors see their sender gone.

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

/// The longest pause between two attempts to settle a session.
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

    /// Writes groups until there will be no more.
    pub async fn run(self) {
        // One timer for all groups. A fresh one, which is always the next to ring, would wake the thread each time.
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
                            "a group commit panicked"
                        );
                        break;
                    }
                }
            }
        }
    }

    /// Writes a group, and gives the permit back if it could be kept as long.
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

    /// The span of a group's commit.
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
                    "a group commit was rejected and is tried again wallet by wallet");
                for (set, to) in sets.into_iter().zip(replies) {
                    if Instant::now() < deadline {
                        Box::pin(self.write(vec![set], vec![to], deadline)).await;
                    } else {
                        // Nothing was written, and the callers that waited for it have been answered.
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
            "the outcome of a group commit is unknown and is being found out");
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
                    "the outcome of a group commit stays unknown; its wallets wait for it");
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

/// Sends each actor its set's outcome. One that died meanwhile does not receive it.
fn reply(replies: Vec<Reply>, outcomes: impl IntoIterator<Item = Outcome>) {
    for (reply, outcome) in replies.into_iter().zip(outcomes) {
        let _ = reply.send(outcome);
    }
}

/// Of a set whose session is settled.
fn outcome_of_settled(committed: bool) -> SetOutcome {
    if committed {
        SetOutcome::Committed
    } else {
        SetOutcome::Stale
    }
}
