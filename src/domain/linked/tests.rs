//! Property tests of the decision, and its cases one by one.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use time::OffsetDateTime;

use super::*;
use crate::domain::rules::{Limit, Rules};
use crate::domain::terms::Terms;
use crate::domain::{Amount, Reference, UserId};

const AT: Moment = Moment {
    now: OffsetDateTime::UNIX_EPOCH,
    incarnation: 0,
    holds_max: 1_000,
};

const WALLETS: usize = 4;

fn id(number: usize) -> WalletId {
    WalletId(Uuid::from_u128(number as u128 + 1))
}

fn wallet(number: usize, cents: i64) -> Wallet {
    Wallet {
        id: id(number),
        user: UserId(1),
        balance: Balance::from_cents(cents).unwrap(),
        version: 7,
        reversals_known_from: 0,
        terms: None,
    }
}

fn amount(cents: i64) -> Amount {
    Amount::from_cents(cents).unwrap()
}

fn step(wallet: usize, movement: Movement) -> Step {
    Step {
        wallet: id(wallet),
        request: movement.into(),
    }
}

fn transfer(from: usize, to: usize, cents: i64) -> Step {
    let (to, amount) = (id(to), amount(cents));
    step(from, Movement::Transfer { to, amount })
}

fn single(wallet: usize, kind: OperationKind, cents: i64) -> Step {
    let amount = amount(cents);
    step(wallet, Movement::Operation(Operation { kind, amount }))
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let cents = prop_oneof![1..=500i64, Just(Amount::MAX.cents())];
    let transfers = (0..WALLETS, 1..WALLETS, cents.clone())
        .prop_map(|(from, on, cents)| transfer(from, (from + on) % WALLETS, cents));
    let kinds = prop::sample::select(OperationKind::REQUESTABLE.as_slice());
    let singles = (0..WALLETS, kinds, cents).prop_map(|(of, kind, cents)| single(of, kind, cents));
    prop::collection::vec(prop_oneof![3 => transfers, 1 => singles], 1..12)
}

fn sum(wallets: &[Wallet]) -> i64 {
    wallets.iter().map(|wallet| wallet.balance.cents()).sum()
}

proptest! {
    #[test]
    fn all_of_it_happens_or_nothing_and_transfers_make_no_money(
        steps in steps(),
        balances in prop::collection::vec(0..1_000i64, WALLETS),
    ) {
        let set = LinkedSet::new(steps).unwrap();
        let all: Vec<_> = (0..WALLETS).map(|n| wallet(n, balances[n])).collect();
        let mut wallets: Vec<_> = all
            .iter()
            .filter(|wallet| set.wallets().contains(&wallet.id))
            .cloned()
            .collect();
        let before = wallets.clone();
        match set.decide(&mut wallets, AT, |_| false) {
            Err(refused) => {
                prop_assert_eq!(wallets, before);
                prop_assert!(refused.step < set.steps().len());
            }
            Ok(rows) => {
                let outside: i64 = set.steps().iter().map(|step| match step.request.movement {
                    Movement::Operation(it) => {
                        i64::from(it.kind.balance_sign().number()) * it.amount.cents()
                    }
                    _ => 0,
                }).sum();
                prop_assert_eq!(sum(&wallets), sum(&before) + outside);
                let places: HashMap<_, _> =
                    rows.iter().map(|row| ((row.wallet, row.seq), row)).collect();
                prop_assert_eq!(places.len(), rows.len());
                for row in &rows {
                    let Some(other) = row.entry.counterpart() else { continue };
                    let other_row = places[&(other.wallet, other.seq)];
                    let back = other_row.entry.counterpart().unwrap();
                    if let Some(transfer) = other.transfer {
                        prop_assert_eq!(back.transfer, Some(transfer));
                        prop_assert_eq!((back.wallet, back.seq), (row.wallet, row.seq));
                        prop_assert_eq!(other_row.entry.operation.amount, row.entry.operation.amount);
                    } else {
                        prop_assert_eq!(back.transfer, None);
                    }
                }
                for wallet in &wallets {
                    let of: Vec<_> = rows.iter().filter(|row| row.wallet == wallet.id).collect();
                    let seqs: Vec<_> = of.iter().map(|row| row.seq).collect();
                    let expected: Vec<_> = (8..8 + i64::try_from(of.len()).unwrap()).collect();
                    prop_assert_eq!(seqs, expected, "in the order of the steps, without gaps");
                    if let Some(last) = of.last() {
                        prop_assert_eq!(last.entry.balance_after, wallet.balance);
                        prop_assert_eq!(last.seq, wallet.version);
                    }
                }
            }
        }
    }
}

