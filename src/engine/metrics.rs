//! The engine's metrics.

mod totals;

pub use totals::{Refusal, Totals};

use std::time::Duration;

use prometheus::{Histogram, IntCounter};
use time::OffsetDateTime;

use super::{CommitError, EngineError, LinkedError, Queue, SetOutcome, WriteSet};
use crate::domain::linked::StepReceipt;
use crate::domain::{OperationRefused, Receipt};
use crate::telemetry::metrics::{counter, counters, metrics, seconds, sizes};

metrics! {
    pub(super) struct EngineMetrics {
        operations: Operations {
            committed, replayed, insufficient_funds, balance_limit, frozen, closed, limit_exceeded, not_empty, no_open_hold, exceeds_hold, expiry_out_of_range,
            already_reversed, exceeds_original, key_reused, wallet_not_found, wallet_full, engine_full, stopping, not_done, unavailable
        } = counters("wallet_engine_operations_total", "Operations by outcome.", "outcome");
        actors_spawned: IntCounter = counter("wallet_engine_actors_spawned_total", "Actors spawned.");
        actors_retired: IntCounter = counter("wallet_engine_actors_retired_total", "Idle wallets retired from memory.");
        group_operations: Histogram = sizes("wallet_engine_commit_operations", "Operations per group commit.");
        group_wallets: Histogram = sizes("wallet_engine_commit_wallets", "Wallets per group commit.");
        commit_seconds: Histogram = seconds("wallet_engine_commit_seconds", "Duration of group commits in seconds.");
        commits: Commits { committed, not_sent, rejected, busy, unknown }
            = counters("wallet_engine_commits_total", "Group commits by outcome.", "outcome");
        linked_sets: LinkedSets { committed, refused, failed } = counters("wallet_engine_linked_sets_total",
            "Linked sets (transfers and atomic batches) by outcome.", "outcome");
        linked_wait_seconds: Histogram = seconds("wallet_engine_linked_wait_seconds",
            "Wait of linked sets for the presence of all their wallets in seconds.");
        guard_misses: IntCounter
            = counter("wallet_engine_guard_misses_total", "Wallet writes that missed their guard or met a lock.");
        locked_commits: LockedCommits { written, nothing, missed } = counters("wallet_engine_locked_commits_total",
            "Attempts to lock the row of a contended wallet and write it, by outcome.", "outcome");
        holds_expired: IntCounter = counter("wallet_engine_holds_expired_total", "Holds released because they expired.");
        settled: Settled { committed, nothing }
            = counters("wallet_engine_settled_total", "Settled writes of unknown outcome, by what the ledger held.", "found");
    }
}

impl EngineMetrics {
    /// Counts an operation, unless it is decided again before its caller is answered.
    pub fn answered(&self, answer: &Result<Receipt, EngineError>) {
        if let Err(EngineError::Refused(OperationRefused::OriginalOutdated)) = answer {
            return;
        }
        self.operations.of_answer(answer).inc();
    }

    /// Counts every step of a linked set that happened; of one that did not, the whole as one, unless it is decided again before
    /// its caller is answered.
    pub fn linked(&self, verdict: &Result<Vec<StepReceipt>, LinkedError>) {
        match verdict {
            Ok(receipts) => {
                self.linked_sets.committed.inc();
                for receipt in receipts {
                    self.operations.of_receipt(receipt.replayed).inc();
                }
            }
            Err(LinkedError::Refused(refused))
                if refused.reason == OperationRefused::OriginalOutdated => {}
            Err(error) => {
                self.linked_sets.of_error(error).inc();
                self.operations.of_linked_error(error).inc();
            }
        }
    }

    /// Wallets left memory, as they were unused or too many.
    pub fn retired(&self, wallets: usize) {
        if wallets > 0 {
            self.actors_retired.inc_by(wallets as u64);
        }
    }

