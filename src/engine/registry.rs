//! Knows the wallets in memory: finds or makes a wallet's actor, and reads a wallet that needs none.
//!
//! 1. The first caller of a wallet that is not in memory starts one load; those that come meanwhile wait for that very load.
//! 2. A wallet that exists rests from then on ([`Resting`]): a balance is read without an actor. An unknown wallet, a failed or a
//!    panicked load leaves nothing in memory: the next caller tries again.
//! 3. The first operation makes an actor of the wallet at rest, on its own thread and without a query. A wallet has one actor at
//!    most: it is made, and leaves, under the lock of the wallet's shard ([`Wallets`]).
//! 4. An actor that has had nothing to do for a while leaves the wallet at rest again, as last committed. One that panicked, or does
//!    not know what is committed, leaves nothing in memory. Either is reported by its [`LeaveGuard`], or noticed by the next
//!    caller.
//! 5. Resting wallets leave memory when they are unused or too many (`passivation`).
//!
//! What was loaded from an earlier incarnation of the database is not believed: it is loaded again.

mod load;
mod resting;
mod retirement;
mod wallets;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::oneshot;

pub(super) use load::LoadError;
use load::{Ended, Load, load};
use resting::Resting;
use wallets::{Entry, Wallets};

use super::actor_status::ActorState;
use super::commit::Committers;
use super::loader::LoadFailed;
use super::recent_operations::RecentOperations;
use super::wallet::{
    ActiveWallet, LeaveGuard, Retire, Services, SharedState, Unstarted, WalletActor, rest_after,
};
use crate::domain::{Wallet, WalletId};

/// Shards that are searched for a wallet to retire before nothing more is tried.
const SHARDS_SEARCHED: usize = 16;

/// The least time without use of a wallet that is retired because there are too many. Without it, newcomers would retire each
/// other before their callers have used them, again and again.
const UNUSED_MIN: Duration = Duration::from_millis(5);

/// Wallets that a newcomer retires above the maximum: more than it adds, so that the surplus shrinks.
const RETIRED_BY_NEWCOMER: usize = 2;

/// What is in memory of a wallet.
pub(super) enum Known {
    Committed(Wallet),
    /// A write of it has an unknown outcome.
    Unsettled,
    /// An actor remembers an earlier incarnation of the database.
    Outdated,
}

pub(super) struct Registry {
    wallets: Wallets,
    services: Arc<Services>,
    pub recent: RecentOperations,
    /// The shard in which the next wallet to be retired is searched.
    hand: AtomicUsize,
    /// How long a wallet has to be unused before it is retired because there are too many: one that was loaded a moment ago
    /// has callers that are about to use it.
    unused_min_ms: u32,
}

impl Registry {
    pub fn new(services: Services) -> Self {
        let unused_min = (rest_after(&services.config) / 16).max(UNUSED_MIN);
        Self {
            wallets: Wallets::new(services.config.active_max),
            services: Arc::new(services),
            recent: RecentOperations::new(),
            hand: AtomicUsize::new(0),
            unused_min_ms: milliseconds(unused_min),
        }
    }

    /// Returns the moment for [`SharedState::touch`].
    pub fn now_ms(&self) -> u32 {
        self.services.clock.now_ms()
    }

    /// Returns the time by the database's clock.
    pub fn now(&self) -> OffsetDateTime {
        self.services.loads.now()
    }

    /// Returns the number of wallets in memory: those with an actor, at rest, or being loaded.
    pub fn len(&self) -> usize {
        self.wallets.busy() + self.wallets.resting()
    }

    /// Returns the number of wallets at rest.
    pub fn resting(&self) -> usize {
        self.wallets.resting()
    }

    /// Returns the state of the committers.
    pub fn committers(&self) -> Committers {
        self.services.commits.committers()
    }

    /// Returns the state of the wallet's actor, if it has one.
    pub fn actor_state(&self, wallet: WalletId) -> Option<ActorState> {
        let active = self.active(wallet)?;
        let (shared, clock) = (&active.shared, &self.services.clock);
        Some(ActorState {
            phase: shared.status.phase(),
            waiting: shared.waiting(),
            waiting_max: shared.places(),
            last_batch: shared.status.last_batch(clock),
            unused: clock.since(shared.last_used_ms()),
            thread: shared.status.thread(),
        })
    }

    pub fn has_actor(&self, wallet: WalletId) -> bool {
        self.active(wallet).is_some()
    }

