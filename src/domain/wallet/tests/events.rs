//! What happens to a wallet, at random.

use proptest::prelude::*;

use crate::domain::rules::{Gate, RulesChange};
use crate::domain::{Amount, Balance, Movement, OperationKind};

/// What happens next. Holds and operations are named by a number, of which the remainder counts.
#[derive(Clone, Debug)]
pub enum Event {
    Post(OperationKind, i64),
    Hold(i64, u32),
    Capture(usize, Option<i64>, bool),
    Void(usize),
    Reverse(usize, Option<i64>),
    Rules(RulesChange),
    Pass(i64),
    Commit,
}

pub fn events() -> impl Strategy<Value = Vec<Event>> {
    let kinds = prop::sample::select(Movement::KINDS.as_slice());
    let part = || prop::option::of(1..120i64);
    let gate = || {
        prop::option::weighted(
            0.2,
            prop_oneof![3 => Just(Gate::Open), 1 => Just(Gate::Frozen)],
        )
    };
    let limit = |cents: i64| prop::option::weighted(0.2, prop::option::of(1..cents));
    let rules = (
        (gate(), gate(), prop::option::weighted(0.3, any::<bool>())),
        (
            prop::option::weighted(0.1, 0..60i64),
            limit(900),
            limit(150),
            limit(500),
        ),
    );
    let rules = rules.prop_map(
        |((debits, credits, is_closed), (min, max, operation, daily))| {
            let balance = |cents| Balance::from_cents(cents).unwrap();
            Event::Rules(RulesChange {
                debits,
                credits,
                is_closed,
                balance_min: min.map(balance),
                balance_max: max.map(|max| max.map(balance)),
                operation_max: operation.map(|max| max.map(amount)),
                daily_out_max: daily.map(|max| max.map(balance)),
            })
        },
    );
    let event = prop_oneof![
        6 => (kinds, 1..200i64).prop_map(|(kind, cents)| Event::Post(kind, cents)),
        5 => (1..150i64, 1..90_000u32).prop_map(|(cents, lasts)| Event::Hold(cents, lasts)),
        4 => (any::<usize>(), part(), any::<bool>()).prop_map(|(hold, part, last)| Event::Capture(hold, part, last)),
        2 => any::<usize>().prop_map(Event::Void),
        3 => (any::<usize>(), part()).prop_map(|(of, part)| Event::Reverse(of, part)),
        2 => rules,
        3 => (1..50_000i64).prop_map(Event::Pass),
        4 => Just(Event::Commit),
    ];
    prop::collection::vec(event, 1..80)
}

pub fn amount(cents: i64) -> Amount {
    Amount::from_cents(cents).unwrap()
}