    /// A linked set waited so long until all of its wallets were present.
    pub fn linked_taken(&self, waited: Duration) {
        self.linked_wait_seconds.observe(waited.as_secs_f64());
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
            for (set, outcome) in sets.iter().zip(outcomes) {
                if matches!(outcome, SetOutcome::Committed(_)) {
                    self.holds_expired.inc_by(set.expired() as u64);
                }
            }
        }
    }

    pub fn settled(&self, sets: &[WriteSet], found: &[Option<OffsetDateTime>]) {
        for (set, committed) in sets.iter().zip(found) {
            if committed.is_some() {
                self.settled.committed.inc();
                self.holds_expired.inc_by(set.expired() as u64);
            } else {
                self.settled.nothing.inc();
            }
        }
    }
}

impl Operations {
    fn of_answer(&self, answer: &Result<Receipt, EngineError>) -> &IntCounter {
        match answer {
            Ok(receipt) => self.of_receipt(receipt.replayed),
            Err(error) => self.of_error(error),
        }
    }

    fn of_receipt(&self, replayed: bool) -> &IntCounter {
        if replayed {
            &self.replayed
        } else {
            &self.committed
        }
    }

    fn of_error(&self, error: &EngineError) -> &IntCounter {
        match error {
            EngineError::Refused(reason) => self.of_refusal(*reason),
            EngineError::KeyReused => &self.key_reused,
            EngineError::WalletNotFound => &self.wallet_not_found,
            EngineError::Overloaded(Queue::Wallet) => &self.wallet_full,
            EngineError::Overloaded(Queue::Engine) => &self.engine_full,
            EngineError::Stopping => &self.stopping,
            EngineError::NotDone(_) => &self.not_done,
            EngineError::Unavailable(_) => &self.unavailable,
            EngineError::OperationNotFound
            | EngineError::HoldNotFound
            | EngineError::NotReversible
            | EngineError::Registration(_)
            | EngineError::UnverifiablePassword(_)
            | EngineError::Overloaded(Queue::PasswordHashing | Queue::History | Queue::Feed) => {
                debug_assert!(false, "no operation is answered so: {error}");
                &self.unavailable
            }
        }
    }

    fn of_linked_error(&self, error: &LinkedError) -> &IntCounter {
        match error {
            LinkedError::WalletNotFound(_) => &self.wallet_not_found,
            LinkedError::Refused(refused) => self.of_refusal(refused.reason),
            LinkedError::KeyReused(_) => &self.key_reused,
            LinkedError::Engine(error) => self.of_error(error),
            LinkedError::SameWallet => {
                debug_assert!(false, "no linked set has such a step");
                &self.unavailable
            }
        }
    }

    fn of_refusal(&self, reason: OperationRefused) -> &IntCounter {
        match reason {
            OperationRefused::InsufficientFunds => &self.insufficient_funds,
            OperationRefused::BalanceLimit => &self.balance_limit,
            OperationRefused::Frozen => &self.frozen,
            OperationRefused::Closed => &self.closed,
            OperationRefused::LimitExceeded { .. } => &self.limit_exceeded,
            OperationRefused::NotEmpty => &self.not_empty,
            OperationRefused::NoOpenHold => &self.no_open_hold,
            OperationRefused::ExceedsHold => &self.exceeds_hold,
            OperationRefused::ExpiryOutOfRange => &self.expiry_out_of_range,
            OperationRefused::AlreadyReversed => &self.already_reversed,
            OperationRefused::ExceedsOriginal => &self.exceeds_original,
            OperationRefused::OriginalOutdated => {
                debug_assert!(false, "it is decided again");
                &self.not_done
            }
        }
    }
}

impl LinkedSets {
    fn of_error(&self, error: &LinkedError) -> &IntCounter {
        match error {
            LinkedError::Engine(_) => &self.failed,
            LinkedError::WalletNotFound(_)
            | LinkedError::SameWallet
            | LinkedError::Refused(_)
            | LinkedError::KeyReused(_) => &self.refused,
        }
    }
}

impl Commits {
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
