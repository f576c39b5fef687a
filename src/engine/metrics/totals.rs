//! The counts since the start, as numbers.

use prometheus::IntCounter;

use super::EngineMetrics;
use crate::telemetry::metrics::Distribution;

/// The counts of an engine since its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Operations that were committed.
    pub committed: u64,
    /// Operations that were replayed from the ledger.
    pub replayed: u64,
    /// Operations that had no effect, by reason, in the order of [`Refusal::ALL`].
    pub refused: [u64; Refusal::ALL.len()],
    /// Group commits that failed: rejected, not sent, busy, or of unknown outcome.
    pub commits_failed: u64,
    /// Wallet writes that missed their guard or met a lock.
    pub guard_misses: u64,
    /// Seconds that group commits took.
    pub commit_seconds: Distribution,
    /// Operations in group commits.
    pub group_operations: Distribution,
}

/// Why an operation had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    InsufficientFunds,
    BalanceLimit,
    Frozen,
    Closed,
    LimitExceeded,
    NotEmpty,
    NoOpenHold,
    ExceedsHold,
    ExpiryOutOfRange,
    AlreadyReversed,
    ExceedsOriginal,
    KeyReused,
    WalletNotFound,
    WalletFull,
    EngineFull,
    Stopping,
    NotDone,
    Unavailable,
}

impl Refusal {
    /// Those that a client causes, then those that concern operators.
    pub const ALL: [Self; 18] = [
        Self::InsufficientFunds,
        Self::BalanceLimit,
        Self::Frozen,
        Self::Closed,
        Self::LimitExceeded,
        Self::NotEmpty,
        Self::NoOpenHold,
        Self::ExceedsHold,
        Self::ExpiryOutOfRange,
        Self::AlreadyReversed,
        Self::ExceedsOriginal,
        Self::KeyReused,
        Self::WalletNotFound,
        Self::WalletFull,
        Self::EngineFull,
        Self::Stopping,
        Self::NotDone,
        Self::Unavailable,
    ];
}

impl EngineMetrics {
    pub fn totals(&self) -> Totals {
        let operations = &self.operations;
        let commits = &self.commits;
        let failed = [
            &commits.not_sent,
            &commits.rejected,
            &commits.busy,
            &commits.unknown,
        ];
        Totals {
            committed: operations.committed.get(),
            replayed: operations.replayed.get(),
            refused: Refusal::ALL.map(|refusal| self.refused(refusal).get()),
            commits_failed: failed.iter().map(|counter| counter.get()).sum(),
            guard_misses: self.guard_misses.get(),
            commit_seconds: Distribution::of(&self.commit_seconds, |_| true),
            group_operations: Distribution::of_sizes(&self.group_operations),
        }
    }

    fn refused(&self, refusal: Refusal) -> &IntCounter {
        let operations = &self.operations;
        match refusal {
            Refusal::InsufficientFunds => &operations.insufficient_funds,
            Refusal::BalanceLimit => &operations.balance_limit,
            Refusal::Frozen => &operations.frozen,
            Refusal::Closed => &operations.closed,
            Refusal::LimitExceeded => &operations.limit_exceeded,
            Refusal::NotEmpty => &operations.not_empty,
            Refusal::NoOpenHold => &operations.no_open_hold,
            Refusal::ExceedsHold => &operations.exceeds_hold,
            Refusal::ExpiryOutOfRange => &operations.expiry_out_of_range,
            Refusal::AlreadyReversed => &operations.already_reversed,
            Refusal::ExceedsOriginal => &operations.exceeds_original,
            Refusal::KeyReused => &operations.key_reused,
            Refusal::WalletNotFound => &operations.wallet_not_found,
            Refusal::WalletFull => &operations.wallet_full,
            Refusal::EngineFull => &operations.engine_full,
            Refusal::Stopping => &operations.stopping,
            Refusal::NotDone => &operations.not_done,
            Refusal::Unavailable => &operations.unavailable,
        }
    }
}
