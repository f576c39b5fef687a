//! A wallet's statement: what it had when an interval began and when it ended, and every operation between.
//!
//! * An [`Interval`] is half-open, so those that follow one another share no operation and leave none out: the closing balance of
//!   one is the opening balance of the next.
//! * A [`Progress`] follows the operations from the opening balance to the closing one. A ledger that does not add up is a
//!   [`BrokenLedger`], never a statement.

use std::fmt;

use time::OffsetDateTime;

use super::history::PastTransfer;
use super::{Balance, Operation, Reference, Sign, WalletId};

/// From a time, and before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub from: OffsetDateTime,
    pub to: OffsetDateTime,
}

/// The interval that a statement is requested of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatementQuery {
    /// `None`: since the wallet exists.
    pub from: Option<OffsetDateTime>,
    /// `None`: until now, with everything that is committed.
    pub to: Option<OffsetDateTime>,
}

/// A wallet's balance between two operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The number of the operation before it; zero if there is none.
    pub version: i64,
    pub balance: Balance,
    /// How much of it is held.
    pub held: Balance,
}

/// What a statement says besides its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    pub wallet: WalletId,
    pub interval: Interval,
    pub opening: Standing,
    pub closing: Standing,
    /// Whether no operation can be added to the interval any more.
    pub is_final: bool,
}

/// An operation in a statement. It has only what does not change afterwards: what reverses it, for one, is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementEntry {
    /// Its number in the wallet's ledger.
    pub seq: i64,
    pub operation: Operation,
    pub balance_after: Balance,
    /// How much of it was held.
    pub held_after: Balance,
    pub created_at: OffsetDateTime,
    /// Of a row that moved money between wallets.
    pub transfer: Option<PastTransfer>,
    pub reference: Option<Reference>,
    /// The hold that it placed, captured or released.
    pub hold: Option<i64>,
    /// The `seq` of the row that it reverses.
    pub reverses: Option<i64>,
}

/// What an operation added to an amount, or took from it, in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change(i64);

/// A sum of amounts, which may exceed any balance, in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum(u128);

/// Operations of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    pub count: u64,
    pub sum: Sum,
}

/// What came into a wallet, and what left it. Operations that did not change the balance are in neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub incoming: Total,
    pub outgoing: Total,
}

/// The operations of a ledger do not lead from one balance to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ledger does not add up after operation {after}")]
pub struct BrokenLedger {
    /// The last operation that did.
    pub after: i64,
}

/// How far a statement was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub at: Standing,
    pub totals: Totals,
}

impl Interval {
    /// Returns the last moment that belongs to it; its beginning, if none does.
    #[must_use]
    pub fn last_moment(&self) -> OffsetDateTime {
        // The ledger's times are whole microseconds.
        self.from.max(self.to - time::Duration::MICROSECOND)
    }
}

impl StatementEntry {
    /// Returns what it did to the balance.
    #[must_use]
    pub fn change(&self) -> Change {
        self.signed(self.operation.kind.balance_sign())
    }

    /// Returns what it did to the held part of the balance.
    #[must_use]
    pub fn held_change(&self) -> Change {
        self.signed(self.operation.kind.held_sign())
    }

    /// Returns whether the balance is another one after it.
    #[must_use]
    pub fn moves_money(&self) -> bool {
        self.change() != Change(0)
    }

    fn signed(&self, sign: Sign) -> Change {
        Change(self.operation.amount.cents() * i64::from(sign.number()))
    }
}

impl Change {
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl Sum {
    /// Returns the sum of that many cents.
    #[must_use]
    pub fn from_cents(cents: u128) -> Self {
        Self(cents)
    }
}

impl Total {
    fn add(&mut self, change: Change) {
        self.count += 1;
        self.sum.0 += u128::from(change.0.unsigned_abs());
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: Sum(self.sum.0 + other.sum.0),
        }
    }
}

impl Totals {
    /// Returns the totals of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            incoming: self.incoming.and(other.incoming),
            outgoing: self.outgoing.and(other.outgoing),
        }
    }

    /// Returns the number of operations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.incoming.count + self.outgoing.count
    }

    /// Returns the sum of all amounts, whatever their direction.
    #[must_use]
    pub fn sum(&self) -> Sum {
        Sum(self.incoming.sum.0 + self.outgoing.sum.0)
    }

    /// Returns by how much one direction exceeds the other, and whether more left than came in.
    #[must_use]
    pub fn net(&self) -> (Sum, bool) {
        let (incoming, outgoing) = (self.incoming.sum.0, self.outgoing.sum.0);
        (Sum(incoming.abs_diff(outgoing)), outgoing > incoming)
    }
}

impl Progress {
    /// Begins with the opening balance.
    #[must_use]
    pub fn new(opening: Standing) -> Self {
        Self {
            at: opening,
            totals: Totals::default(),
        }
    }

