//! The engine: one actor for each active wallet, group commit behind them, everything bounded.
//!
//! * [`Engine::apply`] lets an operation in (`admission`), finds the wallet's actor (`registry`), takes a
//!   place in its queue and waits for the answer.
//! * `wallet` is that actor: it decides whatever is queued while nothing is being written, and submits it to `commit`.
//! * `metrics` is what of all this is counted; `hot_wallets` tells which are busiest, by their `marks`.
//! * `commit` writes for many wallets at once through the [`Journal`], which `storage` implements.
//! * `registration` makes users with their wallets.
//! * `loader` loads many wallets at once.
//! * `activity` is what an onlooker may know of an actor.
//! * `passivation` retires actors that nobody uses; `hashing` bounds the other expensive thing, passwords; `history` what
//!   reads of the past take from the database.

//!
//! # One of several
//!
//! Writes need no coordination between engines on one database: the guard of each lets nobody overwrite anybody. What an
//! engine only says is another matter: its memory may be behind. With `WALLET_SHARED` it asks the database first, for a
//! balance that is read ([`Engine::wallet`]), and before it refuses an operation on a wallet that it does not write
//! at the same time (`wallet/actor/reload.rs`). So whatever is answered was true at a moment between question and
//! answer, whichever engine answers, and reads never go back. An engine that is alone on its database needs none of it.

mod activity;
mod admission;
mod commit;
mod error;
mod hashing;
mod history;
mod hot_wallets;
mod journal;
mod loader;
mod marks;
mod metrics;
mod passivation;
mod registration;
mod registry;
mod wallet;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Once};
use std::thread;
use std::time::Duration;

use actix::Arbiter;
use actix::prelude::SendError;
use tokio::select;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep, timeout, timeout_at};

pub use activity::{ActorPhase, ActorState, LastBatch};
pub use commit::{CommitterState, Committers, Group};
pub use error::{Cause, EngineError, Queue};
pub use hot_wallets::{HotWallet, HotWallets};
pub use journal::{
    CommitError, Journal, LedgerEntry, Loaded, NamesSought, NewUser, ReadError, Recorded,
    RegisterError, RegisteredUser, SetOutcome, WriteSet,
};
pub use metrics::{Refusal, Totals};
pub use registration::{Registered, SignInRoom};

use crate::config::EngineConfig;
use crate::domain::{OperationRequest, Receipt, Wallet, WalletId};
use crate::telemetry::traces::Span;
use admission::Admission;
use commit::CommitWorkers;
use hashing::Hashing;
use history::Histories;
use metrics::EngineMetrics;
use registry::Registry;
use wallet::{Apply, Joined, Retire, Services, Withdrawal};

/// The engine, as everybody outside sees it. Cheap to clone; the last clone takes the actors with it.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    admission: Arc<Admission>,
    registry: Arc<Registry>,
    hashing: Hashing,
    histories: Histories,
    journal: Arc<dyn Journal>,
    metrics: Arc<EngineMetrics>,
    /// The thread of loads and passivation.
    arbiter: Arbiter,
    wait: Duration,
    /// Other engines write to the database as well.
    shared: bool,
}

/// An operation in the mailbox of its wallet's actor.
struct Submitted {
    answer: oneshot::Receiver<Result<Receipt, EngineError>>,
    withdrawal: Arc<Withdrawal>,
}

/// What was let in and is not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Registrations and operations, and reads that ask the database.
    pub operations: usize,
    /// Wallets that some of them wait on.
    pub wallets: usize,
}

/// A stop that ran out of time.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} operations on {} wallets were still under way when the time for stopping was over",
    .0.operations,
    .0.wallets
)]
pub struct StopTimedOut(pub Pending);

#[derive(Debug, thiserror::Error)]
enum ApplyProblem {
    #[error("there was no answer within {0:?}")]
    TooSlow(Duration),
    #[error("the wallet's actor died with the operation")]
    ActorDied,
    #[error("the outcome of an earlier write is still unknown")]
    Unsettled,
}

