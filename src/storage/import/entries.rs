//! The entries of a ledger that bring a wallet from one balance to another.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::domain::operation::OperationId;
use crate::domain::{Amount, Balance, OperationKind};

/// Rows of ledgers, a column each, as the statements take them.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub wallets: Vec<Uuid>,
    pub seqs: Vec<i64>,
    pub ids: Vec<Uuid>,
    pub kinds: Vec<&'static str>,
    pub amounts: Vec<Decimal>,
    pub balances: Vec<Decimal>,
    /// How many rows of its wallet are written together, of the last of them; 0 of those before.
    pub runs: Vec<i32>,
}

impl Entries {
    /// Adds what brings the wallet from one balance to another; returns its version afterwards.
    ///
    /// An amount has ten digits and a balance twelve, so a large difference takes several entries.
    pub fn add(&mut self, wallet: Uuid, version: i64, from: Balance, to: Balance) -> i64 {
        let [more, less] = OperationKind::OPENINGS;
        let kind = if to > from { more } else { less };
        let (mut at, to) = (from.cents(), to.cents());
        let mut seq = version;
        let mut run = 0;
        while at != to {
            let most = Amount::MAX.cents();
            let step = (to - at).clamp(-most, most);
            at += step;
            seq += 1;
            run += 1;
            self.wallets.push(wallet);
            self.seqs.push(seq);
            self.ids.push(OperationId::new().0);
            self.kinds.push(kind.as_str());
            self.amounts.push(Decimal::new(step.abs(), 2));
            self.balances.push(Decimal::new(at, 2));
            self.runs.push(if at == to { run } else { 0 });
        }
        seq
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balance(cents: i64) -> Balance {
        Balance::from_cents(cents).unwrap()
    }

    #[test]
    fn a_difference_is_one_entry_or_as_many_as_it_takes() {
        let wallet = Uuid::from_u128(1);
        let mut entries = Entries::default();
        assert_eq!(entries.add(wallet, 0, Balance::ZERO, Balance::ZERO), 0);
        assert_eq!(entries.add(wallet, 0, Balance::ZERO, balance(5)), 1);
        assert_eq!(entries.add(wallet, 1, balance(5), balance(3)), 2);
        assert_eq!(entries.kinds, ["OPENING", "OPENING_REDUCTION"]);
        assert_eq!(entries.runs, [1, 1]);

        let mut entries = Entries::default();
        let version = entries.add(wallet, 7, Balance::ZERO, Balance::MAX);
        assert_eq!(version, 7 + 101);
        assert_eq!(entries.runs.iter().sum::<i32>(), 101);
        assert_eq!(entries.runs.last(), Some(&101));
        assert_eq!(
            entries.amounts.iter().sum::<Decimal>(),
            Decimal::new(Balance::MAX.cents(), 2)
        );
        assert!(
            entries
                .amounts
                .iter()
                .all(|amount| *amount <= Decimal::new(9_999_999_999, 2))
        );
    }
}