#[test]
fn later_steps_see_what_earlier_ones_did_and_the_first_refusal_is_named() {
    let steps = vec![
        single(0, OperationKind::Deposit, 100),
        transfer(0, 1, 100),
        transfer(1, 2, 60),
        transfer(1, 2, 60),
    ];
    let set = LinkedSet::new(steps).unwrap();
    let mut wallets = [wallet(0, 0), wallet(1, 0), wallet(2, 0)];
    let refused = set.decide(&mut wallets, AT, |_| false).unwrap_err();
    assert_eq!(refused.step, 3);
    assert_eq!(refused.reason, OperationRefused::InsufficientFunds);
    assert_eq!(sum(&wallets), 0);

    let rows = set.decide(&mut wallets, AT, |step| step == 3).unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(wallets.map(|wallet| wallet.balance.cents()), [0, 40, 60]);
}

#[test]
fn what_receives_above_its_limit_refuses_the_whole() {
    let set = LinkedSet::new(vec![transfer(0, 1, 1)]).unwrap();
    let mut wallets = [wallet(0, 5), wallet(1, Balance::MAX.cents())];
    let refused = set.decide(&mut wallets, AT, |_| false).unwrap_err();
    assert_eq!(refused.reason, OperationRefused::BalanceLimit);
    assert_eq!(wallets[0].balance.cents(), 5);
}

#[test]
fn a_set_has_steps_a_bound_and_no_wallet_pays_itself() {
    assert_eq!(LinkedSet::new(Vec::new()), Err(InvalidLinkedSet::Empty));
    let steps = vec![transfer(0, 1, 1), transfer(2, 2, 1)];
    assert_eq!(LinkedSet::new(steps), Err(InvalidLinkedSet::SameWallet(1)));
    let fits = (0..LINKED_WALLETS_MAX - 1).map(|n| transfer(n, n + 1, 1));
    assert!(LinkedSet::new(fits.collect()).is_ok());
    let too_many = (0..LINKED_WALLETS_MAX).map(|n| transfer(n, n + 1, 1));
    let refused = LinkedSet::new(too_many.collect());
    assert_eq!(refused, Err(InvalidLinkedSet::TooManyWallets));
}

#[test]
fn both_rows_of_a_transfer_have_its_reference_and_reason() {
    let mut paid = transfer(0, 1, 1);
    let reference = Reference::parse("rent");
    paid.request.reference.clone_from(&reference);
    paid.request.reason = Some("agreed".into());
    let set = LinkedSet::new(vec![paid]).unwrap();
    let rows = set.decide(&mut [wallet(0, 5), wallet(1, 0)], AT, |_| false);
    let rows = rows.unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!(row.entry.reference(), reference.as_ref());
        assert!(row.entry.details.unwrap().reason.is_some());
    }
}

#[test]
fn a_payer_does_not_learn_how_much_the_receiver_may_still_receive() {
    let rules = Rules {
        balance_max: Balance::from_cents(1_000),
        ..Rules::default()
    };
    let mut receiver = wallet(1, 900);
    receiver.terms = Terms::new(rules, None, BTreeMap::new()).map(Arc::new);
    let mut wallets = [wallet(0, 5_000), receiver];
    let set = LinkedSet::new(vec![transfer(0, 1, 200)]).unwrap();
    let refused = set.decide(&mut wallets, AT, |_| false).unwrap_err();
    let own = wallets[1].post(
        Operation {
            kind: OperationKind::Deposit,
            amount: amount(200),
        },
        AT.now,
    );
    let refusal = |remaining| OperationRefused::LimitExceeded {
        limit: Limit::BalanceMax,
        remaining,
    };
    assert_eq!(refused.reason, refusal(None));
    assert_eq!(own.unwrap_err(), refusal(Balance::from_cents(100)));
}
