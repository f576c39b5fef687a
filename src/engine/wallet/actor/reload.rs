//! Loads an actor's wallet again, while its queue waits.
//!
//! * After a miss: another engine wrote the wallet, or something keeps it locked.
//! * Before refusals, where other engines write too: one of them may have moved the balance that they were decided on.
//! * After the database became another one, which may hold less than what is remembered.
//!
//! What is to be decided on the load was in the queue before it began. So a refusal of it is true, whatever others do
//! meanwhile: the wallet held no more at a moment when its caller waited already. Therefore no refusal costs a second
//! load, and an accepted operation has its guard.

use std::sync::Arc;
use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::{Phase, WalletActor};
use crate::domain::Wallet;
use crate::engine::loader::LoadFailed;
use crate::engine::{Cause, EngineError};

/// Misses in a row after which an actor takes its time.
const MISSES_AT_ONCE: u32 = 8;

#[derive(Debug, thiserror::Error)]
pub(super) enum ReloadProblem {
    #[error("could not load the wallet again")]
    Reload(#[source] LoadFailed),
    #[error("the wallet was not loaded again within {0:?}")]
    TooSlow(Duration),
}

impl WalletActor {
    /// Loads the wallet that another engine wrote, and decides everything that waits already.
    pub(super) fn reload_after_miss(&mut self, ctx: &mut Context<Self>) {
        let pause = self.pause_after_miss();
        self.reload(self.queue.len(), pause, ctx);
    }

    /// Loads the wallet after the pause, and decides that many operations from the head of the queue.
    pub(super) fn reload(&mut self, operations: usize, pause: Duration, ctx: &mut Context<Self>) {
        let ended = self.enter(Phase::Reloading);
        debug_assert!(matches!(ended, Phase::Idle), "a write is in flight");
        let loads = self.services.loads.clone();
        let (id, wait) = (self.wallet.id, self.services.config.wait);
        let incarnation = loads.incarnation();
        let load = async move {
            // Also the shortest sleep is a millisecond.
            if !pause.is_zero() {
                sleep(pause).await;
            }
            match timeout(wait, loads.load(id)).await {
                Ok(loaded) => loaded.map_err(ReloadProblem::Reload),
                Err(_) => Err(ReloadProblem::TooSlow(wait)),
            }
        };
        ctx.spawn(load.into_actor(self).map(move |loaded, actor, ctx| {
            actor.reloaded(loaded, incarnation, operations, ctx);
        }));
    }

    /// How long to wait before the load. Another engine that wrote the wallet is done with it, so the first times not at
    /// all; a session that keeps it locked is not, so then ever longer.
    fn pause_after_miss(&mut self) -> Duration {
        let pause = match self.misses.checked_sub(MISSES_AT_ONCE) {
            None => Duration::ZERO,
            Some(further) => Duration::from_millis(1 << further.min(7)),
        };
        self.misses += 1;
        pause
    }

    /// Whether the wallet lacks what was committed in the very database that it was loaded from: a restore has replaced
    /// rows under a server that went on.
    fn has_gone_back(&self, loaded: &Wallet, incarnation: u64) -> bool {
        let known = &self.wallet;
        let is_behind = loaded.version < known.version
            || (loaded.version == known.version && loaded.balance != known.balance);
        is_behind && self.shared.incarnation() == incarnation
    }

    /// Warns once of an engine that writes to the same database while this one is set to be alone: its balances and
    /// refusals are then those of its memory.
    fn notice_others(&self, loaded: &Wallet, incarnation: u64) {
        let is_foreign =
            loaded.version > self.wallet.version && self.shared.incarnation() == incarnation;
        if self.others_write || !is_foreign {
            return;
        }
        self.services.others_noticed.call_once(|| {
            warn!(
                wallet.id = %loaded.id,
                "another engine writes to this database: set WALLET_SHARED=true on each of them, or balances are \
                 read and withdrawals refused by what this engine remembers"
            );
        });
    }

    fn reloaded(
        &mut self,
        loaded: Result<Option<Wallet>, ReloadProblem>,
        incarnation: u64,
        operations: usize,
        ctx: &mut Context<Self>,
    ) {
        let ended = self.enter(Phase::Idle);
        debug_assert!(matches!(ended, Phase::Reloading), "no load was in flight");
        match loaded {
            Ok(Some(wallet)) => {
                debug_assert_eq!(wallet.id, self.wallet.id, "another wallet was loaded");
                if self.has_gone_back(&wallet, incarnation) {
                    self.services.loads.distrust();
                }
                self.notice_others(&wallet, incarnation);
                self.wallet = wallet;
                self.shared.set_loaded(wallet, incarnation);
                self.decide(operations, true, ctx);
                self.advance(ctx);
            }
            Ok(None) => {
                self.leave(ctx);
                for apply in self.queue.drain(..) {
                    apply.answer(Err(EngineError::WalletNotFound));
                }
            }
            Err(problem) => {
                let cause: Cause = Arc::new(problem);
                self.give_up(&cause, ctx);
            }
        }
    }
}
