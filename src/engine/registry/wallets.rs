//! The wallets in memory, in shards with a lock each.
//!
//! A wallet is in memory in one of three ways ([`Entry`]): it is being loaded, has an actor, or rests. Every change from one
//! to another is a step under the lock of its shard, so all see one and the same. No lock is held across an await, nor
//! while anything is sent, spawned or dropped that might come back here.
//!
//! Resting wallets are apart from the others, and in a row: what visits actors does not meet a million wallets at rest, and a
//! hand can go around among these (`retirement`).

use std::collections::HashMap;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use indexmap::IndexMap;

use super::load::Load;
use super::resting::Resting;
use crate::domain::WalletId;
use crate::engine::wallet::{ActiveWallet, SharedState};

/// Wallets of a full shard: a lock is held for some microseconds when it grows.
const WALLETS_A_SHARD: usize = 128;

/// Powers of two, so that some bits of a hash name a shard.
const SHARDS_MIN: usize = 16;
const SHARDS_MAX: usize = 1024;

/// How a wallet is in memory.
pub(in crate::engine) enum Entry<'a> {
    /// Its first callers wait for the load.
    Loading(&'a Load),
    /// It has an actor.
    Active(&'a Arc<ActiveWallet>),
    /// It has none, and what is remembered is what is committed.
    Resting(&'a Resting),
}

enum Busy {
    Loading(Load),
    Active(Arc<ActiveWallet>),
}

#[derive(Default)]
pub(in crate::engine) struct Shard {
    busy: HashMap<WalletId, Busy>,
    /// Those of them that are not in `busy`.
    pub(super) resting: IndexMap<WalletId, Resting>,
    /// Where the hand is among the resting ones.
    pub(super) hand: usize,
}

impl Shard {
    pub fn entry(&self, id: WalletId) -> Option<Entry<'_>> {
        match self.busy.get(&id) {
            Some(Busy::Loading(load)) => Some(Entry::Loading(load)),
            Some(Busy::Active(active)) => Some(Entry::Active(active)),
            None => self.resting.get(&id).map(Entry::Resting),
        }
    }

    /// Returns whether this is the wallet's actor.
    pub fn is_actor(&self, id: WalletId, shared: &Arc<SharedState>) -> bool {
        matches!(self.entry(id), Some(Entry::Active(active)) if Arc::ptr_eq(&active.shared, shared))
    }

    /// The wallet is being loaded; what was remembered of it counts no more.
    pub fn begin_load(&mut self, id: WalletId, load: Load) {
        self.resting.swap_remove(&id);
        let before = self.busy.insert(id, Busy::Loading(load));
        debug_assert!(
            before.is_none(),
            "a wallet is loaded twice, or has an actor"
        );
    }

    /// The load has ended: the wallet rests, or is not in memory.
    pub fn end_load(&mut self, id: WalletId, loaded: Option<Resting>) {
        if !matches!(self.entry(id), Some(Entry::Loading(_))) {
            return; // The engine has stopped.
        }
        self.busy.remove(&id);
        if let Some(resting) = loaded {
            self.resting.insert(id, resting);
        }
    }

    /// Takes what is remembered of a wallet that becomes active.
    pub fn take_resting(&mut self, id: WalletId) -> Option<Resting> {
        self.resting.swap_remove(&id)
    }

    pub fn activate(&mut self, id: WalletId, active: Arc<ActiveWallet>) {
        let before = self.busy.insert(id, Busy::Active(active));
        debug_assert!(
            before.is_none() && !self.resting.contains_key(&id),
            "a wallet has two actors, or rests beside one"
        );
    }

    /// Its actor is gone: the wallet rests, or is not in memory.
    pub fn deactivate(&mut self, id: WalletId, at_rest: Option<Resting>) {
        self.busy.remove(&id);
        if let Some(resting) = at_rest {
            self.resting.insert(id, resting);
        }
    }
}

/// How many wallets are in memory.
#[derive(Default)]
struct Counts {
    busy: AtomicUsize,
    resting: AtomicUsize,
}

pub(in crate::engine) struct Wallets {
    shards: Box<[RwLock<Shard>]>,
    counts: Counts,
}

impl Wallets {
    /// Returns shards for about so many wallets.
    pub fn new(wallets: usize) -> Self {
        let shards = (wallets / WALLETS_A_SHARD).next_power_of_two();
        let shards = shards.clamp(SHARDS_MIN, SHARDS_MAX);
        Self {
            shards: (0..shards).map(|_| RwLock::default()).collect(),
            counts: Counts::default(),
        }
    }

    /// Returns the number of wallets that have an actor or are being loaded.
    pub fn busy(&self) -> usize {
        self.counts.busy.load(Ordering::Relaxed)
    }

    pub fn resting(&self) -> usize {
        self.counts.resting.load(Ordering::Relaxed)
    }

    pub fn shards(&self) -> usize {
        self.shards.len()
    }

    pub fn read(&self, id: WalletId) -> RwLockReadGuard<'_, Shard> {
        read(&self.shards[self.shard_of(id)])
    }

    pub fn write(&self, id: WalletId) -> ShardMut<'_> {
        self.write_shard(self.shard_of(id))
    }

    /// Locks the shard of that number, which begins again after the last one.
    pub fn write_shard(&self, number: usize) -> ShardMut<'_> {
        let shard = &self.shards[number % self.shards.len()];
        // A shard is consistent at any moment.
        let shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        ShardMut {
            busy: shard.busy.len(),
            resting: shard.resting.len(),
            shard,
            counts: &self.counts,
        }
    }

    /// Calls `visit` with every wallet that has an actor.
    pub fn for_each_active(&self, mut visit: impl FnMut(&Arc<ActiveWallet>)) {
        for shard in &self.shards {
            for busy in read(shard).busy.values() {
                if let Busy::Active(active) = busy {
                    visit(active);
                }
            }
        }
    }

    /// Forgets every wallet. Calls `left` with each that had an actor.
    pub fn clear(&self, mut left: impl FnMut(&Arc<ActiveWallet>)) {
        for number in 0..self.shards.len() {
            let shard = mem::take(&mut *self.write_shard(number));
            for busy in shard.busy.values() {
                if let Busy::Active(active) = busy {
                    left(active);
                }
            }
        }
    }

    /// Returns the number of the wallet's shard. Ids are random, or at least differ: the product's upper bits depend on all.
    fn shard_of(&self, id: WalletId) -> usize {
        let (upper, lower) = id.0.as_u64_pair();
        let mixed = (upper.rotate_left(32) ^ lower).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::from((mixed >> 48) as u16) & (self.shards.len() - 1)
    }
}

