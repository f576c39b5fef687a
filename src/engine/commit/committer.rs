//! Group commit: a few committers take the waiting sets of all wallets into one transaction each.
//!
//! 1. A committer that has the turn (see [`queue`](super::queue)) takes whatever waits, up to
//!    `batch_max` operations.
//! 2. It sends the group as one statement on its lane and waits for the outcome, `answer` at
//!    most.
//! 3. Each set's wallet is told: committed, or left out by its guard (`Stale`: load again, decide again), or left
//!    out because the ledger holds some of its keys (`Recorded`: these are answered, the rest is decided again).
//!
//! When step 2 fails:
//! * not sent: nothing was written, and every set is `NotSent`.
//! * rejected: nothing was written. A group is tried again set by set, so that one bad set never fails its
//!   neighbours; a single set is `Rejected`, or `Stale` if the reason is one that passes.
//! * outcome unknown: the lane is settled, again and again until it succeeds. Settled: what the ledger holds is
//!   `Committed`, the rest is `Stale`. When the longest wait is over before that, the wallets are told `Lost`,
//!   and the settling goes on: the lane can write nothing before it, and no wallet may be loaded while a write
//!   of it may still land.
//!
//! A panic costs the group that was being written: its wallets see their sender gone.

use std::iter::repeat_with;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::select;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tracing::{error, warn};

use super::queue::{Member, TURN, Turn};
use crate::config::EngineConfig;
use crate::engine::metrics::EngineMetrics;
use crate::engine::wallet::Handover;
use crate::engine::{Cause, CommitError, Journal, Recorded, SetOutcome, WriteSet};
use crate::failpoint;
use crate::telemetry::chain;
use crate::telemetry::traces::Span;

/// What became of one wallet's set.
#[derive(Debug)]
pub(in crate::engine) enum Written {
    /// It is durable.
    Committed,
    /// It is not written and never will be: somebody else moved the wallet, or the write was undone.
    Stale,
    /// It is not written and never will be: operations under these keys of its own were, earlier.
    Recorded(Vec<Recorded>),
    /// It is not written and never will be: a caller recalled it before a committer took it.
    Recalled,
    /// It is not written and never will be, and nothing else can be just now.
    NotSent(Cause),
    /// It is not written and never will be: the database refuses it, and would refuse it again.
    Rejected(Cause),
    /// It may be written, or become so, until `settled` ends: then it is or is not, for good.
    Lost {
        cause: Cause,
        settled: oneshot::Receiver<Never>,
    },
}

/// What is never sent: the end of the channel is the message.
#[derive(Debug)]
pub(in crate::engine) enum Never {}

/// Where a wallet waits for its outcome.
pub(super) type Wallet = oneshot::Sender<Written>;

/// A set, and where its wallet waits for the outcome.
pub(super) struct Request {
    pub set: WriteSet,
    pub written: Wallet,
    pub handover: Arc<Handover>,
    /// Those of its operations that are traced.
    pub spans: Vec<Span>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum CommitProblem {
    #[error("the group commit was not answered within {0:?}")]
    TooSlow(Duration),
    #[error("the settling of the lane was not answered in time")]
    SettleTooSlow,
    #[error("the queue for group commits is full")]
    Full,
}

pub(super) struct Committer {
    member: Member,
    journal: Arc<dyn Journal>,
    metrics: Arc<EngineMetrics>,
    wait: Duration,
    answer: Duration,
}

/// The longest pause between two attempts to settle a lane.
const SETTLE_PAUSE_MAX: Duration = Duration::from_millis(500);

impl Committer {
    pub fn new(
        member: Member,
        config: &EngineConfig,
        journal: Arc<dyn Journal>,
        metrics: Arc<EngineMetrics>,
    ) -> Self {
        Self {
            member,
            journal,
            metrics,
            wait: config.wait,
            answer: config.answer,
        }
    }

    /// Writes groups until there will be no more.
    pub async fn run(self) {
        // One timer for all groups. A fresh one, which is always the next to ring, would wake the thread each time.
        let mut turn_ends = pin!(sleep(TURN));
        while let Some(mut turn) = self.member.turn().await {
            while let Some(group) = turn.gather() {
                turn_ends.as_mut().reset(Instant::now() + TURN);
                let commit = self.commit(group, turn, turn_ends.as_mut());
                match AssertUnwindSafe(commit).catch_unwind().await {
                    Ok(Some(kept)) => turn = kept,
                    Ok(None) => break,
                    Err(_) => {
                        error!(commit.lane = self.member.lane, "a group commit panicked");
                        break;
                    }
                }
            }
        }
    }

