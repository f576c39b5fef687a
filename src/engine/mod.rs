//! The engine: one actor for each active wallet, group commit behind them, everything bounded.
//!
//! * [`Engine::apply`] (`operations`) admits an operation (`admission`), finds the wallet's actor (`registry`), takes a
//!   place in its queue and waits for the answer.
//! * `wallet` is that actor: it decides whatever is queued while nothing is being written, and submits it to `commit` as a
//!   `write_set`.
//! * `commit` writes for many wallets at once through the [`Journal`], which `storage` implements.
//! * `lane` names the parts of the database that are written independently: wallets are loaded and written by lane, so none
//!   waits for another.
//! * `loader` loads many wallets at once; `passivation` retires unused ones; `expiry` releases expired holds.
//! * `registration` makes users with their wallets; `hashing` limits the work for passwords, which are stored as
//!   [`passwords`] reads them; `history` the reads of ledgers (`reads`).
//! * `metrics` counts; `actor_status` is the state of an actor for observers; `hot_wallets` lists the busiest wallets, by
//!   their `recent_operations`.
//!
//! # One of several
//!
//! Writes need no coordination between engines on one database: the guard of each prevents lost updates. Only where guards miss again
//! and again, because several engines write one wallet all the time, its row is locked first (`wallet/contention.rs`). Answers without
//! a write do, as the memory of an engine may be behind. With `WALLET_SHARED` it queries the database for a balance that is
//! read ([`Engine::wallet`]), and before it refuses an operation on a wallet that it does not write at the same time
//! (`wallet/actor/reload.rs`). So each answer was true at a moment between request and response, whichever engine answers,
//! and reads never go back. An engine that is alone on its database needs none of it.

mod actor_status;
mod admission;
mod bulk;
mod clock;
mod commit;
mod error;
mod expiry;
mod hashing;
mod history;
mod hot_wallets;
mod introspection;
mod journal;
mod lane;
mod linked;
mod loader;
mod metrics;
mod operations;
mod passivation;
pub mod passwords;
mod reads;
mod recent_operations;
mod registration;
mod registry;
mod statement;
mod statement_source;
mod steps;
mod time_limit;
mod wallet;
mod write_set;

use std::sync::{Arc, Once};
use std::time::Duration;

use actix::Arbiter;
use time::OffsetDateTime;
use tokio::time::{Instant, timeout};

pub use actor_status::{ActorPhase, ActorState, LastBatch};
pub use commit::{CommitterState, Committers, Group};
pub use error::{Cause, EngineError, LinkedError, Queue, ReadError};
pub use hot_wallets::{HotWallet, HotWallets};
pub use introspection::Pending;
pub use journal::{
    CommitError, DecideLocked, Journal, Loaded, NamesSought, NewUser, Recorded, RegisterError,
    RegisteredUser, SetOutcome,
};
pub use lane::{LOCKED_SESSIONS, Lane, SessionNumber};
pub use metrics::{Refusal, Totals};
pub use registration::{Registered, SignInRoom};
pub use statement::{StatementError, StatementReader};
pub use statement_source::StatementSource;
pub use steps::ReversalRequest;
pub use write_set::{LedgerEntry, WriteSet};

use crate::config::EngineConfig;
use crate::domain::comparison::{Comparand, Comparison};
use crate::domain::linked::{LinkedSet, Step, StepReceipt};
use crate::domain::registration::Password;
use crate::domain::{IdempotencyKey, OperationRequest, Receipt, RegistrationForm, WalletId};
use admission::Admission;
use clock::Clock;
use commit::CommitWorkers;
use expiry::Sweep;
use hashing::Hashing;
use history::Histories;
use loader::LoadQueue;
use metrics::EngineMetrics;
use operations::Operations;
use registration::Registrations;
use registry::Registry;
use time_limit::TimeLimit;
use wallet::Services;

