//! A wallet, and its decision: whether it accepts an operation, and the balance after it.

use std::fmt;

use uuid::Uuid;

use super::{Amount, Balance, Operation, OperationRefused, Sign};

/// A wallet's address in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalletId(pub Uuid);

impl WalletId {
    /// Reads the contract's form of a wallet's address: hyphenated, in either letter case, and no other.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        const HYPHENATED_CHARS: usize = 36;
        if text.len() != HYPHENATED_CHARS {
            return None; // `Uuid` also reads braces, a URN and no dashes; each has another length.
        }
        Uuid::try_parse(text).ok().map(Self)
    }
}

impl fmt::Display for WalletId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A user's number, as in responses with a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserId(pub i64);

/// A wallet after some number of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wallet {
    pub id: WalletId,
    pub user: UserId,
    pub balance: Balance,
    /// The number of operations that made this balance: the `seq` of the last one in the ledger.
    pub version: i64,
}

impl Wallet {
    /// Returns the wallet after `operation`.
    ///
    /// # Errors
    /// [`OperationRefused`], when the balance would leave its range.
    pub fn decide(&self, operation: &Operation) -> Result<Self, OperationRefused> {
        debug_assert!(self.version >= 0, "a version counts operations");
        let balance = match operation.kind.balance_sign() {
            Sign::Plus => self.raised(operation.amount)?,
            Sign::Minus => self.lowered(operation.amount)?,
            Sign::Zero => self.balance,
        };
        Ok(Self {
            balance,
            version: self.version + 1,
            ..*self
        })
    }

    fn raised(&self, amount: Amount) -> Result<Balance, OperationRefused> {
        self.balance
            .plus(amount)
            .ok_or(OperationRefused::BalanceLimit)
    }

    fn lowered(&self, amount: Amount) -> Result<Balance, OperationRefused> {
        self.balance
            .minus(amount)
            .ok_or(OperationRefused::InsufficientFunds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::OperationKind;

    fn wallet(cents: i64) -> Wallet {
        Wallet {
            id: WalletId(Uuid::nil()),
            user: UserId(1),
            balance: Balance::from_cents(cents).unwrap(),
            version: 0,
        }
    }

    fn operations() -> impl Strategy<Value = Vec<Operation>> {
        let amounts = prop_oneof![
            1..=Amount::MAX.cents(),
            1..=100i64,
            Just(Amount::MAX.cents())
        ];
        let kinds = prop::sample::select(OperationKind::ALL.as_slice());
        prop::collection::vec((kinds, amounts), 0..200).prop_map(|list| {
            list.into_iter()
                .map(|(kind, cents)| Operation {
                    kind,
                    amount: Amount::from_cents(cents).unwrap(),
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn the_balance_is_the_sum_of_what_was_accepted_and_never_leaves_its_range(
            start in prop_oneof![Just(0), 0..=Balance::MAX.cents(), Just(Balance::MAX.cents())],
            operations in operations(),
        ) {
            let mut wallet = wallet(start);
            let mut sum = i128::from(start);
            let mut accepted = 0;
            for operation in &operations {
                let sign = i128::from(operation.kind.balance_sign().number());
                let delta = sign * i128::from(operation.amount.cents());
                match wallet.decide(operation) {
                    Ok(next) => {
                        sum += delta;
                        accepted += 1;
                        wallet = next;
                    }
                    Err(OperationRefused::InsufficientFunds) => prop_assert!(sum + delta < 0),
                    Err(OperationRefused::BalanceLimit) => {
                        prop_assert!(sum + delta > i128::from(Balance::MAX.cents()));
                    }
                }
                prop_assert_eq!(i128::from(wallet.balance.cents()), sum);
                prop_assert_eq!(wallet.version, accepted);
                prop_assert!((0..=i128::from(Balance::MAX.cents())).contains(&sum));
            }
        }
    }

    #[test]
    fn a_wallet_id_is_hyphenated_in_either_case_and_nothing_else() {
        assert!(WalletId::parse("47c6a995-7685-412c-99fe-4259db91f18f").is_some());
        assert!(WalletId::parse("47C6A995-7685-412C-99FE-4259DB91F18F").is_some());
        for text in [
            "47c6a9957685412c99fe4259db91f18f",
            "{47c6a995-7685-412c-99fe-4259db91f18f}",
            "urn:uuid:47c6a995-7685-412c-99fe-4259db91f18f",
            "47c6a9957-685-412c-99fe-4259db91f18f",
            "g7c6a995-7685-412c-99fe-4259db91f18f",
            "47c6a995-7685-412c-99fe-4259db91f18f ",
            "",
        ] {
            assert!(WalletId::parse(text).is_none(), "{text}");
        }
    }
}
