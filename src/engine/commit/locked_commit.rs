//! A locked commit: the write of a wallet that other engines write all the time (see
//! [`contention`](crate::engine::wallet)).
//!
//! 1. One of the [`LockedSessions`] is taken, and the wallet's row is locked on it.
//! 2. The wallet's actor receives the wallet as it is then ([`LockedWallet`]), and answers with the set that it decides on it
//!    ([`LockedSet`]), or drops the channel: then the row is unlocked.
//! 3. The set is written and committed, and the actor receives its outcome, as from a committer.
//!
//! When the row cannot be locked, for whatever reason, the actor finds its channel closed. Nothing was written. If the session does not
//! answer, it is settled before it is used again, for which the actor does not wait. What happens after step 2 means the same as
//! for a group, except that a set which was not sent is decided again: its wallet was there a moment ago.
//!
//! It runs in a task of its own, so that a write is settled even if its actor is gone. If it panics, the actor's channels are closed, and
//! whoever uses the session next finds it unsettled.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::locked_sessions::LockedSessions;
use super::request::{CommitProblem, Outcome, Reply, SetError, Written};
use super::settle::{Unsettled, outcome_of_settled};
use crate::config::EngineConfig;
use crate::domain::{Wallet, WalletId};
use crate::engine::metrics::EngineMetrics;
use crate::engine::{Cause, CommitError, Journal, Loaded, SessionNumber, SetOutcome, WriteSet};
use crate::telemetry::chain;
use crate::telemetry::traces::Span;

/// What every locked commit needs.
pub(super) struct LockedCommits {
    sessions: LockedSessions,
    journal: Arc<dyn Journal>,
    metrics: Arc<EngineMetrics>,
    wait: Duration,
    answer: Duration,
}

/// Where the actor waits.
pub(in crate::engine) struct LockedCommit {
    /// Fails if the row could not be locked.
    pub locked: oneshot::Receiver<LockedWallet>,
    /// Of the set, if one was decided.
    pub outcome: oneshot::Receiver<Outcome>,
}

/// A wallet whose row is locked.
pub(in crate::engine) struct LockedWallet {
    pub loaded: Loaded,
    /// Dropped, it unlocks the row.
    pub decided: oneshot::Sender<LockedSet>,
}

/// What was decided on a locked wallet.
pub(in crate::engine) struct LockedSet {
    pub set: WriteSet,
    /// The wallet after the set.
    pub then: Wallet,
    /// Those of its operations that are traced.
    pub spans: Vec<Span>,
}

/// A set on its way, with the span of its commit.
struct Sent {
    set: WriteSet,
    then: Wallet,
    span: Span,
    since: Instant,
}

impl LockedCommits {
    pub fn new(
        config: &EngineConfig,
        journal: &Arc<dyn Journal>,
        metrics: &Arc<EngineMetrics>,
    ) -> Self {
        Self {
            sessions: LockedSessions::new(config.committers),
            journal: Arc::clone(journal),
            metrics: Arc::clone(metrics),
            wait: config.wait,
            answer: config.answer,
        }
    }

    /// Starts one for the wallet on this thread.
    pub fn start(self: &Arc<Self>, wallet: WalletId) -> LockedCommit {
        let (locks, locked) = oneshot::channel();
        let (reply, outcome) = oneshot::channel();
        let commits = Arc::clone(self);
        actix_rt::spawn(async move {
            commits.run(wallet, locks, reply).await;
        });
        LockedCommit { locked, outcome }
    }

    async fn run(&self, wallet: WalletId, locks: oneshot::Sender<LockedWallet>, reply: Reply) {
        let Some(taken) = self.sessions.take().await else {
            drop(locks);
            self.metrics.locked_commits.missed.inc();
            return;
        };
        let (sent, result) = self.attempt(taken.session, wallet, locks).await;
        let outcomes = &self.metrics.locked_commits;
        let Some(sent) = sent else {
            match result {
                Ok(_) => outcomes.nothing.inc(),
                Err(CommitError::Unknown(cause)) => {
                    outcomes.missed.inc();
                    let deadline = Instant::now() + self.wait;
                    let unsettled = self.unsettled(taken.session, &[]);
                    unsettled.settle(&cause, deadline, |_| {}).await;
                }
                Err(_) => outcomes.missed.inc(),
            }
            return;
        };
        outcomes.written.inc();
        let sets = std::slice::from_ref(&sent.set);
        let result = result.map(|outcome| vec![outcome.unwrap_or(SetOutcome::Stale)]);
        self.metrics.committed(sets, sent.since.elapsed(), &result);
        if let Err(error) = &result {
            sent.span.fail(&chain(error));
        }
        let outcome = match result {
            Ok(mut outcomes) => {
                let outcome = outcomes.pop().unwrap_or(SetOutcome::Stale);
                Ok(Written::of(outcome, sent.then, Vec::new()))
            }
            Err(CommitError::Busy(_) | CommitError::NotSent(_)) => Ok(Written::Stale),
            Err(CommitError::Rejected(cause)) => Err(SetError::Rejected(cause)),
            Err(CommitError::Unknown(cause)) => {
                self.settle(taken.session, sent, &cause, reply).await;
                return;
            }
        };
        sent.span.end();
        drop(taken);
        // An actor that died meanwhile does not receive it.
        let _ = reply.send(outcome);
    }

    /// Locks the row, has the actor decide, and writes. Returns what was sent, with the result.
    async fn attempt(
        &self,
        session: SessionNumber,
        wallet: WalletId,
        locks: oneshot::Sender<LockedWallet>,
    ) -> (Option<Sent>, Result<Option<SetOutcome>, CommitError>) {
        let sent = OnceLock::new();
        let to_send = &sent;
        let decide = Box::new(move |loaded| {
            async move {
                let (decided, decision) = oneshot::channel();
                locks.send(LockedWallet { loaded, decided }).ok()?;
                let LockedSet { set, then, spans } = decision.await.ok()?;
                let sent = to_send.get_or_init(|| Sent {
                    set,
                    then,
                    span: Span::of_several("commit", &spans),
                    since: Instant::now(),
                });
                Some(&sent.set)
            }
            .boxed()
        });
        let commit = self.journal.commit_locked(session, wallet, decide);
        let result = timeout(self.answer, commit).await.unwrap_or_else(|_| {
            let cause = CommitProblem::TooSlow(self.answer);
            Err(CommitError::Unknown(Arc::new(cause)))
        });
        (sent.into_inner(), result)
    }

    fn unsettled<'a>(&'a self, session: SessionNumber, sets: &'a [WriteSet]) -> Unsettled<'a> {
        Unsettled {
            journal: &*self.journal,
            session,
            sets,
            wait: self.wait,
        }
    }

    async fn settle(&self, session: SessionNumber, sent: Sent, cause: &Cause, reply: Reply) {
        let sets = std::slice::from_ref(&sent.set);
        let deadline = sent.since + self.wait;
        let mut reply = Some(reply);
        let unsettled = self.unsettled(session, sets);
        let settled = unsettled.settle(cause, deadline, |unknown| {
            if let Some(reply) = reply.take() {
                let _ = reply.send(Err(unknown()));
            }
        });
        let committed = settled.await;
        self.metrics.settled(sets, &committed);
        if let (Some(reply), Some(committed)) = (reply, committed.first()) {
            let outcome = outcome_of_settled(*committed);
            let _ = reply.send(Ok(Written::of(outcome, sent.then, Vec::new())));
        }
    }
}
