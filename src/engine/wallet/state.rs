//! What is known of an active wallet without asking its actor: its committed state, how many operations are waiting on
//! it, and when it was last used.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::Wallet;
use crate::engine::activity::Activity;
use crate::engine::admission::Ticket;
use crate::engine::marks::Marked;

/// Shared by the actor, the registry and the callers.
pub(in crate::engine) struct SharedState {
    /// As last committed. The actor writes it after a commit and before the answers.
    committed: Mutex<Wallet>,
    /// The incarnation of the database that it is remembered from.
    incarnation: AtomicU64,
    /// Operations in the mailbox, in the actor's queue and in the batch being written; [`RETIRED`] after.
    places_taken: AtomicUsize,
    places: usize,
    /// Milliseconds on the registry's clock.
    last_used_ms: AtomicU64,
    /// A write of it may or may not have happened, and may still happen.
    unsettled: AtomicBool,
    /// What its operations of late are counted from.
    marked: Mutex<Marked>,
    pub activity: Activity,
}

const RETIRED: usize = usize::MAX;

/// Whether there was room in a wallet's queue.
pub(in crate::engine) enum Joined {
    In(Place),
    Full,
    /// The actor is gone or going; a fresh one has to be found.
    Retired,
}

impl SharedState {
    pub fn new(
        wallet: Wallet,
        marked: Marked,
        incarnation: u64,
        places: usize,
        now_ms: u64,
    ) -> Self {
        Self {
            committed: Mutex::new(wallet),
            incarnation: AtomicU64::new(incarnation),
            places_taken: AtomicUsize::new(0),
            places,
            last_used_ms: AtomicU64::new(now_ms),
            unsettled: AtomicBool::new(false),
            marked: Mutex::new(marked),
            activity: Activity::here(),
        }
    }

    /// The incarnation of the database that the wallet is remembered from.
    pub fn incarnation(&self) -> u64 {
        self.incarnation.load(Ordering::Acquire)
    }

    /// The wallet was loaded again.
    pub fn set_loaded(&self, wallet: Wallet, incarnation: u64) {
        self.store_committed(wallet);
        self.incarnation.store(incarnation, Ordering::Release);
    }

    /// The wallet as last committed; `None` while that is unknown.
    pub fn committed(&self) -> Option<Wallet> {
        if self.unsettled.load(Ordering::Acquire) {
            return None;
        }
        Some(self.last_committed())
    }

    /// The wallet as last committed, as far as this engine knows.
    pub fn last_committed(&self) -> Wallet {
        // The value is plain data, whole at any moment, so a poisoned lock is as good as any.
        *self
            .committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What its operations of late are counted from.
    pub fn marked(&self) -> MutexGuard<'_, Marked> {
        self.marked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is committed stays unknown as long as this actor lives.
    pub fn set_unsettled(&self) {
        self.unsettled.store(true, Ordering::Release);
    }

    /// A batch was committed.
    pub fn set_committed(&self, wallet: Wallet) {
        debug_assert!(
            !self.unsettled.load(Ordering::Acquire),
            "a commit while an outcome is unknown"
        );
        debug_assert!(
            self.last_committed().version <= wallet.version,
            "a commit took the version back"
        );
        self.store_committed(wallet);
    }

    fn store_committed(&self, wallet: Wallet) {
        *self
            .committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = wallet;
    }

    /// How many operations may wait on the wallet.
    pub fn places(&self) -> usize {
        self.places
    }

    pub fn touch(&self, now_ms: u64) {
        self.last_used_ms.store(now_ms, Ordering::Relaxed);
    }

    pub fn last_used_ms(&self) -> u64 {
        self.last_used_ms.load(Ordering::Relaxed)
    }

    /// Takes a place in the queue. The mailbox's own capacity is no bound: a fresh clone of an address may
    /// always send once more (actix 0.13).
    pub fn join(self: &Arc<Self>, ticket: Ticket) -> Joined {
        let taken = self
            .places_taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| {
                (taken < self.places).then(|| taken + 1)
            });
        match taken {
            Ok(_) => Joined::In(Place {
                shared: Arc::clone(self),
                _ticket: ticket,
            }),
            Err(RETIRED) => Joined::Retired,
            Err(_) => Joined::Full,
        }
    }

    /// How many operations are in the queue, or being written.
    pub fn waiting(&self) -> usize {
        match self.places_taken.load(Ordering::Acquire) {
            RETIRED => 0,
            taken => taken,
        }
    }

    /// Whether an operation is in the queue.
    pub fn is_waited_on(&self) -> bool {
        self.waiting() > 0
    }

    /// Closes the queue if nothing is in it. The actor alone asks, and stops if it returns `true`.
    pub fn retire(&self) -> bool {
        self.places_taken
            .compare_exchange(0, RETIRED, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

/// A place in a wallet's queue, held until the operation is answered or forgotten.
pub(in crate::engine) struct Place {
    shared: Arc<SharedState>,
    _ticket: Ticket,
}

impl Drop for Place {
    fn drop(&mut self) {
        let before = self.shared.places_taken.fetch_sub(1, Ordering::AcqRel);
        debug_assert!(
            (1..=self.shared.places).contains(&before),
            "a place was left that was not taken"
        );
    }
}
