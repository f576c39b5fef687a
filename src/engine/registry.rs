//! Finds a wallet's actor, and spawns it on the wallet's first request.
//!
//! 1. An active wallet is found in the map and used.
//! 2. Otherwise the first caller starts one load; those that come meanwhile wait for that very load.
//! 3. A wallet that exists gets an actor, and its entry becomes active. An unknown wallet, a failed or a panicked load
//!    leaves nothing in the map: the next caller tries again.
//! 4. An actor's entry is removed with the actor, by its [`LeaveGuard`]: retired, stopped or panicked.
//!
//! No entry of the map is ever held across an await.

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry as MapEntry;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::timeout;
use tracing::Instrument;

use super::actor_status::ActorState;
use super::clock::Clock;
use super::commit::Committers;
use super::loader::LoadFailed;
use super::recent_operations::RecentOperations;
use super::wallet::{ActiveWallet, LeaveGuard, Services, SharedState, WalletActor};
use super::{Cause, EngineError, Queue};
use crate::domain::{Wallet, WalletId};

type Load = Shared<BoxFuture<'static, Result<Arc<ActiveWallet>, LoadError>>>;

enum Entry {
    Loading(Load),
    Active(Arc<ActiveWallet>),
}

#[derive(Clone, Debug)]
pub(super) enum LoadError {
    WalletNotFound,
    Overloaded,
    /// Nothing was changed, and another load may succeed.
    NotLoaded(Cause),
    /// A retry does not help.
    Unreadable(Cause),
}

fn not_loaded(problem: impl std::error::Error + Send + Sync + 'static) -> LoadError {
    LoadError::NotLoaded(Arc::new(problem))
}

impl From<LoadError> for EngineError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::WalletNotFound => Self::WalletNotFound,
            LoadError::Overloaded => Self::Overloaded(Queue::Engine),
            LoadError::NotLoaded(cause) => Self::NotDone(cause),
            LoadError::Unreadable(cause) => Self::Unavailable(cause),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum LoadProblem {
    #[error("the wallet was not loaded within {0:?}")]
    TooSlow(Duration),
    #[error("the load of the wallet was aborted")]
    Aborted,
}

pub(super) struct Registry {
    wallets: DashMap<WalletId, Entry>,
    services: Arc<Services>,
    pub recent: RecentOperations,
    clock: Clock,
    /// Notified when there are more actors than `active_max`.
    pub crowded: Notify,
}

impl Registry {
    pub fn new(services: Services) -> Self {
        Self {
            wallets: DashMap::new(),
            services: Arc::new(services),
            recent: RecentOperations::new(),
            clock: Clock::start(),
            crowded: Notify::new(),
        }
    }

    /// Returns the milliseconds since the engine's start.
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Returns the time by the database's clock.
    pub fn now(&self) -> OffsetDateTime {
        self.services.loads.now()
    }

    /// Returns how long ago the wallet was last used.
    pub fn unused(&self, active: &ActiveWallet) -> Duration {
        self.clock.since(active.shared.last_used_ms())
    }

    /// Returns the number of wallets that are active or being loaded.
    pub fn len(&self) -> usize {
        self.wallets.len()
    }

    /// Returns the state of the committers.
    pub fn committers(&self) -> Committers {
        self.services.commits.committers()
    }

    /// Returns the state of the wallet's actor, if it has one.
    pub fn actor_state(&self, wallet: WalletId) -> Option<ActorState> {
        let active = self.active(wallet)?;
        let shared = &active.shared;
        Some(ActorState {
            phase: shared.status.phase(),
            waiting: shared.waiting(),
            waiting_max: shared.places(),
            last_batch: shared.status.last_batch(),
            unused: self.unused(&active),
            thread: shared.status.thread(),
        })
    }

    /// Returns the wallet's actor, if it has one.
    fn active(&self, id: WalletId) -> Option<Arc<ActiveWallet>> {
        match self.wallets.get(&id)?.value() {
            Entry::Active(active) => Some(Arc::clone(active)),
            Entry::Loading(_) => None,
        }
    }

    /// Returns the wallet's actor, a new one if there was none.
    pub async fn find(self: &Arc<Self>, id: WalletId) -> Result<Arc<ActiveWallet>, LoadError> {
        let load = match self.entry(id) {
            Entry::Active(active) => return Ok(active),
            Entry::Loading(load) => load,
        };
        load.await
    }

    /// Returns whether the actor's memory is of an earlier incarnation of the database.
    pub fn is_outdated(&self, active: &ActiveWallet) -> bool {
        active.shared.incarnation() != self.services.loads.incarnation()
    }

