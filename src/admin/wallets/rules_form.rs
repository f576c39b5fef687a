//! The form of a wallet's rules: what it contains, and what is wrong with it.
//!
//! It has the rules as they are to become, and remembers those that it was filled with: only what its sender changed is changed,
//! whatever else someone else did meanwhile.

use serde::Deserialize;

use super::money;
use super::submission::{self, Submission};
use crate::domain::rules::{Gate, Rules, RulesChange};
use crate::domain::{Amount, Balance};
use crate::messages::{Id, id};

/// Between the values of the form that it was filled with. No value has it.
const BESIDE: char = '|';

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub key: String,
    pub again: String,
    /// The values that the form was filled with.
    pub seen: String,
    pub debits: String,
    pub credits: String,
    /// It has a value if the wallet is to be closed.
    pub closed: String,
    pub balance_min: String,
    pub balance_max: String,
    pub operation_max: String,
    pub daily_out_max: String,
    pub reason: String,
    /// Of the page that asks once more ([`Stage`](super::confirmation::Stage)).
    pub confirmed: String,
    pub edit: String,
    #[serde(skip)]
    pub mistakes: Mistakes,
}

/// The mistakes, by field.
#[derive(Debug, Default)]
pub struct Mistakes {
    /// Nothing is changed.
    pub form: Option<Id>,
    pub balance_min: Option<Id>,
    pub balance_max: Option<Id>,
    pub operation_max: Option<Id>,
    pub daily_out_max: Option<Id>,
    pub reason: Option<Id>,
}

impl Form {
    /// Makes a form of the rules, with a new key.
    pub fn of(rules: &Rules) -> Self {
        let limit = |limit: Option<Balance>| limit.map_or_else(String::new, |max| max.to_string());
        let mut form = Self {
            key: submission::fresh_key(),
            debits: rules.debits.as_str().to_owned(),
            credits: rules.credits.as_str().to_owned(),
            closed: if rules.is_closed { "1" } else { "" }.to_owned(),
            balance_min: limit(Some(rules.balance_min).filter(|min| *min > Balance::ZERO)),
            balance_max: limit(rules.balance_max),
            operation_max: rules
                .operation_max
                .map_or_else(String::new, |max| max.to_string()),
            daily_out_max: limit(rules.daily_out_max),
            ..Self::default()
        };
        form.seen = form.values().join(&BESIDE.to_string());
        form
    }

    /// Returns what is to be changed; `None` if there are mistakes, which the form then has.
    pub fn check(&mut self) -> Option<(Submission, RulesChange)> {
        let mut mistakes = Mistakes::default();
        let limits = (
            limit(&self.balance_min, &mut mistakes.balance_min),
            limit(&self.balance_max, &mut mistakes.balance_max),
            largest(&self.operation_max, &mut mistakes.operation_max),
            limit(&self.daily_out_max, &mut mistakes.daily_out_max),
        );
        mistakes.reason = submission::reason_mistake(&mut self.reason);
        let [debits, credits, closed, min, max, operation, daily] = self.are_changed();
        let change = RulesChange {
            debits: Gate::parse(&self.debits).filter(|_| debits),
            credits: Gate::parse(&self.credits).filter(|_| credits),
            is_closed: closed.then_some(!self.closed.is_empty()),
            balance_min: min.then_some(limits.0.unwrap_or_default()),
            balance_max: max.then_some(limits.1),
            operation_max: operation.then_some(limits.2),
            daily_out_max: daily.then_some(limits.3),
        };
        if change == RulesChange::default() {
            mistakes.form = Some(id!("rules-unchanged"));
        }
        let key = submission::key(&mut self.key);
        let is_right = mistakes.is_empty();
        self.mistakes = mistakes;
        let reason = self.reason.clone();
        let submission = Submission { key: key?, reason };
        is_right.then_some((submission, change))
    }