    pub fn rests(&self, wallet: WalletId) -> bool {
        let shard = self.wallets.read(wallet);
        matches!(shard.entry(wallet), Some(Entry::Resting(_)))
    }

    pub fn is_in_memory(&self, wallet: WalletId) -> bool {
        self.wallets.read(wallet).entry(wallet).is_some()
    }

    /// Returns what is in memory of the wallet, which is used by this. It waits for nothing.
    pub fn known(&self, id: WalletId) -> Option<Known> {
        let shard = self.wallets.read(id);
        match shard.entry(id)? {
            Entry::Resting(resting) if self.is_believed(resting) => {
                resting.touch(self.now_ms());
                Some(Known::Committed(resting.wallet(id)))
            }
            Entry::Active(active) if self.is_outdated(active) => {
                // If it is idle, the next request finds a new one; otherwise it loads its wallet again by itself.
                let active = Arc::clone(active);
                drop(shard);
                let _ = active.addr.try_send(Retire);
                Some(Known::Outdated)
            }
            Entry::Active(active) => {
                active.shared.touch(self.now_ms());
                let committed = active.shared.committed();
                Some(committed.map_or(Known::Unsettled, Known::Committed))
            }
            Entry::Loading(_) | Entry::Resting(_) => None,
        }
    }

    /// Returns the wallet's actor, a new one if there was none.
    pub async fn find(self: &Arc<Self>, id: WalletId) -> Result<Arc<ActiveWallet>, LoadError> {
        loop {
            if let Some(active) = self.active(id).or_else(|| self.activate(id)) {
                return Ok(active);
            }
            self.load_if_unknown(id).await?;
        }
    }

    /// Loads the wallet if it is not in memory.
    pub async fn load_if_unknown(self: &Arc<Self>, id: WalletId) -> Result<(), LoadError> {
        match self.load_of(id) {
            Some(load) => load.await,
            None => Ok(()),
        }
    }

    /// Returns the wallet as committed at a moment after the call, whatever is in memory.
    pub async fn load_now(&self, id: WalletId) -> Result<Wallet, LoadError> {
        found(self.services.loads.load(id).await)
    }

    /// Ends the time of an actor that is gone, unless a new one has replaced it: the wallet rests if the actor left it so, and is
    /// not in memory otherwise.
    pub fn let_go(&self, id: WalletId, shared: &Arc<SharedState>) {
        let mut wallets = self.wallets.write(id);
        if !wallets.is_actor(id, shared) {
            return;
        }
        let wallet = shared.last_committed();
        // Before it leaves: a scan finds it here or there.
        self.recent.keep(&wallet, *shared.samples());
        let (incarnation, used) = (shared.incarnation(), shared.last_used_ms());
        let rests = shared.is_at_rest();
        let resting = rests.then(|| Resting::new(wallet, incarnation, used));
        wallets.deactivate(id, resting);
    }

    /// Forgets every wallet, so that the actors stop.
    pub fn clear(&self) {
        self.wallets.clear(|active| {
            // An idle one would wait to come to rest.
            let _ = active.addr.try_send(Retire);
        });
    }

    /// Calls `visit` with every wallet that has an actor.
    pub fn for_each_active(&self, visit: impl FnMut(&Arc<ActiveWallet>)) {
        self.wallets.for_each_active(visit);
    }

    /// Returns the number of shards for [`Registry::retire_unused`].
    pub fn shards(&self) -> usize {
        self.wallets.shards()
    }

    /// Retires resting wallets of the shard's next portion before that place that have been unused for so long. Returns the
    /// place before the portion: zero, once all were checked.
    pub fn retire_unused(&self, shard: usize, before: usize, unused: Duration) -> usize {
        let now_ms = self.now_ms();
        let mut shard = self.wallets.write_shard(shard);
        let (retired, place) = shard.retire_unused(before, now_ms, milliseconds(unused));
        drop(shard);
        self.services.metrics.retired(retired);
        place
    }

    /// Above the maximum, retires a resting wallet that has been unused for longer than others; `false`: there is no need, or
    /// none is found.
    pub fn make_room(&self) -> bool {
        if self.len() <= self.services.config.active_max {
            return false;
        }
        let now_ms = self.now_ms();
        let is_retired = (0..SHARDS_SEARCHED).any(|_| {
            let shard = self.hand.fetch_add(1, Ordering::Relaxed);
            let mut shard = self.wallets.write_shard(shard);
            shard.retire_one(now_ms, self.unused_min_ms)
        });
        self.services.metrics.retired(is_retired.into());
        is_retired
    }

