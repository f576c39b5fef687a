//! Which primary a call can have been answered from.
//!
//! An era is the time of one primary: era 0 ends with the first failover, and so on. A row of the ledger was born in an
//! era and has been there ever since; a row of a lost branch was there in the one era that the failover ended. Servers
//! know nothing of this, but moments and engines say which eras a call can have seen:
//!
//! * None that began after the answer.
//! * None that a failover had closed before the request was sent; but an engine may remember, and not know yet that it
//!   was closed. So this is not demanded of answers that an engine may give from memory: replays, and reads unless the
//!   engines know of each other.
//! * None before one that the same engine had answered from before the request was sent. For that an engine has to have
//!   said that it did an operation, and the row's era is known.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use wallet_engine::domain::WalletId;

use crate::branch::{Failover, Fork};
use crate::history::{Answer, Call, Moment, Request};
use crate::ledger::{Account, Row};

/// A row, and the eras in which it was there.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub row: &'a Row,
    pub born: usize,
    /// The last era in which it was there.
    pub last: usize,
    /// Whether it is gone.
    pub is_lost: bool,
}

pub(super) struct Eras<'a> {
    failovers: &'a [Failover],
    /// By failover: when each engine had first answered from an era after it.
    left: Vec<BTreeMap<usize, Moment>>,
}

impl<'a> Eras<'a> {
    pub fn of<'c>(
        calls: impl Iterator<Item = &'c Call>,
        ledger: &'a [Account],
        failovers: &'a [Failover],
    ) -> Self {
        let mut eras = Self {
            failovers,
            left: vec![BTreeMap::new(); failovers.len()],
        };
        if failovers.is_empty() {
            return eras;
        }
        let mut rows: HashMap<(WalletId, &str), Vec<Placed>> = HashMap::new();
        for account in ledger {
            for placed in eras.placed(account) {
                if let Some(key) = placed.row.key.as_deref() {
                    let of_key = rows.entry((account.wallet.id, key)).or_default();
                    of_key.push(placed);
                }
            }
        }
        for call in calls {
            let Request::Operation { key, .. } = &call.request else {
                continue;
            };
            let Answer::Applied {
                told,
                replayed: false,
            } = &call.answer
            else {
                continue;
            };
            let of_key = rows.get(&(call.wallet, key.as_str()));
            let of_key = of_key.into_iter().flatten();
            let of_told = of_key.filter(|placed| told.is_of(placed.row));
            let born = of_told.map(|placed| placed.born).min().unwrap_or(0);
            for left in &mut eras.left[..born] {
                let first = left.entry(call.engine).or_insert(Moment::NEVER);
                *first = call.answered.min(*first);
            }
        }
        eras
    }

    /// The era without an end.
    pub fn last(&self) -> usize {
        self.failovers.len()
    }

    pub fn failover(&self, era: usize) -> &'a Failover {
        &self.failovers[era]
    }

    /// The wallet's fork at the end of the era.
    pub fn fork(&self, era: usize, wallet: WalletId) -> Option<&'a Fork> {
        self.failovers.get(era)?.forks.get(&wallet)
    }

    /// Every row of the wallet, in the ledger and lost.
    pub fn placed(&self, account: &'a Account) -> Vec<Placed<'a>> {
        let wallet = account.wallet.id;
        let mut born = 0;
        let mut placed = Vec::with_capacity(account.rows.len());
        for row in &account.rows {
            while self
                .fork(born, wallet)
                .is_some_and(|fork| fork.version < row.seq)
            {
                born += 1;
            }
            placed.push(Placed {
                row,
                born,
                last: self.last(),
                is_lost: false,
            });
        }
        for era in 0..self.last() {
            let lost = self.fork(era, wallet).map_or(&[][..], |fork| &fork.lost);
            placed.extend(lost.iter().map(|row| Placed {
                row,
                born: era,
                last: era,
                is_lost: true,
            }));
        }
        placed
    }

    /// The eras that the call can have been answered from; none if they contradict each other.
    pub fn of_call(&self, call: &Call, from_memory: bool) -> RangeInclusive<usize> {
        let over = |era: &usize| {
            let left = self.left[*era].get(&call.engine);
            left.is_some_and(|left| *left < call.sent)
                || !from_memory && self.failovers[*era].closed < call.sent
        };
        let first = (0..self.last()).rev().find(over).map_or(0, |era| era + 1);
        let begun = |failover: &Failover| failover.opened < call.answered;
        let last = self.failovers.partition_point(begun);
        first..=last
    }
}
