//! Loads an actor's wallet again, while its queue waits.
//!
//! * After a miss: another engine wrote the wallet, or its row is locked.
//! * Before refusals, where other engines write too: one of them may have changed the balance that they were decided on.
//! * After a change of incarnation, as the database may hold less than the actor remembers.
//!
//! What is decided on the load was in the queue before the load began. So a refusal is true whatever other engines do
//! meanwhile: the wallet held no more at a moment when its caller waited already. So no refusal costs a second load, and an
//! accepted operation has its guard.

use std::sync::Arc;
use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::{Phase, WalletActor};
use crate::domain::Wallet;
use crate::engine::loader::LoadFailed;
use crate::engine::{Cause, EngineError};

/// Consecutive misses after which an actor backs off.
const MISSES_AT_ONCE: u32 = 8;

#[derive(Debug, thiserror::Error)]
pub(super) enum ReloadProblem {
    #[error("could not load the wallet again")]
    Reload(#[source] LoadFailed),
    #[error("the wallet was not loaded again within {0:?}")]
    TooSlow(Duration),
}

impl WalletActor {
    /// Loads the wallet that another engine wrote, and decides everything that is queued. A contended one is locked instead, when
    /// the actor advances.
    pub(super) fn reload_after_miss(&mut self, ctx: &mut Context<Self>) {
        self.contention.missed();
        let pause = self.pause_after_miss();
        if !(pause.is_zero() && self.is_to_be_locked()) {
            self.reload(self.queue.len(), pause, ctx);
        }
    }

    /// Loads the wallet after the pause, and decides that many operations from the head of the queue.
    pub(super) fn reload(&mut self, operations: usize, pause: Duration, ctx: &mut Context<Self>) {
        let ended = self.enter(Phase::Reloading);
        debug_assert!(matches!(ended, Phase::Idle), "a write is in flight");
        let loads = self.services.loads.clone();
        let (id, wait) = (self.wallet.id, self.services.config.wait);
        let incarnation = loads.incarnation();
        let load = async move {
            // The shortest sleep is a millisecond.
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

    /// Returns the delay before the load: none at first, as an engine that wrote the wallet has finished, then longer and
    /// longer, as a session that keeps it locked has not.
    pub(super) fn pause_after_miss(&mut self) -> Duration {
        let pause = match self.misses.checked_sub(MISSES_AT_ONCE) {
            None => Duration::ZERO,
            Some(further) => Duration::from_millis(1 << further.min(7)),
        };
        self.misses += 1;
        pause
    }

    /// Returns whether the wallet lacks what was committed in the same incarnation: a restore has replaced rows of a running
    /// server.
    fn has_gone_back(&self, loaded: &Wallet, incarnation: u64) -> bool {
        let known = &self.wallet;
        let is_behind = loaded.version < known.version
            || (loaded.version == known.version
                && (loaded.balance, loaded.held()) != (known.balance, known.held()));
        is_behind && self.shared.incarnation() == incarnation
    }

    /// Warns once of another engine on the same database while this one is configured to be alone, so that its balances and
    /// refusals are those of its memory.
    fn notice_others(&self, loaded: &Wallet, incarnation: u64) {
        let is_foreign =
            loaded.version > self.wallet.version && self.shared.incarnation() == incarnation;
        if self.others_write() || !is_foreign {
            return;
        }
        self.services.others_noticed.call_once(|| {
            warn!(
                wallet.id = %loaded.id,
                "another engine writes to this database: set WALLET_SHARED=true on every engine, or balances are read \
                 and withdrawals refused from this engine's memory"
            );
        });
    }

    /// Takes over the wallet that was loaded. If there is none, or the load has failed, leaves, answers all that wait, and returns
    /// `false`.
    pub(super) fn take_over(
        &mut self,
        loaded: Result<Option<Wallet>, ReloadProblem>,
        incarnation: u64,
        ctx: &mut Context<Self>,
    ) -> bool {
        match loaded {
            Ok(Some(wallet)) => {
                debug_assert_eq!(wallet.id, self.wallet.id, "another wallet was loaded");
                if self.has_gone_back(&wallet, incarnation) {
                    self.services.loads.distrust();
                }
                self.notice_others(&wallet, incarnation);
                self.wallet = wallet.clone();
                self.shared.set_loaded(wallet, incarnation);
                return true;
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
        false
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
        if self.take_over(loaded, incarnation, ctx) {
            self.decide(operations, true, ctx);
            self.advance(ctx);
            self.leave_if_away(ctx);
        }
    }
}