    /// Returns the wallet as committed at a moment after the call, whatever its actor knows.
    pub async fn load_now(&self, id: WalletId) -> Result<Wallet, LoadError> {
        let loaded = self
            .services
            .loads
            .load(id)
            .await
            .map_err(|failed| match failed {
                LoadFailed::QueueFull => LoadError::Overloaded,
                failed @ LoadFailed::Unreadable(_) => LoadError::Unreadable(Arc::new(failed)),
                failed => not_loaded(failed),
            })?;
        loaded.ok_or(LoadError::WalletNotFound)
    }

    /// Removes the entry of an actor that is gone, unless a new one has replaced it.
    pub fn forget(&self, id: WalletId, shared: &Arc<SharedState>) {
        let removed = self.wallets.remove_if(
            &id,
            |_, entry| matches!(entry, Entry::Active(active) if Arc::ptr_eq(&active.shared, shared)),
        );
        if removed.is_some() {
            self.recent
                .keep(&shared.last_committed(), *shared.samples());
        }
    }

    /// Drops every address, so that the actors stop.
    pub fn clear(&self) {
        self.wallets.clear();
    }

    /// Calls `visit` with every active wallet.
    pub fn for_each(&self, mut visit: impl FnMut(&Arc<ActiveWallet>)) {
        for entry in &self.wallets {
            if let Entry::Active(active) = entry.value() {
                visit(active);
            }
        }
    }

    fn entry(self: &Arc<Self>, id: WalletId) -> Entry {
        if let Some(entry) = self.wallets.get(&id) {
            return entry.value().to_owned();
        }
        match self.wallets.entry(id) {
            MapEntry::Occupied(entry) => entry.get().to_owned(),
            MapEntry::Vacant(entry) => {
                let load = self.start_load(id);
                entry.insert(Entry::Loading(load.clone()));
                Entry::Loading(load)
            }
        }
    }

    /// Loads in a separate task, so that no caller that goes cancels it.
    fn start_load(self: &Arc<Self>, id: WalletId) -> Load {
        let registry = Arc::clone(self);
        let task = tokio::spawn(async move { registry.load(id).await }.in_current_span());
        async move {
            task.await
                .unwrap_or_else(|_| Err(not_loaded(LoadProblem::Aborted)))
        }
        .boxed()
        .shared()
    }

    async fn load(self: Arc<Self>, id: WalletId) -> Result<Arc<ActiveWallet>, LoadError> {
        let _on_failure = LoadingEntry {
            registry: &self,
            id,
        };
        let incarnation = self.services.loads.incarnation();
        let loaded = timeout(self.services.config.wait, self.load_now(id)).await;
        let wallet =
            loaded.map_err(|_| not_loaded(LoadProblem::TooSlow(self.services.config.wait)))??;
        let active = Arc::new(self.spawn(wallet, incarnation));
        let replaced = self.wallets.insert(id, Entry::Active(Arc::clone(&active)));
        debug_assert!(
            !matches!(replaced, Some(Entry::Active(_))),
            "a wallet has two actors"
        );
        if self.len() > self.services.config.active_max {
            self.crowded.notify_one();
        }
        Ok(active)
    }

    fn spawn(self: &Arc<Self>, wallet: Wallet, incarnation: u64) -> ActiveWallet {
        let shared = Arc::new(SharedState::new(
            wallet.clone(),
            self.recent.samples_of(&wallet),
            incarnation,
            self.services.config.queue_max,
            self.now_ms(),
        ));
        let guard = {
            // Weak, or the registry and its actors would keep each other alive.
            let (registry, shared) = (Arc::downgrade(self), Arc::clone(&shared));
            let id = wallet.id;
            LeaveGuard::new(move || {
                if let Some(registry) = registry.upgrade() {
                    registry.forget(id, &shared);
                }
            })
        };
        let services = Arc::clone(&self.services);
        let actor = WalletActor::new(wallet, Arc::clone(&shared), services, guard);
        self.services.metrics.actors_spawned.inc();
        ActiveWallet {
            addr: actor.start_here(),
            shared,
        }
    }
}

/// Removes a loading entry when the load ends without an actor, by failure or panic.
struct LoadingEntry<'a> {
    registry: &'a Registry,
    id: WalletId,
}

impl Drop for LoadingEntry<'_> {
    fn drop(&mut self) {
        self.registry
            .wallets
            .remove_if(&self.id, |_, entry| matches!(entry, Entry::Loading(_)));
    }
}

impl Entry {
    fn to_owned(&self) -> Self {
        match self {
            Self::Loading(load) => Self::Loading(load.clone()),
            Self::Active(active) => Self::Active(Arc::clone(active)),
        }
    }
}
