//! The shared state of a wallet's actor: what was last committed, how many operations wait, and when it was last used.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::Wallet;
use crate::engine::actor_status::ActorStatus;
use crate::engine::admission::Ticket;
use crate::engine::recent_operations::Samples;

/// Shared by the actor, the registry and the callers.
pub(in crate::engine) struct SharedState {
    /// As last committed. The actor writes it after a commit and before the answers.
    committed: Mutex<Wallet>,
    /// The incarnation of the database that it was loaded from.
    incarnation: AtomicU64,
    /// Operations in the mailbox, in the actor's queue and in the batch being written; [`RETIRED`] or [`AT_REST`] at the end.
    places_taken: AtomicUsize,
    places: usize,
    /// Milliseconds on the registry's clock.
    last_used_ms: AtomicU32,
    /// A write of it has an unknown outcome, and may still be committed.
    unsettled: AtomicBool,
    /// What its recent operations are counted from.
    samples: Mutex<Samples>,
    pub status: ActorStatus,
}

/// The actor has stopped, and what it knew counts no more.
const RETIRED: usize = usize::MAX;
/// The actor has stopped, and what it knew is what is committed.
const AT_REST: usize = usize::MAX - 1;

/// Whether there was room in a wallet's queue.
pub(in crate::engine) enum Joined {
    In(Place),
    Full,
    /// The actor has stopped or is stopping; a new one has to be found.
    Retired,
}

impl SharedState {
    pub fn new(
        wallet: Wallet,
        samples: Samples,
        incarnation: u64,
        places: usize,
        now_ms: u32,
    ) -> Self {
        Self {
            committed: Mutex::new(wallet),
            incarnation: AtomicU64::new(incarnation),
            places_taken: AtomicUsize::new(0),
            places,
            last_used_ms: AtomicU32::new(now_ms),
            unsettled: AtomicBool::new(false),
            samples: Mutex::new(samples),
            status: ActorStatus::here(),
        }
    }

    /// Returns the incarnation of the database that the wallet was loaded from.
    pub fn incarnation(&self) -> u64 {
        self.incarnation.load(Ordering::Acquire)
    }

    /// Records that the wallet was loaded again.
    pub fn set_loaded(&self, wallet: Wallet, incarnation: u64) {
        self.store_committed(wallet);
        self.incarnation.store(incarnation, Ordering::Release);
    }

    /// Returns the wallet as last committed; `None` while that is unknown.
    pub fn committed(&self) -> Option<Wallet> {
        if self.unsettled.load(Ordering::Acquire) {
            return None;
        }
        Some(self.last_committed())
    }

    /// Returns the wallet as last committed, as far as this engine knows.
    pub fn last_committed(&self) -> Wallet {
        // Plain data, consistent at any moment, so a poisoned lock is usable.
        self.committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What its recent operations are counted from.
    pub fn samples(&self) -> MutexGuard<'_, Samples> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks what is committed as unknown, for the rest of the actor's life.
    pub fn set_unsettled(&self) {
        self.unsettled.store(true, Ordering::Release);
    }

    /// Records the commit of a batch.
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

    /// Returns the limit of waiting operations.
    pub fn places(&self) -> usize {
        self.places
    }

    pub fn touch(&self, now_ms: u32) {
        self.last_used_ms.store(now_ms, Ordering::Relaxed);
    }

    pub fn last_used_ms(&self) -> u32 {
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
            Ok(before) => {
                if before == 0 {
                    ticket.begins_on_wallet();
                }
                Joined::In(Place {
                    shared: Arc::clone(self),
                    ticket,
                })
            }
            Err(RETIRED | AT_REST) => Joined::Retired,
            Err(_) => Joined::Full,
        }
    }

    /// Returns the number of operations that are queued or being written.
    pub fn waiting(&self) -> usize {
        match self.places_taken.load(Ordering::Acquire) {
            RETIRED | AT_REST => 0,
            taken => taken,
        }
    }

    /// Closes the queue if it is empty. Called by the actor alone, which stops if it returns `true`.
    pub fn retire(&self) -> bool {
        self.close(RETIRED)
    }

    /// Closes the queue if it is empty, and leaves the wallet as it was last committed. Called by the actor alone, which
    /// stops if it returns `true`.
    pub fn come_to_rest(&self) -> bool {
        let is_unsettled = self.unsettled.load(Ordering::Acquire);
        debug_assert!(!is_unsettled, "rest while an outcome is unknown");
        !is_unsettled && self.close(AT_REST)
    }

    fn close(&self, end: usize) -> bool {
        self.places_taken
            .compare_exchange(0, end, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Returns whether the actor has stopped and left the wallet as it was last committed.
    pub fn is_at_rest(&self) -> bool {
        self.places_taken.load(Ordering::Acquire) == AT_REST
    }
}

/// A place in a wallet's queue, held until the operation is answered or dropped.
pub(in crate::engine) struct Place {
    shared: Arc<SharedState>,
    ticket: Ticket,
}

impl Drop for Place {
    fn drop(&mut self) {
        let before = self.shared.places_taken.fetch_sub(1, Ordering::AcqRel);
        debug_assert!(
            (1..=self.shared.places).contains(&before),
            "more places were released than taken"
        );
        if before == 1 {
            self.ticket.ends_on_wallet();
        }
    }
}
