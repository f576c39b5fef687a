//! The owner of one active wallet.
//!
//! An actor is in one of five phases:
//!
//! * `Idle`: nothing is being written. Whatever is queued is decided at once, in order, on the committed balance and then
//!   on each other's results; what was accepted goes to a committer as one set. Beyond the limit of a set (`set_limit`),
//!   operations stay queued for the next one.
//! * `Writing`: one set is in flight. What arrives meanwhile waits and becomes the next batch; so a request with the key of
//!   an operation that is being written waits for that one.
//! * `Reloading`: another engine wrote this wallet, or may have (`reload`). It is being loaded again, and the batch, none of
//!   which was answered, is back at the head of the queue, to be decided again.
//! * `Locking`: the wallet is contended (`locked`). Its row is being locked, and what is queued will be decided then, and written in
//!   the transaction that has the lock.
//! * `Unsettled`: the outcome of a write could not be found out in time. Its callers receive that it is unknown, all others
//!   that nothing was done, until it is known; then the actor stops, and the next request loads what the database holds.
//!
//! No answer is sent before the commit that it depends on. That includes a refusal, which was decided on a balance that the
//! rest of its batch has yet to make true. Where other engines write to the database as well, also refusals alone are
//! decided on a balance that was loaded while their callers waited.
//!
//! When the ledger holds keys of the set, nothing of it is written: their operations are answered from the ledger, and the
//! others are the next batch, alone. Otherwise new requests could bring more such keys, again and again, and those behind
//! them would never be written.
//!
//! An actor that nobody asks for anything comes to rest (`rest`): the registry keeps the wallet, and makes another actor of it
//! when an operation comes. One whose requests all come from another thread (`affinity`) does so as soon as nothing waits:
//! the next request has the actor on its own thread, and later ones cross no thread.
//!
//! An actor's memory belongs to one incarnation of the database. After a failover or a restore, the wallet is loaded again
//! before anything more is decided on it.
//!
//! A write that certainly failed is answered as an error and the actor continues, as its memory is right. It also continues
//! when a caller recalled the set before a committer took it: the other operations are decided again.

mod attendance;
mod expiry;
mod locked;
mod operations;
mod reload;
mod rest;
mod start;
mod unsettled;

pub(in crate::engine) use rest::rest_after;
pub(in crate::engine) use start::Unstarted;

use std::collections::VecDeque;
use std::sync::{Arc, Once};
use std::time::Duration;

use actix::{ActorContext, ActorFutureExt, Addr, AsyncContext, Context, WrapFuture};
use tokio::time::Instant;

use super::affinity::Affinity;
use super::batch::Batch;
use super::contention::Contention;
use super::leave::LeaveGuard;
use super::mailbox::{Apply, ApplyAll, Attend, Expire, Retire, refuse};
use super::set_limit::SetLimit;
use super::state::SharedState;
use crate::config::EngineConfig;
use crate::domain::{Moment, Wallet};
use crate::engine::actor_status::ActorPhase;
use crate::engine::clock::Clock;
use crate::engine::commit::{
    CommitWorkers, Committed, Outcome, SetError, SetNumber, Submission, Written,
};
use crate::engine::loader::LoadQueue;
use crate::engine::metrics::EngineMetrics;
use crate::engine::{Cause, EngineError, Recorded, WriteSet};
use crate::failpoint;

/// An active wallet: its actor's address and its shared state.
pub(in crate::engine) struct ActiveWallet {
    pub addr: Addr<WalletActor>,
    pub shared: Arc<SharedState>,
}

/// What all actors share.
pub(in crate::engine) struct Services {
    pub loads: LoadQueue,
    pub commits: CommitWorkers,
    pub metrics: Arc<EngineMetrics>,
    pub config: EngineConfig,
    /// What all moments of wallets are counted on.
    pub clock: Clock,
    /// Whether it was logged that another engine writes to this database.
    pub others_noticed: Once,
}

enum Phase {
    Idle,
    Writing(InFlight),
    Reloading,
    Locking,
    Unsettled(Cause),
}

/// What was submitted and has no outcome yet.
struct InFlight {
    batch: Batch,
    number: SetNumber,
    /// There is nothing to write: the wallet only attends linked sets.
    is_empty: bool,
}

pub(in crate::engine) struct WalletActor {
    /// Removes the actor from the registry. The first field, so that a panic drops it before the callers in the queue.
    guard: LeaveGuard,
    /// As last committed, as far as this engine knows.
    wallet: Wallet,
    queue: VecDeque<Apply>,
    /// The linked sets that the wallet is to be present for.
    attending: Vec<Attend>,
    phase: Phase,
    /// Consecutive writes that missed their guard or met a lock.
    misses: u32,
    contention: Contention,
    /// So many operations at the head of the queue are written before those behind them.
    alone: Option<usize>,
    /// The last set was recalled; what is left of it is written first.
    was_recalled: bool,
    affinity: Affinity,
    /// It was spawned to release expired holds, and nobody has asked for anything since.
    only_expires: bool,
    /// Something was asked for since that was last checked.
    is_used: bool,
    set_limit: SetLimit,
    shared: Arc<SharedState>,
    services: Arc<Services>,
}