/// The interface of the engine: every method delegates. Cheap to clone; the actors stop with the last clone.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    admission: Arc<Admission>,
    registry: Arc<Registry>,
    operations: Operations,
    registrations: Registrations,
    histories: Arc<Histories>,
    metrics: Arc<EngineMetrics>,
    /// The thread of loads and the expiry of holds.
    arbiter: Arbiter,
    /// The thread of passivation.
    retirement: Arbiter,
}

/// A stop that timed out.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} operations on {} wallets were still under way when the time for stopping was over",
    .0.operations,
    .0.wallets
)]
pub struct StopTimedOut(pub Pending);

impl Engine {
    /// Starts an engine without any active wallet. An actix system must be running on this thread.
    #[must_use]
    pub fn start(config: &EngineConfig, journal: Arc<dyn Journal>) -> Self {
        let (arbiter, retirement) = (Arbiter::new(), Arbiter::new());
        let metrics = Arc::new(EngineMetrics::new());
        let loads = LoadQueue::start(config, &journal, arbiter.handle());
        let commits = CommitWorkers::new(config, &journal, &metrics);
        arbiter.spawn(commits.watch());
        let linked_commits = commits.clone();
        let registry = Arc::new(Registry::new(Services {
            loads,
            commits,
            metrics: Arc::clone(&metrics),
            config: config.clone(),
            clock: Clock::start(),
            others_noticed: Once::new(),
        }));
        let registered = Arc::downgrade(&registry);
        retirement.spawn(passivation::passivate(registered, config.idle));
        let admission = Arc::new(Admission::new(config.inflight_max));
        let sweep = Sweep {
            registry: Arc::downgrade(&registry),
            admission: Arc::clone(&admission),
            journal: Arc::clone(&journal),
            wait: config.wait,
        };
        arbiter.spawn(sweep.run());
        let time = TimeLimit(config.wait);
        Self(Arc::new(Inner {
            operations: Operations {
                admission: Arc::clone(&admission),
                registry: Arc::clone(&registry),
                commits: linked_commits,
                metrics: Arc::clone(&metrics),
                time,
                shared: config.shared,
            },
            registrations: Registrations {
                admission: Arc::clone(&admission),
                hashing: Hashing::new(config.hashers, config.hash_queue_max, config.wait),
                journal: Arc::clone(&journal),
                time,
            },
            histories: Arc::new(Histories::new(Arc::clone(&admission), journal, time)),
            admission,
            registry,
            metrics,
            arbiter,
            retirement,
        }))
    }

    /// Applies the operation to the wallet. The receipt is proof of its commit.
    ///
    /// Dropping this future before the operation was decided withdraws it; later, the operation happens all the same. When
    /// it times out, it is withdrawn for certain unless a committer has taken it.
    ///
    /// Under a key it happens once: a repetition receives the same receipt, also of an operation that another engine wrote,
    /// or that is in flight.
    ///
    /// # Errors
    /// Every variant of [`EngineError`] but `Registration`.
    pub fn apply(
        &self,
        wallet: WalletId,
        request: impl Into<OperationRequest>,
    ) -> impl Future<Output = Result<Receipt, EngineError>> {
        let operations = &self.0.operations;
        operations.apply(wallet, request.into(), self.deadline())
    }

