//! Group commit: a few committers of each lane write the waiting sets of all its wallets, one transaction a group.
//!
//! 1. A committer that has the permit of its lane (see [`queue`](super::queue)) takes whatever waits there, up to `batch_max`
//!    operations.
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

use super::group::Group;
use super::queue::{PERMIT_TIME, Permit, Worker};
use super::request::{CommitProblem, SetError};
use super::settle::{Unsettled, outcome_of_settled};
use super::waiting::Taken;
use crate::config::EngineConfig;
use crate::domain::Moment;
use crate::engine::metrics::EngineMetrics;
use crate::engine::{Cause, CommitError, Journal, SessionNumber, SetOutcome, WriteSet};
use crate::failpoint;
use crate::telemetry::chain;
use crate::telemetry::traces::Span;

pub(super) struct Committer {
    worker: Worker,
    journal: Arc<dyn Journal>,
    metrics: Arc<EngineMetrics>,
    wait: Duration,
    answer: Duration,
    holds_max: usize,
    /// Other engines write to the database as well.
    others_write: bool,
}

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
            holds_max: config.holds_max,
            others_write: config.shared,
        }
    }

    /// Writes groups until the queue is closed and empty.
    pub async fn run(self) {
        // One timer for all groups. A new one, which is always the next to expire, would wake the thread each time.
        let mut permit_ends = pin!(sleep(PERMIT_TIME));
        while let Some(mut permit) = self.worker.permit().await {
            while let Some(taken) = permit.take() {
                permit_ends.as_mut().reset(Instant::now() + PERMIT_TIME);
                let commit = self.commit(taken, permit, permit_ends.as_mut());
                match AssertUnwindSafe(commit).catch_unwind().await {
                    Ok(Some(kept)) => permit = kept,
                    Ok(None) => break,
                    Err(_) => {
                        let SessionNumber { lane, number } = self.worker.session;
                        error!(
                            commit.lane = lane.0,
                            commit.session = number,
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
        taken: Taken,
        permit: Permit,
        permit_ends: Pin<&mut Sleep>,
    ) -> Option<Permit> {
        for (linked, _) in &taken.linked {
            self.metrics.linked_taken(linked.waits_since.elapsed());
        }
        let at = Moment {
            now: self.journal.now(),
            incarnation: self.journal.incarnation(),
            holds_max: self.holds_max,
        };
        let group = Group::decide(taken, &self.worker.queue, at, self.others_write);
        if group.sets.is_empty() {
            return Some(permit);
        }
        let span = self.span(&group);
        let deadline = Instant::now() + self.wait;
        let mut written = pin!(span.around(self.write(group, deadline)));
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
    fn span(&self, group: &Group) -> Span {
        let span = Span::of_several("commit", &group.spans);
        if span.is_recorded() {
            let operations: usize = group.sets.iter().map(WriteSet::size).sum();
            let SessionNumber { lane, number } = self.worker.session;
            span.set("commit.lane", i64::from(lane.0));
            for (name, number) in [
                ("commit.session", number),
                ("commit.wallets", group.sets.len()),
                ("commit.operations", operations),
            ] {
                span.set(name, number as i64);
            }
        }
        span
    }

    async fn write(&self, group: Group, deadline: Instant) {
        failpoint::reach("committer takes");
        let attempt = self.attempt(&group.sets).await;
        failpoint::reach("committer wrote");
        let queue = &self.worker.queue;
        let SessionNumber { lane, number } = self.worker.session;
        match attempt {
            Ok(outcomes) => {
                debug_assert_eq!(outcomes.len(), group.sets.len(), "an outcome for each set");
                group.answer(outcomes.into_iter().map(Ok), queue);
            }
            Err(CommitError::Unknown(cause)) => self.settle(group, &cause, deadline).await,
            Err(CommitError::NotSent(cause)) => {
                let not_sent = || Err(SetError::NotSent(Arc::clone(&cause)));
                group.answer(repeat_with(not_sent), queue);
            }
            Err(error) if group.is_divisible() => {
                warn!(commit.lane = lane.0, commit.session = number, commit.wallets = group.sets.len(), error = %chain(&error),
                    "group commit rejected; retrying each unit separately");
                for unit in group.divide(queue) {
                    if Instant::now() < deadline {
                        Box::pin(self.write(unit, deadline)).await;
                    } else {
                        // Nothing was written, and the callers of these operations have timed out.
                        unit.answer(repeat_with(|| Ok(SetOutcome::Stale)), queue);
                    }
                }
            }
            Err(CommitError::Busy(_)) => group.answer(repeat_with(|| Ok(SetOutcome::Stale)), queue),
            Err(CommitError::Rejected(cause)) => {
                let rejected = || Err(SetError::Rejected(Arc::clone(&cause)));
                group.answer(repeat_with(rejected), queue);
            }
        }
    }

    async fn attempt(&self, sets: &[WriteSet]) -> Result<Vec<SetOutcome>, CommitError> {
        let sent = Instant::now();
        let commit = self.journal.commit(self.worker.session, sets);
        let outcome = timeout(self.answer, commit).await.unwrap_or_else(|_| {
            let cause = CommitProblem::TooSlow(self.answer);
            Err(CommitError::Unknown(Arc::new(cause)))
        });
        self.metrics.committed(sets, sent.elapsed(), &outcome);
        if let Err(error) = &outcome {
            Span::current().fail(&chain(error));
        }
        outcome
    }

    async fn settle(&self, group: Group, cause: &Cause, deadline: Instant) {
        let sets = group.sets.clone();
        let queue = &self.worker.queue;
        let unsettled = Unsettled {
            journal: &*self.journal,
            session: self.worker.session,
            sets: &sets,
            wait: self.wait,
        };
        let mut waiting = Some(group);
        let committed = unsettled.settle(cause, deadline, |unknown| {
            if let Some(group) = waiting.take() {
                group.answer(repeat_with(|| Err(unknown())), queue);
            }
        });
        let committed = committed.await;
        self.metrics.settled(&sets, &committed);
        if let Some(group) = waiting {
            let outcomes = committed.into_iter().map(outcome_of_settled);
            group.answer(outcomes.map(Ok), queue);
        }
    }
}