impl WalletActor {
    pub fn new(
        wallet: Wallet,
        shared: Arc<SharedState>,
        services: Arc<Services>,
        guard: LeaveGuard,
    ) -> Self {
        let config = &services.config;
        Self {
            guard,
            wallet,
            queue: VecDeque::new(),
            attending: Vec::new(),
            phase: Phase::Idle,
            misses: 0,
            contention: Contention::default(),
            alone: None,
            was_recalled: false,
            affinity: Affinity::default(),
            only_expires: false,
            is_used: true,
            set_limit: SetLimit::new(config.batch_max),
            shared,
            services,
        }
    }

    /// Whether other engines write to the database as well, so that the balance in memory is no reason to refuse an operation.
    fn others_write(&self) -> bool {
        self.services.config.shared
    }

    /// Begins a phase. Returns the one that it ends.
    fn enter(&mut self, phase: Phase) -> Phase {
        self.shared.status.enter(match &phase {
            Phase::Idle => ActorPhase::Idle,
            Phase::Writing(_) => ActorPhase::Writing,
            Phase::Reloading | Phase::Locking => ActorPhase::Reloading,
            Phase::Unsettled(_) => ActorPhase::Unsettled,
        });
        std::mem::replace(&mut self.phase, phase)
    }

    /// Decides what is queued if no write is in flight, and submits what was accepted.
    fn advance(&mut self, ctx: &mut Context<Self>) {
        while matches!(self.phase, Phase::Idle)
            && !(self.queue.is_empty()
                && self.attending.is_empty()
                && !self.wallet.has_to_be_loaded())
        {
            if !self.lock(ctx) {
                self.decide(self.queue.len(), !self.others_write(), ctx);
            }
        }
    }

    /// Returns whether the wallet has to be loaded before anything more is decided on it.
    fn is_to_be_loaded(&self) -> bool {
        self.shared.incarnation() != self.services.loads.incarnation()
            || self.wallet.has_to_be_loaded()
    }

    /// Decides up to `operations_max` operations while no write is in flight. If all are refused, `may_refuse` is whether
    /// the balance in memory is reason enough.
    fn decide(&mut self, operations_max: usize, may_refuse: bool, ctx: &mut Context<Self>) {
        debug_assert!(matches!(self.phase, Phase::Idle), "one write at a time");
        if self.is_to_be_loaded() {
            return self.reload(operations_max, Duration::ZERO, ctx);
        }
        let is_alone = self.services.commits.is_of_one_wallet();
        let size_max = self.set_limit.operations(is_alone);
        let at = self.moment();
        let queue = &mut self.queue;
        let (batch, set) = Batch::decide(&self.wallet, at, queue, operations_max, size_max);
        if set.is_some() {
            self.submit(set, batch, ctx);
        } else if may_refuse || batch.is_empty() {
            // Refusals alone were decided on the committed balance.
            batch.answer(None);
            if !self.attends().is_empty() {
                self.submit(None, Batch::empty(self.wallet.clone()), ctx);
            }
        } else {
            let refused = batch.len();
            self.put_back(batch.into_operations());
            self.reload(refused, Duration::ZERO, ctx);
        }
    }

    /// Now, and the past that this actor knows.
    fn moment(&self) -> Moment {
        Moment {
            now: self.services.loads.now(),
            incarnation: self.shared.incarnation(),
            holds_max: self.services.config.holds_max,
        }
    }

    /// Submits the batch's set to the committers, and waits for its outcome.
    fn submit(&mut self, set: Option<WriteSet>, batch: Batch, ctx: &mut Context<Self>) {
        let handover = Arc::clone(&batch.handover);
        let is_empty = set.is_none();
        let submission = Submission {
            incarnation: self.shared.incarnation(),
            before: self.wallet.clone(),
            then: batch.then.clone(),
            set,
            // Nothing more is decided on a wallet that has to be loaded first.
            attends: if batch.then.has_to_be_loaded() {
                Vec::new()
            } else {
                self.attends()
            },
            was_recalled: std::mem::take(&mut self.was_recalled),
            spans: batch.spans(),
        };
        let (number, outcome) = self.services.commits.submit(submission, &handover);
        self.enter(Phase::Writing(InFlight {
            batch,
            number,
            is_empty,
        }));
        let submitted = Instant::now();
        let outcome = async move {
            let dead = |_| Err(SetError::of_dead_committer(&handover));
            outcome.await.unwrap_or_else(dead)
        };
        ctx.spawn(outcome.into_actor(self).map(move |outcome, actor, ctx| {
            if !is_empty && !matches!(outcome, Err(SetError::Recalled)) {
                actor.set_limit.learn(submitted.elapsed());
            }
            actor.written(number, outcome, ctx);
        }));
    }