    /// Returns until when a request that begins now is answered.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.0.operations.time.deadline()
    }

    /// Applies operations of one wallet in this order, each by itself: one that is refused keeps none of the others.
    /// The answers are one for one, and come by the deadline.
    pub async fn apply_all(
        &self,
        wallet: WalletId,
        requests: Vec<OperationRequest>,
        deadline: Instant,
    ) -> Vec<Result<Receipt, EngineError>> {
        self.0
            .operations
            .apply_all(wallet, requests, deadline)
            .await
    }

    /// Applies operations of several wallets together or not at all. The receipts, one a step, are proof of their commit.
    ///
    /// A caller that drops this future before a committer has taken the set takes it back; later, it happens all the same.
    ///
    /// # Errors
    /// [`LinkedError`]: of the first step that is refused, of a wallet that does not exist, or what
    /// [`apply`](Engine::apply) fails with.
    pub async fn apply_linked(&self, set: LinkedSet) -> Result<Vec<StepReceipt>, LinkedError> {
        self.apply_linked_by(set, self.deadline()).await
    }

    /// Does what [`apply_linked`](Engine::apply_linked) does, by the deadline.
    ///
    /// # Errors
    /// Its errors.
    pub async fn apply_linked_by(
        &self,
        set: LinkedSet,
        deadline: Instant,
    ) -> Result<Vec<StepReceipt>, LinkedError> {
        self.0.operations.apply_linked(set, deadline).await
    }

    /// Applies one step by itself: of one wallet as [`apply`](Engine::apply), of two as a linked set. The receipt is proof of its commit.
    ///
    /// # Errors
    /// [`LinkedError`].
    pub async fn apply_step(
        &self,
        step: Step,
        deadline: Instant,
    ) -> Result<StepReceipt, LinkedError> {
        self.0.operations.apply_step(step, deadline).await
    }

    /// Reverses an operation, or a part of it, as [`apply_step`](Engine::apply_step).
    ///
    /// # Errors
    /// [`LinkedError`], with [`EngineError::OperationNotFound`] and [`EngineError::NotReversible`].
    pub async fn reverse(
        &self,
        asked: ReversalRequest,
        deadline: Instant,
    ) -> Result<StepReceipt, LinkedError> {
        let histories = &self.0.histories;
        let operations = &self.0.operations;
        operations.reverse(histories, asked, deadline).await
    }

    /// Returns the time by the database's clock, by which holds expire and days begin.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.0.registry.now()
    }

    /// Registers a user with an empty wallet; under a key, once.
    ///
    /// # Errors
    /// [`EngineError::Registration`] with everything that is wrong with the form, `KeyReused`, `Overloaded`, `Stopping`,
    /// `NotDone`, `Unavailable`.
    pub async fn register(
        &self,
        form: RegistrationForm,
        key: Option<IdempotencyKey>,
    ) -> Result<Registered, EngineError> {
        self.0.registrations.register(form, key).await
    }

    /// Returns the password's hash, to be stored.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`], `Stopping`, `NotDone`, `Unavailable`.
    pub async fn password_hash(&self, password: &Password) -> Result<String, EngineError> {
        self.0.registrations.password_hash(password).await
    }

    /// Reserves room for a sign-in, before it costs a query. It is released when it is dropped.
    ///
    /// # Errors
    /// [`EngineError::Overloaded`], `Stopping`.
    pub fn sign_in_room(&self) -> Result<SignInRoom, EngineError> {
        self.0.registrations.sign_in_room()
    }

    /// Compares the password with a stored one; where there is none that can be right, the work is the same.
    ///
    /// # Errors
    /// [`EngineError::UnverifiablePassword`], `NotDone`, `Unavailable`.
    pub async fn password_compared(
        &self,
        room: &SignInRoom,
        password: &Password,
        with: Comparand,
    ) -> Result<Comparison, EngineError> {
        let registrations = &self.0.registrations;
        registrations.password_compared(room, password, with).await
    }

    /// Stops: admits no more operations, waits until all are answered, and stops the actors.
    ///
    /// # Errors
    /// [`StopTimedOut`], if that takes longer than `limit`; the engine stops all the same.
    pub async fn stop(&self, limit: Duration) -> Result<(), StopTimedOut> {
        self.0.admission.close();
        let emptied = timeout(limit, self.0.admission.emptied()).await;
        let pending = self.pending();
        self.0.registry.clear();
        self.0.arbiter.stop();
        self.0.retirement.stop();
        emptied.map_err(|_| StopTimedOut(pending))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.arbiter.stop();
        self.retirement.stop();
    }
}
