//! Which wallets are busiest.
//!
//! Nothing is counted for it: a wallet's version is the number of its operations, so what it was at an earlier look is
//! all that is remembered, in its shared state. Such *marks* are set when somebody looks, [`MARK_MIN`] apart at least;
//! counted is from the mark before the last one, so that a look right after a mark does not begin at nothing. Versions
//! count what other engines wrote, too, as far as this one has noticed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Engine;
use super::registry::Registry;
use crate::domain::{Balance, WalletId};

/// Between two marks, at least. Counted is up to twice as long, while somebody looks often.
const MARK_MIN: Duration = Duration::from_secs(30);

/// The busiest wallets, the busiest first.
#[derive(Clone, Debug)]
pub struct HotWallets {
    pub wallets: Vec<HotWallet>,
    /// How long they were counted.
    pub over: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HotWallet {
    pub id: WalletId,
    /// Operations that were written meanwhile.
    pub operations: u64,
    /// Operations that wait on it now.
    pub waiting: usize,
    /// As last committed.
    pub balance: Balance,
}

/// When marks were set.
pub(super) struct Marks(Mutex<(Instant, Instant)>);

impl Marks {
    pub fn new() -> Self {
        let now = Instant::now();
        Self(Mutex::new((now, now)))
    }
}

impl Engine {
    /// The busiest active wallets, so many at most; those that nobody wrote are left out. It looks at every active
    /// wallet, some milliseconds for a hundred thousand, so whoever wants it often should keep it a while.
    #[must_use]
    pub fn hottest(&self, wallets_max: usize) -> HotWallets {
        self.0.marks.hottest(&self.0.registry, wallets_max)
    }
}

impl Marks {
    fn hottest(&self, registry: &Registry, wallets_max: usize) -> HotWallets {
        // One look at a time, so that nobody counts from marks that another is setting.
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (earlier, last) = *marks;
        let now = Instant::now();
        let sets_mark = now - last >= MARK_MIN;
        let mut hottest = BinaryHeap::new();
        registry.for_each(|active| {
            let shared = &active.shared;
            let wallet = shared.last_committed();
            let operations = shared.counted_from_mark(wallet.version, sets_mark);
            if operations > 0 {
                hottest.push(Reverse((
                    operations,
                    wallet.id,
                    shared.waiting(),
                    wallet.balance,
                )));
                if hottest.len() > wallets_max {
                    hottest.pop();
                }
            }
        });
        if sets_mark {
            *marks = (last, now);
        }
        let wallets = hottest.into_sorted_vec().into_iter();
        HotWallets {
            wallets: wallets
                .map(|Reverse((operations, id, waiting, balance))| HotWallet {
                    id,
                    operations,
                    waiting,
                    balance,
                })
                .collect(),
            over: now - earlier,
        }
    }
}
