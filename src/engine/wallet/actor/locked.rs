//! How an actor writes a contended wallet (see [`contention`](super::super::contention)): it has the row locked, and decides on the wallet
//! as it is then, everything that is queued by then.
//!
//! The queue stays what it is until the row is locked: its operations are not decided, so their callers can withdraw them. What is
//! decided has no waiting committer, and is handed over at once.
//!
//! An actor that attends linked sets, or has to load its wallet for another reason, does not lock. If the row cannot be locked, because
//! another session keeps it or no session is free, the actor goes on as after a miss: it loads the wallet, and writes it if its guard
//! holds. So whatever keeps it from locking never keeps it from writing.

use std::sync::Arc;
use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::batch::Batch;
use super::reload::ReloadProblem;
use super::{InFlight, Phase, WalletActor};
use crate::engine::commit::{LockedSet, LockedWallet, Outcome, SetError, SetNumber};
use crate::engine::loader::LoadFailed;

impl WalletActor {
    /// Begins to lock the row, if the wallet is contended and nothing else has to be done first. Otherwise returns `false`.
    pub(super) fn lock(&mut self, ctx: &mut Context<Self>) -> bool {
        if !self.is_to_be_locked() {
            return false;
        }
        let incarnation = self.services.loads.incarnation();
        let commit = self.services.commits.commit_locked(self.wallet.id);
        let ended = self.enter(Phase::Locking);
        debug_assert!(matches!(ended, Phase::Idle), "a write is in flight");
        let locked = commit.locked.into_actor(self);
        ctx.spawn(locked.map(move |locked, actor, ctx| {
            let ended = actor.enter(Phase::Idle);
            debug_assert!(matches!(ended, Phase::Locking), "no lock was awaited");
            if let Ok(wallet) = locked {
                actor.locked(wallet, incarnation, commit.outcome, ctx);
            } else {
                let pause = actor.pause_after_miss();
                let operations = actor.take_decidable();
                actor.reload(operations, pause, ctx);
            }
        }));
        true
    }

    pub(super) fn is_to_be_locked(&mut self) -> bool {
        self.contention.is_contended()
            && self.services.commits.locks_wallets()
            && !self.queue.is_empty()
            && !self.is_to_be_loaded()
            && self.attends().is_empty()
    }

    /// Returns how many operations of the queue are to be decided: what is left of a set with known keys alone, otherwise all.
    fn take_decidable(&mut self) -> usize {
        self.alone.take().unwrap_or(self.queue.len())
    }

    fn locked(
        &mut self,
        locked: LockedWallet,
        incarnation: u64,
        outcome: oneshot::Receiver<Outcome>,
        ctx: &mut Context<Self>,
    ) {
        let LockedWallet { loaded, decided } = locked;
        let version = self.wallet.version;
        let loaded = loaded.map_err(|cause| ReloadProblem::Reload(LoadFailed::Unreadable(cause)));
        if !self.take_over(loaded, incarnation, ctx) {
            return;
        }
        self.contention.locked(self.wallet.version == version);
        let operations = self.take_decidable();
        if self.is_to_be_loaded() {
            drop(decided);
            return self.reload(operations, Duration::ZERO, ctx);
        }
        let is_alone = self.services.commits.is_of_one_wallet();
        let (at, size_max) = (self.moment(), self.set_limit.operations(is_alone));
        let queue = &mut self.queue;
        let (batch, set) = Batch::decide(&self.wallet, at, queue, operations, size_max);
        match set {
            Some(set) if batch.handover.take() => {
                let set = LockedSet {
                    set,
                    then: batch.then.clone(),
                    spans: batch.spans(),
                };
                // If its task has died, so has the channel of the outcome.
                let _ = decided.send(set);
                self.await_outcome(batch, outcome, ctx);
            }
            // A caller has recalled it meanwhile: the rest is decided again.
            Some(_) => {
                drop(decided);
                self.put_back(batch.into_operations());
            }
            None => {
                drop(decided);
                batch.answer(None);
            }
        }
        self.advance(ctx);
        self.leave_if_away(ctx);
    }

    fn await_outcome(
        &mut self,
        batch: Batch,
        outcome: oneshot::Receiver<Outcome>,
        ctx: &mut Context<Self>,
    ) {
        let handover = Arc::clone(&batch.handover);
        // No committer has it: nothing is taken back, or attends one more linked set.
        let number = SetNumber::default();
        self.enter(Phase::Writing(InFlight {
            batch,
            number,
            is_empty: false,
        }));
        let sent = Instant::now();
        ctx.spawn(outcome.into_actor(self).map(move |outcome, actor, ctx| {
            actor.set_limit.learn(sent.elapsed());
            let dead = |_| Err(SetError::of_dead_committer(&handover));
            actor.written(number, outcome.unwrap_or_else(dead), ctx);
        }));
    }
}
