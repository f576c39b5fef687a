//! The busiest wallets, by their [recent operations](super::recent_operations). These include what other engines wrote,
//! as far as this one knows.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::registry::Registry;
use crate::domain::{Balance, Wallet, WalletId};

/// The busiest wallets, the busiest first.
#[derive(Clone, Debug)]
pub struct HotWallets {
    pub wallets: Vec<HotWallet>,
    /// The time over which operations were counted.
    pub over: Duration,
}

// Ordered by its fields, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HotWallet {
    /// Operations written in that time.
    pub operations: u64,
    pub id: WalletId,
    /// Operations that wait in its queue now.
    pub waiting: usize,
    /// As last committed.
    pub balance: Balance,
    /// Of that balance.
    pub version: i64,
}

pub(super) fn hottest(registry: &Registry, wallets_max: usize) -> HotWallets {
    let scan = registry.recent.scan();
    let mut hottest = Hottest {
        wallets: BinaryHeap::new(),
        max: wallets_max,
    };
    registry.for_each_active(|active| {
        let shared = &active.shared;
        let wallet = shared.last_committed();
        let operations = scan.count(&mut shared.samples(), wallet.version);
        hottest.take(operations, &wallet, shared.waiting());
    });
    for (operations, wallet) in scan.inactive() {
        if !hottest.has(wallet.id) {
            hottest.take(operations, &wallet, 0);
        }
    }
    HotWallets {
        wallets: hottest.sorted(),
        over: scan.end(),
    }
}

struct Hottest {
    /// The least busy on top.
    wallets: BinaryHeap<Reverse<HotWallet>>,
    max: usize,
}

impl Hottest {
    fn take(&mut self, operations: u64, wallet: &Wallet, waiting: usize) {
        if operations == 0 {
            return;
        }
        self.wallets.push(Reverse(HotWallet {
            operations,
            id: wallet.id,
            waiting,
            balance: wallet.balance,
            version: wallet.version,
        }));
        if self.wallets.len() > self.max {
            self.wallets.pop();
        }
    }

    fn has(&self, id: WalletId) -> bool {
        self.wallets.iter().any(|Reverse(hot)| hot.id == id)
    }

    fn sorted(self) -> Vec<HotWallet> {
        let sorted = self.wallets.into_sorted_vec().into_iter();
        sorted.map(|Reverse(hot)| hot).collect()
    }
}
