//! Rules of a wallet: what is frozen, whether it is closed, and its limits.

use time::{Date, OffsetDateTime};

pub use super::limit::Limit;
use super::{Amount, Balance, OperationKind};

/// Whether a direction of money is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    #[default]
    Open,
    Frozen,
}

/// The rules of a wallet. The default is that of a wallet without any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whatever lowers what is available, captures included. Releases of holds go on.
    pub debits: Gate,
    /// Whatever raises the balance.
    pub credits: Gate,
    /// Nothing happens any more but a change of the rules. It is empty.
    pub is_closed: bool,
    /// What no debit may take the available balance below.
    pub balance_min: Balance,
    /// What no credit may take the balance above.
    pub balance_max: Option<Balance>,
    /// The largest deposit, withdrawal, transfer or hold.
    pub operation_max: Option<Amount>,
    /// How much may leave a day (UTC), gross. What is held counts as leaving, whenever it was placed: so a capture, which
    /// only turns it into money that has left, always fits, and a release gives it back.
    pub daily_out_max: Option<Balance>,
}

/// A change of rules: those that are to become another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RulesChange {
    pub debits: Option<Gate>,
    pub credits: Option<Gate>,
    pub is_closed: Option<bool>,
    pub balance_min: Option<Balance>,
    pub balance_max: Option<Option<Balance>>,
    pub operation_max: Option<Option<Amount>>,
    pub daily_out_max: Option<Option<Balance>>,
}

/// What left a wallet on a day (UTC), by the time of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    pub day: Date,
    pub amount: Balance,
    /// The part that is not committed yet: if the commit falls on the next day, it counts there.
    pub uncommitted: Balance,
    /// Whether the wallet's row has it: it was counted by the ledger otherwise.
    pub is_recorded: bool,
}

impl Gate {
    pub const ALL: [Self; 2] = [Self::Open, Self::Frozen];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Frozen => "frozen",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.as_str() == text)
    }
}

impl Rules {
    /// Returns the rules after the change.
    #[must_use]
    pub fn after(self, change: &RulesChange) -> Self {
        Self {
            debits: change.debits.unwrap_or(self.debits),
            credits: change.credits.unwrap_or(self.credits),
            is_closed: change.is_closed.unwrap_or(self.is_closed),
            balance_min: change.balance_min.unwrap_or(self.balance_min),
            balance_max: change.balance_max.unwrap_or(self.balance_max),
            operation_max: change.operation_max.unwrap_or(self.operation_max),
            daily_out_max: change.daily_out_max.unwrap_or(self.daily_out_max),
        }
    }

    /// The kind of the row that turns `self` into `next`: what a reader has to know first.
    #[must_use]
    pub fn kind_of_change(&self, next: &Self) -> OperationKind {
        let freezes = |before, after| before == Gate::Open && after == Gate::Frozen;
        let gates = [(self.debits, next.debits), (self.credits, next.credits)];
        if self.is_closed != next.is_closed {
            if next.is_closed {
                OperationKind::Close
            } else {
                OperationKind::Reopen
            }
        } else if gates
            .into_iter()
            .any(|(before, after)| freezes(before, after))
        {
            OperationKind::Freeze
        } else if gates
            .into_iter()
            .any(|(before, after)| freezes(after, before))
        {
            OperationKind::Unfreeze
        } else {
            OperationKind::Limit
        }
    }
}

impl Spent {
    /// What has left on the day of `now`: of an earlier day, what is committed now at the earliest.
    #[must_use]
    pub fn on_day_of(&self, now: OffsetDateTime) -> Balance {
        if self.day < now.date() {
            self.uncommitted
        } else {
            self.amount
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn what_is_not_committed_at_midnight_counts_for_the_new_day() {
        let [amount, uncommitted] = [50, 20].map(|cents| Balance::from_cents(cents).unwrap());
        let now = OffsetDateTime::UNIX_EPOCH;
        let spent = Spent {
            day: now.date(),
            amount,
            uncommitted,
            is_recorded: true,
        };
        assert_eq!(spent.on_day_of(now), amount);
        assert_eq!(spent.on_day_of(now + Duration::DAY), uncommitted);
    }
}