    /// Follows the next operation.
    ///
    /// # Errors
    /// [`BrokenLedger`], if it is not the next one, or does not lead from the balance before it to the one after it.
    pub fn follow(&mut self, entry: &StatementEntry) -> Result<(), BrokenLedger> {
        let (change, held_change) = (entry.change(), entry.held_change());
        let next = Standing {
            version: entry.seq,
            balance: entry.balance_after,
            held: entry.held_after,
        };
        let adds_up = next.version == self.at.version + 1
            && next.balance.cents() == self.at.balance.cents() + change.0
            && next.held.cents() == self.at.held.cents() + held_change.0;
        if !adds_up {
            return Err(self.broken());
        }
        match change.0 {
            0 => {}
            1.. => self.totals.incoming.add(change),
            _ => self.totals.outgoing.add(change),
        }
        self.at = next;
        Ok(())
    }

    /// Checks that the closing balance was reached.
    ///
    /// # Errors
    /// [`BrokenLedger`].
    pub fn finish(&self, closing: &Standing) -> Result<(), BrokenLedger> {
        if self.at == *closing {
            Ok(())
        } else {
            Err(self.broken())
        }
    }

    /// Returns the error after the last operation that was followed.
    #[must_use]
    pub fn broken(&self) -> BrokenLedger {
        BrokenLedger {
            after: self.at.version,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        write!(f, "{sign}{}", Sum(u128::from(self.0.unsigned_abs())))
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::domain::{Amount, OperationKind};

    fn entry(seq: i64, kind: OperationKind, cents: i64, after: (i64, i64)) -> StatementEntry {
        StatementEntry {
            seq,
            operation: Operation {
                kind,
                amount: Amount::from_cents(cents).unwrap_or(Amount::ZERO),
            },
            balance_after: Balance::from_cents(after.0).unwrap(),
            held_after: Balance::from_cents(after.1).unwrap(),
            created_at: OffsetDateTime::UNIX_EPOCH,
            transfer: None,
            reference: None,
            hold: None,
            reverses: None,
        }
    }

    #[test]
    fn operations_lead_from_the_opening_balance_to_the_closing_one_and_are_summed_by_direction() {
        let mut progress = Progress::new(Standing::default());
        for entry in [
            entry(1, OperationKind::Deposit, 10_000, (10_000, 0)),
            entry(2, OperationKind::Hold, 3_000, (10_000, 3_000)),
            entry(3, OperationKind::Capture, 1_005, (8_995, 1_995)),
            entry(4, OperationKind::Freeze, 0, (8_995, 1_995)),
            entry(5, OperationKind::Release, 1_995, (8_995, 0)),
            entry(6, OperationKind::TransferOut, 10_000 - 1_005, (0, 0)),
        ] {
            assert_eq!(progress.follow(&entry), Ok(()));
        }
        let totals = progress.totals;
        assert_eq!((totals.incoming.count, totals.outgoing.count), (1, 2));
        assert_eq!(totals.sum().to_string(), "200.00");
        assert_eq!(totals.net(), (Sum(0), false));
        let closing = Standing {
            version: 6,
            ..Standing::default()
        };
        assert_eq!(progress.finish(&closing), Ok(()));
        assert_eq!(
            progress.finish(&Standing::default()),
            Err(BrokenLedger { after: 6 })
        );
    }

    #[test]
    fn a_ledger_with_a_gap_or_a_wrong_balance_is_broken() {
        let opening = Standing {
            version: 7,
            balance: Balance::from_cents(100).unwrap(),
            held: Balance::ZERO,
        };
        for wrong in [
            entry(9, OperationKind::Deposit, 1, (101, 0)),
            entry(7, OperationKind::Deposit, 1, (101, 0)),
            entry(8, OperationKind::Deposit, 1, (102, 0)),
            entry(8, OperationKind::Withdraw, 1, (101, 0)),
            entry(8, OperationKind::Hold, 1, (100, 0)),
        ] {
            let mut progress = Progress::new(opening);
            assert_eq!(progress.follow(&wrong), Err(BrokenLedger { after: 7 }));
            assert_eq!(progress, Progress::new(opening));
        }
    }

    #[test]
    fn changes_and_sums_have_two_places_and_their_sign() {
        let taken = entry(1, OperationKind::Withdraw, 5, (0, 0));
        assert_eq!(taken.change().to_string(), "-0.05");
        assert_eq!(taken.held_change().to_string(), "0.00");
        assert_eq!(
            Sum::from_cents(123_456_789_012_345_678).to_string(),
            "1234567890123456.78"
        );
    }

    #[test]
    fn the_last_moment_of_an_interval_is_before_its_end() {
        let from = OffsetDateTime::UNIX_EPOCH;
        let day = Interval {
            from,
            to: from + Duration::DAY,
        };
        assert_eq!(day.last_moment().date(), from.date());
        assert_eq!(Interval { from, to: from }.last_moment(), from);
    }
}