    /// Returns what was entered, for the page that asks once more.
    pub fn into_fields(self) -> Vec<(&'static str, String)> {
        vec![
            ("key", self.key),
            ("again", self.again),
            ("seen", self.seen),
            ("debits", self.debits),
            ("credits", self.credits),
            ("closed", self.closed),
            ("balance_min", self.balance_min),
            ("balance_max", self.balance_max),
            ("operation_max", self.operation_max),
            ("daily_out_max", self.daily_out_max),
            ("reason", self.reason),
        ]
    }

    fn values(&self) -> [&str; 7] {
        [
            &self.debits,
            &self.credits,
            &self.closed,
            &self.balance_min,
            &self.balance_max,
            &self.operation_max,
            &self.daily_out_max,
        ]
    }

    /// Returns which values are not those that the form was filled with.
    fn are_changed(&self) -> [bool; 7] {
        let mut seen = self.seen.split(BESIDE);
        self.values()
            .map(|value| seen.next().is_none_or(|seen| seen != value.trim()))
    }
}

impl Mistakes {
    fn is_empty(&self) -> bool {
        [
            self.form,
            self.balance_min,
            self.balance_max,
            self.operation_max,
            self.daily_out_max,
            self.reason,
        ]
        .iter()
        .all(Option::is_none)
    }
}

/// Reads a limit on balances; `None` without one.
fn limit(text: &str, mistake: &mut Option<Id>) -> Option<Balance> {
    if text.trim().is_empty() {
        return None;
    }
    let limit = money::balance(text);
    if limit.is_none() {
        *mistake = Some(id!("wallets-amount-wrong"));
    }
    limit
}

/// Reads the largest amount; `None` without one.
fn largest(text: &str, mistake: &mut Option<Id>) -> Option<Amount> {
    if text.trim().is_empty() {
        return None;
    }
    let amount = money::amount(text);
    amount
        .map_err(|error| *mistake = Some(money::mistake(error)))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(rules: &Rules) -> Form {
        Form {
            reason: "because".to_owned(),
            ..Form::of(rules)
        }
    }

    #[test]
    fn only_what_the_sender_changed_is_changed() {
        let rules = Rules {
            credits: Gate::Frozen,
            balance_max: Balance::from_cents(10_000),
            ..Rules::default()
        };
        let mut frozen = form(&rules);
        frozen.debits = "frozen".to_owned();
        let (_, change) = frozen.check().unwrap();
        assert_eq!(change.debits, Some(Gate::Frozen));
        let only = RulesChange {
            debits: Some(Gate::Frozen),
            ..RulesChange::default()
        };
        assert_eq!(change, only);

        let mut lifted = form(&rules);
        lifted.balance_max = " ".to_owned();
        lifted.operation_max = "5,5".to_owned();
        let (_, change) = lifted.check().unwrap();
        assert_eq!(change.balance_max, Some(None));
        assert_eq!(change.operation_max, Some(Amount::from_cents(550)));
        assert_eq!((change.debits, change.daily_out_max), (None, None));
    }

    #[test]
    fn all_mistakes_are_reported_together_and_an_unchanged_form_is_one() {
        let mut same = form(&Rules::default());
        assert!(same.check().is_none());
        assert_eq!(same.mistakes.form, Some(id!("rules-unchanged")));

        let mut wrong = form(&Rules::default());
        wrong.balance_min = "x".to_owned();
        wrong.operation_max = "0".to_owned();
        wrong.reason = "a".to_owned();
        assert!(wrong.check().is_none());
        let wrong_amount = Some(id!("wallets-amount-wrong"));
        assert_eq!(wrong.mistakes.balance_min, wrong_amount);
        let zero = Some(id!("wallets-amount-zero"));
        assert_eq!(wrong.mistakes.operation_max, zero);
        assert_eq!(wrong.mistakes.reason, Some(id!("wallets-reason-short")));
        assert_eq!(wrong.mistakes.form, None);
    }
}
