//! The rules of a wallet as people read them.

use crate::admin::format;
use crate::domain::rules::{Gate, Limit, Rules, RulesChange};
use crate::domain::{Amount, Balance};
use crate::messages::{Id, Lang, id, text};

/// The names of the rules, in the order of the pages.
pub const NAMES: [Id; 7] = [
    id!("rules-debits"),
    id!("rules-credits"),
    id!("rules-closed"),
    id!("rules-balance-min"),
    id!("rules-balance-max"),
    id!("rules-operation-max"),
    id!("rules-daily-out-max"),
];

/// A rule, and what it was.
pub struct ChangedRule {
    pub name: &'static str,
    pub before: String,
    pub after: String,
}

/// Returns the rules' values, in the order of [`NAMES`].
pub fn values(rules: &Rules, lang: Lang) -> [String; NAMES.len()] {
    let closed = if rules.is_closed {
        text!(lang, "rules-yes")
    } else {
        text!(lang, "rules-no")
    };
    let none = || text!(lang, "rules-no-limit").to_owned();
    let money = |limit: Balance| format::money(limit, lang);
    let amount = |limit: Amount| format::money(limit, lang);
    [
        gate_name(rules.debits, lang).to_owned(),
        gate_name(rules.credits, lang).to_owned(),
        closed.to_owned(),
        money(rules.balance_min),
        rules.balance_max.map_or_else(none, money),
        rules.operation_max.map_or_else(none, amount),
        rules.daily_out_max.map_or_else(none, money),
    ]
}

/// Returns the name of a state of a direction.
pub fn gate_name(gate: Gate, lang: Lang) -> &'static str {
    match gate {
        Gate::Open => text!(lang, "rules-open"),
        Gate::Frozen => text!(lang, "rules-frozen"),
    }
}

/// Returns what a change sets, for the journal of the staff: by the API's names.
pub fn of_change(change: &RulesChange) -> Vec<(&'static str, String)> {
    let limit =
        |limit: Option<Balance>| limit.map_or_else(|| "none".to_owned(), |max| max.to_string());
    let amount = |max: Option<Amount>| max.map_or_else(|| "none".to_owned(), |max| max.to_string());
    [
        ("debits", change.debits.map(|gate| gate.as_str().to_owned())),
        (
            "credits",
            change.credits.map(|gate| gate.as_str().to_owned()),
        ),
        ("closed", change.is_closed.map(|closed| closed.to_string())),
        ("balance_min", change.balance_min.map(|min| min.to_string())),
        ("balance_max", change.balance_max.map(limit)),
        ("operation_max", change.operation_max.map(amount)),
        ("daily_out_max", change.daily_out_max.map(limit)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

/// Returns the rules that differ.
pub fn changes(before: &Rules, after: &Rules, lang: Lang) -> Vec<ChangedRule> {
    let both = values(before, lang).into_iter().zip(values(after, lang));
    let named = NAMES.into_iter().zip(both);
    named
        .filter(|(_, (before, after))| before != after)
        .map(|(name, (before, after))| ChangedRule {
            name: lang.text(name),
            before,
            after,
        })
        .collect()
}

/// Returns the name of a limit.
pub fn limit_name(limit: Limit, lang: Lang) -> &'static str {
    match limit {
        Limit::BalanceMin => text!(lang, "rules-balance-min"),
        Limit::BalanceMax => text!(lang, "rules-balance-max"),
        Limit::OperationMax => text!(lang, "rules-operation-max"),
        Limit::DailyOutMax => text!(lang, "rules-daily-out-max"),
        Limit::OpenHolds => text!(lang, "holds-open-max"),
    }
}
