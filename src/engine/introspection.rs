//! What the engine reports of itself, from its memory and without a message to any actor.

use prometheus::core::Collector;

use super::Engine;
use super::actor_status::ActorState;
use super::commit::Committers;
use super::hot_wallets::{self, HotWallets};
use super::metrics::Totals;
use crate::domain::WalletId;

/// What was admitted and is not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Registrations and operations, and reads from the database.
    pub operations: usize,
    /// Wallets with waiting operations.
    pub wallets: usize,
}

impl Engine {
    /// Returns the busiest wallets, up to `wallets_max`, without those that had no operation. It visits every actor, and what
    /// is known of the busiest wallets at rest, which takes some milliseconds for ten thousand, so frequent callers should
    /// cache it.
    #[must_use]
    pub fn hottest(&self, wallets_max: usize) -> HotWallets {
        hot_wallets::hottest(&self.0.registry, wallets_max)
    }

    /// Returns the state of the wallet's actor; `None` if it has none. It does not load the wallet.
    #[must_use]
    pub fn actor_state(&self, wallet: WalletId) -> Option<ActorState> {
        self.0.registry.actor_state(wallet)
    }

    /// Returns whether the wallet is in memory without an actor.
    #[must_use]
    pub fn rests(&self, wallet: WalletId) -> bool {
        self.0.registry.rests(wallet)
    }

    /// Returns what was counted since the start.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.0.metrics.totals()
    }

    /// Returns the engine's metrics, to be registered.
    #[must_use]
    pub fn metrics(&self) -> Vec<Box<dyn Collector>> {
        self.0.metrics.collectors()
    }

    /// Returns the limit of operations in the engine.
    #[must_use]
    pub fn inflight_max(&self) -> usize {
        self.0.admission.inside_max()
    }

    /// Returns what was admitted and is not answered yet.
    #[must_use]
    pub fn pending(&self) -> Pending {
        Pending {
            operations: self.0.admission.inside(),
            wallets: self.0.admission.wallets(),
        }
    }

    /// Returns whether the engine admits no more operations.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.admission.is_closed()
    }

    /// Returns the state of the committers.
    #[must_use]
    pub fn committers(&self) -> Committers {
        self.0.registry.committers()
    }

    /// Returns the number of active wallets: those in memory, with an actor or at rest.
    #[must_use]
    pub fn active_wallets(&self) -> usize {
        self.0.registry.len()
    }

    /// Returns how many of the active wallets rest.
    #[must_use]
    pub fn resting_wallets(&self) -> usize {
        self.0.registry.resting()
    }
}
