//! Property tests of the decision, and its cases one by one.

mod events;
mod model;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn wallet(cents: i64) -> Wallet {
    Wallet {
        id: WalletId(Uuid::nil()),
        user: UserId(1),
        balance: Balance::from_cents(cents).unwrap(),
        version: 0,
        reversals_known_from: 0,
        terms: None,
    }
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let amounts = prop_oneof![
        1..=Amount::MAX.cents(),
        1..=100i64,
        Just(Amount::MAX.cents())
    ];
    let kinds = prop::sample::select(Movement::KINDS.as_slice());
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
            match wallet.post(*operation, OffsetDateTime::UNIX_EPOCH) {
                Ok(entry) => {
                    sum += delta;
                    accepted += 1;
                    prop_assert_eq!(entry.balance_after, wallet.balance);
                }
                Err(OperationRefused::InsufficientFunds) => prop_assert!(sum + delta < 0),
                Err(refused) => {
                    prop_assert_eq!(refused, OperationRefused::BalanceLimit);
                    prop_assert!(sum + delta > i128::from(Balance::MAX.cents()));
                }
            }
            prop_assert_eq!(i128::from(wallet.balance.cents()), sum);
            prop_assert_eq!(wallet.version, accepted);
            prop_assert!((0..=i128::from(Balance::MAX.cents())).contains(&sum));
        }
    }
}
