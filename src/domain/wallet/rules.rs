//! The rules of a wallet: what they refuse, and how they change.

use std::sync::Arc;

use time::OffsetDateTime;

use super::Wallet;
use crate::domain::entry::Entry;
use crate::domain::rules::{Gate, Limit, Rules, RulesChange};
use crate::domain::terms::Terms;
use crate::domain::{Amount, Balance, Operation, OperationKind, OperationRefused};

impl Wallet {
    #[must_use]
    pub fn rules(&self) -> Rules {
        self.terms
            .as_ref()
            .map_or_else(Rules::default, |terms| terms.rules)
    }

    /// What left it on the day of `now`, if that is limited.
    #[must_use]
    pub fn spent(&self, now: OffsetDateTime) -> Option<Balance> {
        let spent = self.terms.as_ref()?.spent.as_ref()?;
        Some(spent.on_day_of(now))
    }

    /// Whether what left it today is limited, and not counted yet: nothing more can be decided before it is loaded again.
    #[must_use]
    pub fn has_to_be_loaded(&self) -> bool {
        let is_uncounted =
            |terms: &Arc<Terms>| terms.rules.daily_out_max.is_some() && terms.spent.is_none();
        self.terms.as_ref().is_some_and(is_uncounted)
    }

    /// Checks what applies to every operation of that kind.
    pub(super) fn check(
        &self,
        kind: OperationKind,
        amount: Amount,
        gate: Gate,
    ) -> Result<(), OperationRefused> {
        let rules = self.rules();
        if rules.is_closed {
            return Err(OperationRefused::Closed);
        }
        if gate == Gate::Frozen {
            return Err(OperationRefused::Frozen);
        }
        let is_reversal = kind.is_reversal();
        match rules
            .operation_max
            .filter(|max| amount > *max && !is_reversal)
        {
            Some(max) => Err(exceeds(Limit::OperationMax, max.into())),
            None => Ok(()),
        }
    }

    pub(super) fn raised(
        &self,
        kind: OperationKind,
        amount: Amount,
    ) -> Result<Balance, OperationRefused> {
        if self.terms.is_some() {
            self.check(kind, amount, self.rules().credits)?;
        }
        let raised = self
            .balance
            .plus(amount)
            .ok_or(OperationRefused::BalanceLimit)?;
        match self.rules().balance_max.filter(|max| raised > *max) {
            Some(max) => Err(exceeds(Limit::BalanceMax, max.above(self.balance))),
            None => Ok(raised),
        }
    }

    /// Checks that the amount can be taken from what is available.
    pub(super) fn check_debit(
        &self,
        kind: OperationKind,
        amount: Amount,
        now: OffsetDateTime,
    ) -> Result<(), OperationRefused> {
        let Some(terms) = &self.terms else {
            return match self.balance.minus(amount) {
                Some(_) => Ok(()),
                None => Err(OperationRefused::InsufficientFunds),
            };
        };
        self.check(kind, amount, terms.rules.debits)?;
        let available = self.balance.above(terms.held());
        let left = available
            .minus(amount)
            .ok_or(OperationRefused::InsufficientFunds)?;
        let minimum = terms.rules.balance_min;
        if left < minimum {
            return Err(exceeds(Limit::BalanceMin, available.above(minimum)));
        }
        let Some(max) = terms.rules.daily_out_max else {
            return Ok(());
        };
        debug_assert!(
            terms.spent.is_some(),
            "decided before what left today was counted"
        );
        let spent = self.spent(now).unwrap_or(max);
        let remaining = max.above(spent).above(terms.held());
        if Balance::from(amount) > remaining {
            return Err(exceeds(Limit::DailyOutMax, remaining));
        }
        Ok(())
    }

    /// Counts what leaves, where it is limited.
    pub(super) fn spend(&mut self, amount: Amount, now: OffsetDateTime) {
        if self
            .terms
            .as_ref()
            .is_none_or(|terms| terms.spent.is_none())
        {
            return;
        }
        if let Some(spent) = &mut self.terms_mut().spent {
            spent.amount = spent.on_day_of(now);
            spent.day = spent.day.max(now.date());
            // No more than the limit on balances leaves a day, or it is as much as counts.
            spent.amount = spent.amount.plus(amount).unwrap_or(Balance::MAX);
            spent.uncommitted = spent.uncommitted.plus(amount).unwrap_or(Balance::MAX);
        }
    }

    pub(super) fn set_rules(&mut self, change: &RulesChange) -> Result<Entry, OperationRefused> {
        let before = self.rules();
        let rules = before.after(change);
        let is_empty = self.balance == Balance::ZERO && self.held() == Balance::ZERO;
        if rules.is_closed && !before.is_closed && !is_empty {
            return Err(OperationRefused::NotEmpty);
        }
        let terms = self.terms_mut();
        terms.rules = rules;
        if rules.daily_out_max.is_none() {
            terms.spent = None;
        }
        self.drop_empty_terms();
        let mut entry = self.entry(Operation {
            kind: before.kind_of_change(&rules),
            amount: Amount::ZERO,
        });
        entry.details_mut().rules = Some(rules);
        Ok(entry)
    }
}

fn exceeds(limit: Limit, remaining: Balance) -> OperationRefused {
    OperationRefused::LimitExceeded {
        limit,
        remaining: Some(remaining),
    }
}