    /// Writes a group, and gives the turn back if it could be kept as long.
    async fn commit(
        &self,
        group: Vec<Request>,
        turn: Turn,
        turn_ends: Pin<&mut Sleep>,
    ) -> Option<Turn> {
        let span = self.span(&group);
        let (sets, wallets): (Vec<_>, Vec<_>) =
            group.into_iter().map(|r| (r.set, r.written)).unzip();
        let deadline = Instant::now() + self.wait;
        let mut written = pin!(span.around(self.write(sets, wallets, deadline)));
        select! {
            biased;
            () = &mut written => return Some(turn),
            () = turn_ends => drop(turn),
        }
        written.await;
        None
    }

    /// The span of a group's commit.
    fn span(&self, group: &[Request]) -> Span {
        let operations = group.iter().flat_map(|request| &request.spans);
        let span = Span::of_several("commit", operations);
        if span.is_recorded() {
            let operations: usize = group.iter().map(|request| request.set.size()).sum();
            for (name, number) in [
                ("commit.lane", self.member.lane),
                ("commit.wallets", group.len()),
                ("commit.operations", operations),
            ] {
                span.set(name, i64::try_from(number).unwrap_or(i64::MAX));
            }
        }
        span
    }

    async fn write(&self, sets: Vec<WriteSet>, wallets: Vec<Wallet>, deadline: Instant) {
        failpoint::reach("committer takes");
        let attempt = self.attempt(&sets).await;
        failpoint::reach("committer wrote");
        match attempt {
            Ok(outcomes) => tell(wallets, outcomes.into_iter().map(Written::from)),
            Err(CommitError::Unknown(cause)) => self.settle(&sets, wallets, &cause, deadline).await,
            Err(CommitError::NotSent(cause)) => {
                tell(
                    wallets,
                    repeat_with(|| Written::NotSent(Arc::clone(&cause))),
                );
            }
            Err(error) if sets.len() > 1 => {
                warn!(commit.lane = self.member.lane, commit.wallets = sets.len(), error = %chain(&error),
                    "a group commit was rejected and is tried again wallet by wallet");
                for (set, wallet) in sets.into_iter().zip(wallets) {
                    if Instant::now() < deadline {
                        Box::pin(self.write(vec![set], vec![wallet], deadline)).await;
                    } else {
                        // Nothing was written, and whoever waited for it has been answered.
                        tell(vec![wallet], [Written::Stale]);
                    }
                }
            }
            Err(CommitError::Busy(_)) => tell(wallets, [Written::Stale]),
            Err(CommitError::Rejected(cause)) => tell(wallets, [Written::Rejected(cause)]),
        }
    }

    async fn attempt(&self, sets: &[WriteSet]) -> Result<Vec<SetOutcome>, CommitError> {
        let sent = Instant::now();
        let outcome = timeout(self.answer, self.journal.commit(self.member.lane, sets))
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
        mut wallets: Vec<Wallet>,
        cause: &Cause,
        deadline: Instant,
    ) {
        warn!(commit.lane = self.member.lane, commit.wallets = sets.len(), error = %chain(cause),
            "the outcome of a group commit is unknown and is being found out");
        let mut pause = Duration::from_millis(10);
        // Dropped when the lane is settled, which ends the channels of those that were told `Lost`.
        let mut unsettled = Vec::new();
        loop {
            let settled = timeout(self.wait, self.journal.settle(self.member.lane, sets))
                .await
                .unwrap_or_else(|_| Err(Arc::new(CommitProblem::SettleTooSlow)));
            let error = match settled {
                Ok(committed) => {
                    self.metrics.settled(&committed);
                    return tell(wallets, committed.into_iter().map(outcome));
                }
                Err(error) => error,
            };
            if Instant::now() + pause >= deadline && !wallets.is_empty() {
                error!(commit.lane = self.member.lane, commit.wallets = sets.len(), error = %chain(&error),
                    "the outcome of a group commit stays unknown; its wallets wait for it");
                for wallet in std::mem::take(&mut wallets) {
                    let (until, settled) = oneshot::channel();
                    unsettled.push(until);
                    let cause = Arc::clone(&error);
                    tell(vec![wallet], [Written::Lost { cause, settled }]);
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(SETTLE_PAUSE_MAX);
        }
    }
}

/// Tells each wallet its outcome. One whose actor died meanwhile has nobody left to tell.
fn tell(wallets: Vec<Wallet>, outcomes: impl IntoIterator<Item = Written>) {
    for (wallet, outcome) in wallets.into_iter().zip(outcomes) {
        let _ = wallet.send(outcome);
    }
}

fn outcome(committed: bool) -> Written {
    if committed {
        Written::Committed
    } else {
        Written::Stale
    }
}

impl From<SetOutcome> for Written {
    fn from(outcome: SetOutcome) -> Self {
        match outcome {
            SetOutcome::Committed => Self::Committed,
            SetOutcome::Stale => Self::Stale,
            SetOutcome::Recorded(recorded) => Self::Recorded(recorded),
        }
    }
}