    /// Returns whether the actor's memory is of an earlier incarnation of the database.
    fn is_outdated(&self, active: &ActiveWallet) -> bool {
        active.shared.incarnation() != self.services.loads.incarnation()
    }

    fn is_believed(&self, resting: &Resting) -> bool {
        resting.incarnation() == self.services.loads.incarnation()
    }

    fn active(&self, id: WalletId) -> Option<Arc<ActiveWallet>> {
        match self.wallets.read(id).entry(id)? {
            Entry::Active(active) => Some(Arc::clone(active)),
            Entry::Loading(_) | Entry::Resting(_) => None,
        }
    }

    /// Makes an actor of a wallet at rest. Returns the wallet's actor, if it has one now.
    fn activate(self: &Arc<Self>, id: WalletId) -> Option<Arc<ActiveWallet>> {
        let mut shard = self.wallets.write(id);
        match shard.entry(id)? {
            Entry::Active(active) => return Some(Arc::clone(active)),
            Entry::Resting(resting) if self.is_believed(resting) => {}
            Entry::Loading(_) | Entry::Resting(_) => return None,
        }
        let resting = shard.take_resting(id)?;
        let (active, unstarted) = self.actor(resting.wallet(id), resting.incarnation());
        let active = Arc::new(active);
        shard.activate(id, Arc::clone(&active));
        // What cannot be started leaves, which takes the lock.
        drop(shard);
        unstarted.start_here();
        Some(active)
    }

    fn actor(self: &Arc<Self>, wallet: Wallet, incarnation: u64) -> (ActiveWallet, Unstarted) {
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
                    registry.let_go(id, &shared);
                }
            })
        };
        let services = Arc::clone(&self.services);
        let actor = WalletActor::new(wallet, Arc::clone(&shared), services, guard);
        self.services.metrics.actors_spawned.inc();
        let (addr, unstarted) = actor.with_address();
        (ActiveWallet { addr, shared }, unstarted)
    }

    /// Returns the load that the wallet has to be waited for; `None`: it is in memory.
    fn load_of(self: &Arc<Self>, id: WalletId) -> Option<Load> {
        let mut shard = self.wallets.write(id);
        match shard.entry(id) {
            Some(Entry::Loading(load)) => return Some(load.clone()),
            Some(Entry::Active(_)) => return None,
            Some(Entry::Resting(resting)) if self.is_believed(resting) => return None,
            Some(Entry::Resting(_)) | None => {}
        }
        let (end, load) = load();
        shard.begin_load(id, load.clone());
        // What cannot be sent ends the load, which takes the lock.
        drop(shard);
        self.start_load(id, end);
        Some(load)
    }

    /// Starts a load that no caller cancels by going.
    fn start_load(self: &Arc<Self>, id: WalletId, end: oneshot::Sender<Ended>) {
        let loads = &self.services.loads;
        let incarnation = loads.incarnation();
        let mut entry = LoadingEntry {
            registry: Arc::clone(self),
            id,
            loaded: None,
        };
        loads.load_into(id, move |loaded| {
            let loaded = found(loaded).map(|wallet| {
                let now_ms = entry.registry.now_ms();
                entry.loaded = Some(Resting::new(wallet, incarnation, now_ms));
            });
            let registry = Arc::clone(&entry.registry);
            drop(entry);
            let _ = end.send(loaded);
            for _ in 0..RETIRED_BY_NEWCOMER {
                if !registry.make_room() {
                    break;
                }
            }
        });
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A wallet that is being loaded. It rests when the load ends with it, and is not in memory if that fails or panics.
struct LoadingEntry {
    registry: Arc<Registry>,
    id: WalletId,
    loaded: Option<Resting>,
}

impl Drop for LoadingEntry {
    fn drop(&mut self) {
        let mut shard = self.registry.wallets.write(self.id);
        shard.end_load(self.id, self.loaded.take());
    }
}

fn found(loaded: Result<Option<Wallet>, LoadFailed>) -> Result<Wallet, LoadError> {
    match loaded {
        Ok(wallet) => wallet.ok_or(LoadError::WalletNotFound),
        Err(LoadFailed::QueueFull) => Err(LoadError::Overloaded),
        Err(failed @ LoadFailed::Unreadable(_)) => Err(LoadError::Unreadable(Arc::new(failed))),
        Err(failed) => Err(LoadError::not_loaded(failed)),
    }
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}