fn read(shard: &RwLock<Shard>) -> RwLockReadGuard<'_, Shard> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

/// A shard that may be changed, and is counted afterwards.
pub(in crate::engine) struct ShardMut<'a> {
    shard: RwLockWriteGuard<'a, Shard>,
    counts: &'a Counts,
    /// How many there were.
    busy: usize,
    resting: usize,
}

impl Deref for ShardMut<'_> {
    type Target = Shard;

    fn deref(&self) -> &Shard {
        &self.shard
    }
}

impl DerefMut for ShardMut<'_> {
    fn deref_mut(&mut self) -> &mut Shard {
        &mut self.shard
    }
}

impl Drop for ShardMut<'_> {
    fn drop(&mut self) {
        count(&self.counts.busy, self.busy, self.shard.busy.len());
        count(&self.counts.resting, self.resting, self.shard.resting.len());
    }
}

fn count(counter: &AtomicUsize, before: usize, after: usize) {
    if before != after {
        // It goes around at zero: less is more than a few too many.
        counter.fetch_add(after.wrapping_sub(before), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Balance, UserId, Wallet};

    fn resting(id: WalletId) -> Resting {
        let wallet = Wallet {
            id,
            user: UserId(1),
            balance: Balance::ZERO,
            version: 0,
            reversals_known_from: 0,
            terms: None,
        };
        Resting::new(wallet, 0, 0)
    }

    #[test]
    fn ids_of_any_kind_are_spread_over_the_shards() {
        const EACH: usize = 50;
        let wallets = Wallets::new(SHARDS_MAX * WALLETS_A_SHARD);
        assert_eq!(wallets.shards(), SHARDS_MAX);
        let kinds: [fn(u128) -> u128; 4] = [
            |_| Uuid::new_v4().as_u128(),
            |n| n,
            |n| n << 64,
            // By time, at its beginning.
            |n| (n << 96) | 0x11f0_8000_0242_ac11_0002,
        ];
        for (kind, id) in kinds.into_iter().enumerate() {
            let mut shards = vec![0; wallets.shards()];
            for n in 0..SHARDS_MAX * EACH {
                let id = WalletId(Uuid::from_u128(id(n as u128)));
                shards[wallets.shard_of(id)] += 1;
            }
            let (few, many) = (shards.iter().min(), shards.iter().max());
            assert!(few > Some(&(EACH / 4)), "{kind}: {few:?} to {many:?}");
            assert!(many < Some(&(EACH * 3)), "{kind}: {few:?} to {many:?}");
        }
    }

    #[test]
    fn what_comes_and_goes_is_counted_when_the_lock_is_released() {
        let wallets = Wallets::new(1);
        let id = WalletId(Uuid::from_u128(7));
        wallets.write(id).deactivate(id, Some(resting(id)));
        assert_eq!((wallets.busy(), wallets.resting()), (0, 1));
        assert!(wallets.write(id).take_resting(id).is_some());
        assert_eq!((wallets.busy(), wallets.resting()), (0, 0));
        wallets.write(id).deactivate(id, Some(resting(id)));
        assert!(matches!(
            wallets.read(id).entry(id),
            Some(Entry::Resting(_))
        ));
        wallets.clear(|_| panic!("it has no actor"));
        assert_eq!((wallets.busy(), wallets.resting()), (0, 0));
    }
}
