//! The lanes of the database in memory: which wallet is written on which, and which do not answer.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use tokio::sync::watch;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::Lane;

use super::Store;

/// Without any, everything is written on the whole.
#[derive(Default)]
pub struct Lanes {
    /// The lanes that a wallet has had; the last one is the present one.
    of: Mutex<HashMap<WalletId, Vec<Lane>>>,
    frozen: watch::Sender<HashSet<Lane>>,
    /// What was sent on a lane that no wallet of it ever had.
    strays: Mutex<Vec<String>>,
}

impl Lanes {
    pub fn of(&self, wallet: WalletId) -> Lane {
        let of = self.of.lock().unwrap();
        let lanes = of.get(&wallet).and_then(|lanes| lanes.last());
        lanes.copied().unwrap_or_default()
    }

    /// Returns whether there is only the whole.
    pub fn are_none(&self) -> bool {
        self.of.lock().unwrap().is_empty()
    }

    /// Returns whether the wallet is written on the lane. Reports it if it never was.
    pub fn is_on(&self, lane: Lane, wallet: WalletId) -> bool {
        let now = self.of(wallet);
        if lane == Lane::WHOLE || lane == now {
            return true;
        }
        let was = |lanes: &Vec<Lane>| lanes.contains(&lane);
        if !self.of.lock().unwrap().get(&wallet).is_some_and(was) {
            let stray = format!("{wallet} of {now:?} was sent on {lane:?}");
            self.strays.lock().unwrap().push(stray);
        }
        false
    }

    /// Reports a load of wallets that were always of different lanes.
    pub fn loads(&self, wallets: &[WalletId]) {
        let of = self.of.lock().unwrap();
        let lanes = wallets.iter().filter_map(|wallet| of.get(wallet));
        let stayed = lanes.clone().all(|lanes| lanes.len() == 1);
        if stayed && lanes.collect::<HashSet<_>>().len() > 1 {
            self.strays
                .lock()
                .unwrap()
                .push(format!("{wallets:?} were loaded together"));
        }
    }

    /// Waits until the lane and those of the wallets answer.
    pub async fn answers(&self, lane: Option<Lane>, wallets: impl Iterator<Item = WalletId>) {
        let mut lanes: HashSet<_> = wallets.map(|wallet| self.of(wallet)).collect();
        lanes.extend(lane);
        let mut frozen = self.frozen.subscribe();
        let _ = frozen.wait_for(|frozen| frozen.is_disjoint(&lanes)).await;
    }

    pub fn assert_none_strayed(&self) {
        let strays = self.strays.lock().unwrap();
        assert!(strays.is_empty(), "{strays:#?}");
    }
}

impl Store {
    /// A wallet that is written on the lane.
    pub fn wallet_on(&self, lane: Lane, cents: i64) -> WalletId {
        let wallet = self.wallet_with(cents);
        self.move_to(lane, wallet);
        wallet
    }

    /// From now on, the wallet is written on the lane.
    pub fn move_to(&self, lane: Lane, wallet: WalletId) {
        let mut of = self.lanes.of.lock().unwrap();
        of.entry(wallet).or_default().push(lane);
    }

    /// The lane answers nothing any more.
    pub fn freeze(&self, lane: Lane) {
        self.lanes.frozen.send_modify(|frozen| {
            frozen.insert(lane);
        });
    }

    pub fn thaw(&self, lane: Lane) {
        self.lanes.frozen.send_modify(|frozen| {
            frozen.remove(&lane);
        });
    }
}
