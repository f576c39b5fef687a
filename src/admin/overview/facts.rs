//! Names with values, and the reasons of refusals, as the overview and the page of an engine show them.

use super::report::{Refusals, Report};
use crate::admin::format::count;
use crate::engine::Refusal;
use crate::messages::{Id, Lang, id};

/// A name and its value.
pub struct Fact {
    pub name: &'static str,
    pub value: String,
    /// Operators should act on it.
    pub bad: bool,
}

impl Fact {
    pub fn good(name: &'static str, value: String) -> Self {
        Self {
            name,
            value,
            bad: false,
        }
    }
}

pub struct RefusalRow {
    pub reason: &'static str,
    pub lately: String,
    pub since_start: String,
    /// It happened in the last minutes, and operators should act on it.
    pub bad: bool,
}

/// From here on in [`Refusal::ALL`], clients did not cause the refusal.
const OPERATORS_FROM: Refusal = Refusal::WalletFull;

/// The name of each of [`Refusal::ALL`].
const REASONS: [Id; Refusal::ALL.len()] = [
    id!("insufficient-funds"),
    id!("balance-limit"),
    id!("overview-reason-frozen"),
    id!("overview-reason-closed"),
    id!("limit-exceeded"),
    id!("wallet-not-empty"),
    id!("hold-closed"),
    id!("exceeds-hold"),
    id!("overview-reason-expiry"),
    id!("already-reversed"),
    id!("exceeds-original"),
    id!("overview-reason-key-reused"),
    id!("overview-reason-wallet-not-found"),
    id!("overview-reason-wallet-full"),
    id!("overview-reason-overloaded"),
    id!("overview-reason-stopping"),
    id!("overview-reason-not-done"),
    id!("overview-reason-unknown"),
];

/// Returns the refusals of all reports, a row for each reason.
pub fn refusals(reports: &[&Report], lang: Lang) -> Vec<RefusalRow> {
    let operators_from = Refusal::ALL.iter().position(|r| *r == OPERATORS_FROM);
    let operators_from = operators_from.unwrap_or(usize::MAX);
    let reasons = REASONS.iter().zip(Refusal::ALL).enumerate();
    reasons
        .map(|(at, (reason, refusal))| {
            let counted = || {
                let all = reports.iter().flat_map(|report| &report.refusals);
                all.filter(|refused| refused.is(refusal))
            };
            let sum = |of: fn(&Refusals) -> u64| counted().map(of).sum::<u64>();
            let lately = sum(|refused| refused.lately);
            RefusalRow {
                reason: lang.text(*reason),
                lately: count(lately),
                since_start: count(sum(|refused| refused.since_start)),
                bad: lately > 0 && at >= operators_from,
            }
        })
        .collect()
}
