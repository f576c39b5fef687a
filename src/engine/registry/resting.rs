//! A wallet at rest: what an engine remembers of a wallet that nobody asks for an operation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::domain::terms::Terms;
use crate::domain::{Balance, UserId, Wallet, WalletId};
use crate::engine::clock::passed_ms;

/// The wallet as last committed, without its id, which the map has.
pub(in crate::engine) struct Resting {
    user: UserId,
    balance: Balance,
    version: i64,
    reversals_known_from: i64,
    terms: Option<Arc<Terms>>,
    /// The incarnation of the database that it was loaded from.
    incarnation: u64,
    /// On the registry's clock.
    last_used_ms: AtomicU32,
}

// There are as many as `WALLET_ACTIVE_MAX`: what is added here is added to all of them.
const _: () = assert!(size_of::<Resting>() <= 56);

impl Resting {
    pub fn new(wallet: Wallet, incarnation: u64, last_used_ms: u32) -> Self {
        let Wallet {
            id: _,
            user,
            balance,
            version,
            reversals_known_from,
            terms,
        } = wallet;
        Self {
            user,
            balance,
            version,
            reversals_known_from,
            terms,
            incarnation,
            last_used_ms: AtomicU32::new(last_used_ms),
        }
    }

    /// Returns the wallet, whose id this is.
    pub fn wallet(&self, id: WalletId) -> Wallet {
        Wallet {
            id,
            user: self.user,
            balance: self.balance,
            version: self.version,
            reversals_known_from: self.reversals_known_from,
            terms: self.terms.clone(),
        }
    }

    pub fn incarnation(&self) -> u64 {
        self.incarnation
    }

    pub fn touch(&self, now_ms: u32) {
        // Many threads may read one wallet at once: only the first in a millisecond writes.
        if self.last_used_ms.load(Ordering::Relaxed) != now_ms {
            self.last_used_ms.store(now_ms, Ordering::Relaxed);
        }
    }

    pub fn unused_ms(&self, now_ms: u32) -> u32 {
        passed_ms(self.last_used_ms.load(Ordering::Relaxed), now_ms)
    }
}
