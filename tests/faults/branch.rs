//! What a failover left behind: the rows that only the old primary had.
//!
//! Both servers had a wallet's rows up to a fork. From there on each may have gone its own way: the new primary's is
//! the ledger's, the old one's is lost.

use std::collections::BTreeMap;

use uuid::Uuid;
use wallet_engine::domain::{Balance, WalletId};

use crate::history::Moment;
use crate::ledger::Row;

/// One change of the primary.
#[derive(Clone, Debug)]
pub struct Failover {
    /// Whether the old primary's commits waited for the standby, and everything before had reached it.
    pub synchronous: bool,
    /// Nothing was written to the new primary before.
    pub opened: Moment,
    /// Nothing was written to the old primary, and no request sent was seen by it, after.
    pub closed: Moment,
    /// Of wallets of which either server wrote something about that time.
    pub forks: BTreeMap<WalletId, Fork>,
}

/// A wallet's fork.
#[derive(Clone, Debug)]
pub struct Fork {
    /// The rows that both servers had.
    pub version: i64,
    /// The balance after the last of these, where the servers were asked for it.
    pub balance: Option<Balance>,
    /// What the old primary had beyond.
    pub lost: Vec<Row>,
}

/// Rows with their ids.
pub type Rows = Vec<(Uuid, Row)>;

/// Compares what each server has beyond `base`, the versions that both are known to have had.
pub fn forks(
    base: &BTreeMap<WalletId, i64>,
    mut old: BTreeMap<WalletId, Rows>,
    new: &BTreeMap<WalletId, Rows>,
) -> BTreeMap<WalletId, Fork> {
    let fork = |(&wallet, &base): (&WalletId, &i64)| {
        let old = old.remove(&wallet).unwrap_or_default();
        let new = new.get(&wallet).map_or(&[][..], Vec::as_slice);
        // A row that both have was replicated, or is the same operation decided in the same way again.
        let pairs = old.iter().zip(new);
        let common = pairs.take_while(|(old, new)| old.0 == new.0).count();
        let last = common.checked_sub(1).map(|last| &new[last].1);
        let fork = Fork {
            version: last.map_or(base, |row| row.seq),
            balance: last.map(|row| row.balance_after),
            lost: old.into_iter().skip(common).map(|(_, row)| row).collect(),
        };
        (wallet, fork)
    };
    base.iter().map(fork).collect()
}