impl Engine {
    /// Starts an engine without any active wallet. An actix system must be running on this thread.
    #[must_use]
    pub fn start(config: &EngineConfig, journal: Arc<dyn Journal>) -> Self {
        let arbiter = Arbiter::new();
        let metrics = Arc::new(EngineMetrics::new());
        let (loads, loaders) = loader::loaders(config, &journal);
        for loader in loaders {
            arbiter.spawn(loader.run());
        }
        let commits = CommitWorkers::new(config, &journal, &metrics);
        arbiter.spawn(commits.watch());
        let registry = Arc::new(Registry::new(Services {
            loads,
            commits,
            metrics: Arc::clone(&metrics),
            config: config.clone(),
            others_noticed: Once::new(),
        }));
        arbiter.spawn(passivation::passivate(
            Arc::downgrade(&registry),
            config.idle,
            config.active_max,
        ));
        Self(Arc::new(Inner {
            admission: Arc::new(Admission::new(config.inflight_max)),
            registry,
            hashing: Hashing::new(config.hashers, config.hash_queue_max),
            histories: Histories::new(Arc::clone(&journal)),
            journal,
            metrics,
            arbiter,
            wait: config.wait,
            shared: config.shared,
        }))
    }

    /// Applies the operation to the wallet. The receipt is proof of its commit.
    ///
    /// A caller that drops this future before the operation was decided takes it back; later, the operation
    /// happens all the same. When the time is over, it is taken back for certain if no committer has it yet.
    ///
    /// Under a key it happens once: who asks again gets the receipt again, also of an operation that another engine
    /// wrote, or that is still under way.
    ///
    /// # Errors
    /// Every variant of [`EngineError`] but `Registration`.
    pub async fn apply(
        &self,
        wallet: WalletId,
        request: impl Into<OperationRequest>,
    ) -> Result<Receipt, EngineError> {
        let request = request.into();
        let mut time_is_over = pin!(sleep(self.0.wait));
        let submitted = select! {
            biased;
            submitted = self.submit(wallet, request) => submitted,
            () = &mut time_is_over => Err(self.too_slow()),
        };
        let answer = match submitted {
            Ok(submitted) => submitted.answer(time_is_over, self.0.wait).await,
            Err(refused) => Err(refused),
        };
        self.0.metrics.answered(&answer);
        answer
    }

    /// The wallet as last committed; from memory, if it is active and nobody else writes to the database.
    ///
    /// # Errors
    /// [`EngineError::WalletNotFound`], `Overloaded`, `Stopping`, `NotDone`, `Unavailable`.
    pub async fn wallet(&self, wallet: WalletId) -> Result<Wallet, EngineError> {
        if self.0.shared {
            return self.wallet_in_database(wallet).await;
        }
        if self.0.admission.is_closed() {
            return Err(EngineError::Stopping);
        }
        let active = self.in_time(async { Ok(self.0.registry.find(wallet).await?) });
        let active = active.await?;
        if self.0.registry.is_outdated(&active) {
            // If it is idle, the next request finds a fresh one; otherwise it loads its wallet again by itself.
            let _ = active.addr.try_send(Retire);
            return self.wallet_in_database(wallet).await;
        }
        active.shared.touch(self.0.registry.now_ms());
        let wallet = active.shared.committed();
        wallet.ok_or_else(|| not_done(ApplyProblem::Unsettled))
    }

    /// Stops: lets nobody in any more, waits until everybody inside is answered, lets the actors go.
    ///
    /// # Errors
    /// [`StopTimedOut`], if that takes longer than `limit`; nothing else is begun all the same.
    pub async fn stop(&self, limit: Duration) -> Result<(), StopTimedOut> {
        self.0.admission.close();
        let emptied = timeout(limit, self.0.admission.emptied()).await;
        let pending = self.pending();
        self.0.registry.clear();
        self.0.arbiter.stop();
        emptied.map_err(|_| StopTimedOut(pending))
    }

