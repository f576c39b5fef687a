//! What the engine counts of itself.

mod totals;

pub use totals::{Refusal, Totals};

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{Histogram, IntCounter, IntCounterVec};

use super::{CommitError, EngineError, Queue, SetOutcome, WriteSet};
use crate::domain::{OperationRefused, Receipt};
use crate::telemetry::metrics::{counter, counters, seconds, sizes};

pub(super) struct EngineMetrics {
    operations_all: IntCounterVec,
    operations: Operations,
    pub actors_spawned: IntCounter,
    pub actors_retired: IntCounter,
    group_operations: Histogram,
    group_wallets: Histogram,
    commit_seconds: Histogram,
    commits_all: IntCounterVec,
    commits: Commits,
    guard_misses: IntCounter,
    settled_all: IntCounterVec,
    settled_committed: IntCounter,
    settled_absent: IntCounter,
}

/// Operations by outcome.
struct Operations {
    committed: IntCounter,
    replayed: IntCounter,
    insufficient_funds: IntCounter,
    balance_limit: IntCounter,
    key_reused: IntCounter,
    not_found: IntCounter,
    wallet_full: IntCounter,
    engine_full: IntCounter,
    stopping: IntCounter,
    not_done: IntCounter,
    unavailable: IntCounter,
}

/// Group commits by outcome.
struct Commits {
    committed: IntCounter,
    not_sent: IntCounter,
    rejected: IntCounter,
    busy: IntCounter,
    unknown: IntCounter,
}

impl EngineMetrics {
    pub fn new() -> Self {
        let operations = counters(
            "wallet_engine_operations_total",
            "Operations by outcome.",
            "outcome",
        );
        let commits = counters(
            "wallet_engine_commits_total",
            "Group commits by outcome.",
            "outcome",
        );
        let settled = counters(
            "wallet_engine_settled_total",
            "Writes of unknown outcome by what the ledger held.",
            "found",
        );
        Self {
            operations: Operations::of(&operations),
            operations_all: operations,
            actors_spawned: counter("wallet_engine_actors_spawned_total", "Actors spawned."),
            actors_retired: counter(
                "wallet_engine_actors_retired_total",
                "Actors retired because they were idle.",
            ),
            group_operations: sizes(
                "wallet_engine_commit_operations",
                "Operations per group commit.",
            ),
            group_wallets: sizes("wallet_engine_commit_wallets", "Wallets per group commit."),
            commit_seconds: seconds(
                "wallet_engine_commit_seconds",
                "Duration of a group commit, from sending it to its answer.",
            ),
            commits: Commits::of(&commits),
            commits_all: commits,
            guard_misses: counter(
                "wallet_engine_guard_misses_total",
                "Writes that missed their guard or met a lock.",
            ),
            settled_committed: settled.with_label_values(&["committed"]),
            settled_absent: settled.with_label_values(&["nothing"]),
            settled_all: settled,
        }
    }

    /// Everything, to be registered.
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        vec![
            Box::new(self.operations_all.clone()),
            Box::new(self.actors_spawned.clone()),
            Box::new(self.actors_retired.clone()),
            Box::new(self.group_operations.clone()),
            Box::new(self.group_wallets.clone()),
            Box::new(self.commit_seconds.clone()),
            Box::new(self.commits_all.clone()),
            Box::new(self.guard_misses.clone()),
            Box::new(self.settled_all.clone()),
        ]
    }

    pub fn answered(&self, answer: &Result<Receipt, EngineError>) {
        self.operations.of_answer(answer).inc();
    }

    #[expect(clippy::cast_precision_loss, reason = "a group is small")]
    pub fn committed(
        &self,
        sets: &[WriteSet],
        took: Duration,
        outcome: &Result<Vec<SetOutcome>, CommitError>,
    ) {
        let operations: usize = sets.iter().map(WriteSet::size).sum();
        self.group_operations.observe(operations as f64);
        self.group_wallets.observe(sets.len() as f64);
        self.commit_seconds.observe(took.as_secs_f64());
        self.commits.of_outcome(outcome).inc();
        if let Ok(outcomes) = outcome {
            let missed = |outcome: &&SetOutcome| matches!(outcome, SetOutcome::Stale);
            let missed = outcomes.iter().filter(missed).count();
            if missed > 0 {
                self.guard_misses.inc_by(missed as u64);
            }
        }
    }

    pub fn settled(&self, found: &[bool]) {
        for committed in found {
            if *committed {
                self.settled_committed.inc();
            } else {
                self.settled_absent.inc();
            }
        }
    }
}

impl Operations {
    fn of(all: &IntCounterVec) -> Self {
        let of = |outcome| all.with_label_values(&[outcome]);
        Self {
            committed: of("committed"),
            replayed: of("replayed"),
            insufficient_funds: of("insufficient_funds"),
            balance_limit: of("balance_limit"),
            key_reused: of("key_reused"),
            not_found: of("wallet_not_found"),
            wallet_full: of("wallet_full"),
            engine_full: of("engine_full"),
            stopping: of("stopping"),
            not_done: of("not_done"),
            unavailable: of("unavailable"),
        }
    }

    fn of_answer(&self, answer: &Result<Receipt, EngineError>) -> &IntCounter {
        match answer {
            Ok(receipt) if receipt.replayed => &self.replayed,
            Ok(_) => &self.committed,
            Err(EngineError::Refused(OperationRefused::InsufficientFunds)) => {
                &self.insufficient_funds
            }
            Err(EngineError::Refused(OperationRefused::BalanceLimit)) => &self.balance_limit,
            Err(EngineError::KeyReused) => &self.key_reused,
            Err(EngineError::WalletNotFound) => &self.not_found,
            Err(EngineError::Overloaded(Queue::Wallet)) => &self.wallet_full,
            Err(EngineError::Overloaded(_)) => &self.engine_full,
            Err(EngineError::Stopping) => &self.stopping,
            Err(EngineError::NotDone(_)) => &self.not_done,
            Err(_) => &self.unavailable,
        }
    }
}

impl Commits {
    fn of(all: &IntCounterVec) -> Self {
        let of = |outcome| all.with_label_values(&[outcome]);
        Self {
            committed: of("committed"),
            not_sent: of("not_sent"),
            rejected: of("rejected"),
            busy: of("busy"),
            unknown: of("unknown"),
        }
    }

    fn of_outcome<T>(&self, outcome: &Result<T, CommitError>) -> &IntCounter {
        match outcome {
            Ok(_) => &self.committed,
            Err(CommitError::NotSent(_)) => &self.not_sent,
            Err(CommitError::Rejected(_)) => &self.rejected,
            Err(CommitError::Busy(_)) => &self.busy,
            Err(CommitError::Unknown(_)) => &self.unknown,
        }
    }
}