    fn written(&mut self, number: SetNumber, outcome: Outcome, ctx: &mut Context<Self>) {
        let is_current = |in_flight: &InFlight| in_flight.number == number;
        if !matches!(&self.phase, Phase::Writing(in_flight) if is_current(in_flight)) {
            return; // It was taken back.
        }
        let Phase::Writing(InFlight { batch, .. }) = self.enter(Phase::Idle) else {
            return;
        };
        failpoint::reach("actor notified");
        match outcome {
            Ok(Written::Committed(Committed { then, at, linked })) => {
                self.misses = 0;
                self.contention.committed();
                let operations = then.version.abs_diff(self.wallet.version);
                debug_assert!(
                    then.version >= self.wallet.version,
                    "a commit took the version back"
                );
                let clock = &self.services.clock;
                self.shared.status.committed(operations, clock);
                self.wallet = then.clone();
                self.shared.set_committed(then);
                // The next batch is submitted before the thread writes the responses of this one.
                self.advance(ctx);
                batch.answer(at);
                drop(linked);
                self.leave_if_away(ctx);
            }
            Ok(Written::Stale) => {
                self.put_back(batch.into_operations());
                self.reload_after_miss(ctx);
            }
            Ok(Written::Reload) => {
                self.put_back(batch.into_operations());
                self.reload(self.queue.len(), Duration::ZERO, ctx);
            }
            Ok(Written::Recorded(recorded)) if self.is_behind(&recorded) => {
                self.put_back(batch.into_operations());
                self.reload_after_miss(ctx);
            }
            Ok(Written::Recorded(recorded)) => self.go_on_without(recorded, batch, ctx),
            Err(SetError::Recalled) => {
                self.was_recalled = !batch.is_empty();
                self.put_back(batch.into_operations());
            }
            Err(SetError::NotSent(cause)) => {
                refuse(batch.into_operations(), EngineError::NotDone, &cause);
            }
            Err(SetError::Rejected(cause)) => {
                refuse(batch.into_operations(), EngineError::Unavailable, &cause);
            }
            Err(SetError::Unknown { cause, settled }) => {
                self.wait_until_settled(batch, cause, settled, ctx);
            }
        }
        self.advance(ctx);
        self.was_recalled = false;
    }

    /// Comes to rest if nothing waits, and all recent operations came from another thread, or there were none.
    fn leave_if_away(&mut self, ctx: &mut Context<Self>) {
        if self.affinity.is_elsewhere() || self.only_expires {
            self.rest(ctx);
        }
    }

    /// Returns whether the ledger has operations that this actor does not know. Its rows are answers only after a load, or
    /// a balance that is read afterwards would be older than the answer.
    fn is_behind(&self, recorded: &[Recorded]) -> bool {
        recorded.iter().any(|first| first.seq > self.wallet.version)
    }

    /// Answers the operations of the batch that the ledger holds, and decides the rest again.
    fn go_on_without(&mut self, recorded: Vec<Recorded>, batch: Batch, ctx: &mut Context<Self>) {
        self.misses = 0;
        let others = batch.answer_recorded(recorded);
        let alone = others.len();
        self.put_back(others.into_iter());
        if alone > 0 && self.is_to_be_locked() {
            self.alone = Some(alone);
        } else {
            self.decide(alone, !self.others_write(), ctx);
        }
    }

    /// Puts back operations that were not answered.
    fn put_back(&mut self, operations: impl DoubleEndedIterator<Item = Apply>) {
        for apply in operations.rev() {
            apply.withdrawal.put_back();
            self.queue.push_front(apply);
        }
    }

    /// Stops, and answers the queue with the error: nothing of it was done.
    fn give_up(&mut self, cause: &Cause, ctx: &mut Context<Self>) {
        self.leave(ctx);
        self.attending.clear();
        refuse(self.queue.drain(..), EngineError::NotDone, cause);
    }

    /// Leaves the registry before any caller is answered, so that the next request finds a new actor, and stops. What is
    /// still in the mailbox is dropped unanswered, and its callers withdraw it.
    fn leave(&mut self, ctx: &mut Context<Self>) {
        self.guard.leave();
        ctx.stop();
    }
}

impl Drop for WalletActor {
    /// An actor that panics recalls its set before it leaves the registry: if no committer has it, none must find it beside
    /// that of the next actor.
    fn drop(&mut self) {
        if let Phase::Writing(in_flight) = &self.phase {
            in_flight.batch.handover.recall();
        }
    }
}