    /// What is inside now.
    #[must_use]
    pub fn pending(&self) -> Pending {
        let mut wallets = 0;
        self.0
            .registry
            .for_each(|wallet| wallets += usize::from(wallet.shared.is_waited_on()));
        Pending {
            operations: self.0.admission.inside(),
            wallets,
        }
    }

    /// Whether nobody is let in any more.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.admission.is_closed()
    }

    /// What the committers are at now.
    #[must_use]
    pub fn committers(&self) -> Committers {
        self.0.registry.committers()
    }

    /// How many wallets are active now.
    #[must_use]
    pub fn active_wallets(&self) -> usize {
        self.0.registry.len()
    }

    async fn wallet_in_database(&self, wallet: WalletId) -> Result<Wallet, EngineError> {
        // A question to the database takes room, like an operation.
        let _ticket = self.0.admission.enter()?;
        self.in_time(async { Ok(self.0.registry.load_now(wallet).await?) })
            .await
    }

    /// Puts the operation into the mailbox of the wallet's actor.
    async fn submit(
        &self,
        wallet: WalletId,
        request: OperationRequest,
    ) -> Result<Submitted, EngineError> {
        let registry = &self.0.registry;
        loop {
            let ticket = self.0.admission.enter()?;
            let active = registry.find(wallet).await?;
            active.shared.touch(registry.now_ms());
            let place = match active.shared.join(ticket) {
                Joined::In(place) => place,
                Joined::Full => return Err(EngineError::Overloaded(Queue::Wallet)),
                Joined::Retired => {
                    registry.forget(wallet, &active.shared);
                    continue;
                }
            };
            let (reply, answer) = oneshot::channel();
            let withdrawal = Arc::<Withdrawal>::default();
            match active.addr.try_send(Apply {
                request: request.clone(),
                reply,
                withdrawal: Arc::clone(&withdrawal),
                from: thread::current().id(),
                span: span(wallet, &request),
                _place: place,
            }) {
                Ok(()) => return Ok(Submitted { answer, withdrawal }),
                Err(SendError::Full(_)) => return Err(EngineError::Overloaded(Queue::Wallet)),
                // The actor died. Its entry may still be there, and nothing was taken from it.
                Err(SendError::Closed(_)) => registry.forget(wallet, &active.shared),
            }
        }
    }

    /// Does what changes nothing, within the time of a request.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        self.in_time_until(Instant::now() + self.0.wait, work).await
    }

    /// Does what changes nothing, until then.
    async fn in_time_until<T>(
        &self,
        until: Instant,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        timeout_at(until, work)
            .await
            .unwrap_or_else(|_| Err(self.too_slow()))
    }

    fn too_slow(&self) -> EngineError {
        not_done(ApplyProblem::TooSlow(self.0.wait))
    }
}

impl Submitted {
    /// The answer. If none comes in time, or ever, the operation is withdrawn; where it cannot be, its outcome is open.
    async fn answer(
        self,
        time_is_over: Pin<&mut Sleep>,
        wait: Duration,
    ) -> Result<Receipt, EngineError> {
        let problem = select! {
            biased;
            answer = self.answer => match answer {
                Ok(answer) => return answer,
                Err(_) => ApplyProblem::ActorDied,
            },
            () = time_is_over => ApplyProblem::TooSlow(wait),
        };
        if self.withdrawal.withdraw() {
            Err(not_done(problem))
        } else {
            Err(EngineError::Unavailable(Arc::new(problem)))
        }
    }
}

/// The span of an operation, from its way into the mailbox.
fn span(wallet: WalletId, request: &OperationRequest) -> Span {
    let span = Span::within_current("operation");
    if span.is_recorded() {
        span.set("wallet.id", wallet.0.to_string());
        span.set("operation.kind", request.operation.kind.as_str());
    }
    span
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.arbiter.stop();
    }
}

fn not_done(problem: impl std::error::Error + Send + Sync + 'static) -> EngineError {
    EngineError::NotDone(Arc::new(problem))
}
