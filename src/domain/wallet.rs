//! A wallet, and its decision: whether it accepts an operation, and the balance after it.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;
use uuid::Uuid;

use super::entry::Entry;
use super::hold::{Expiry, Hold, HoldStatus, OpenHold};
use super::movement::{Capture, Movement};
use super::reference::Reference;
use super::reversal::Reversal;
use super::rules::{Gate, Limit, Rules, RulesChange};
use super::terms::Terms;
use super::{Amount, Balance, Operation, OperationKind, OperationRefused, OperationRequest, Sign};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    pub id: WalletId,
    pub user: UserId,
    pub balance: Balance,
    /// The number of operations that made this balance: the `seq` of the last one in the ledger.
    pub version: i64,
    /// The version that it was loaded with: what was reversed after it is known (`terms`).
    pub reversals_known_from: i64,
    /// Its open holds and rules; `None` without any.
    pub terms: Option<Arc<Terms>>,
}

/// When something is decided, and on which past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By the database's clock, in whole microseconds.
    pub now: OffsetDateTime,
    /// The database's incarnation: what was read in another one counts for nothing.
    pub incarnation: u64,
}

/// What a wallet has decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The place, in the list of entries, of the one that answers the request.
    pub answer: usize,
    /// Of an operation on a hold: the hold after it.
    pub hold: Option<Arc<Hold>>,
}

impl Wallet {
    /// How much of the balance is held, expired holds that were not released included.
    #[must_use]
    pub fn held(&self) -> Balance {
        self.terms
            .as_ref()
            .map_or(Balance::ZERO, |terms| terms.held())
    }

    /// How much of the balance is held at that time.
    #[must_use]
    pub fn held_at(&self, now: OffsetDateTime) -> Balance {
        let terms = self.terms.as_ref();
        terms.map_or(Balance::ZERO, |terms| terms.held_at(now))
    }

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

    /// Whether a hold has expired and is not released yet.
    #[must_use]
    pub fn is_due(&self, now: OffsetDateTime) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.is_due(now))
    }

    /// Releases the holds that have expired: a row each. To be called before anything else is decided.
    pub fn expire(&mut self, now: OffsetDateTime, entries: &mut Vec<Entry>) {
        let due = self.terms.as_ref().filter(|terms| terms.is_due(now));
        let Some(due) = due.map(|terms| terms.due(now)) else {
            return;
        };
        for id in due {
            if let Some(hold) = self.hold(id) {
                let mut entry = self.release(id, hold.remaining);
                entry.details_mut().expires_at = Some(hold.expires_at);
                entries.push(entry);
            }
        }
    }

    /// Decides a request, as far as it concerns this wallet, and adds its entries. On an error nothing has changed.
    ///
    /// # Errors
    /// [`OperationRefused`].
    pub fn decide(
        &mut self,
        request: &OperationRequest,
        at: Moment,
        entries: &mut Vec<Entry>,
    ) -> Result<Accepted, OperationRefused> {
        debug_assert!(!self.is_due(at.now), "what has expired is released first");
        let mut hold = None;
        let mut entry = match &request.movement {
            Movement::Operation(operation) => self.post(*operation, at.now)?,
            Movement::Transfer { amount, .. } => {
                let operation = Operation {
                    kind: OperationKind::TransferOut,
                    amount: *amount,
                };
                self.post(operation, at.now)?
            }
            Movement::Hold { amount, expiry } => {
                let (entry, placed) =
                    self.place(*amount, *expiry, request.reference.clone(), at.now)?;
                hold = Some(placed);
                entry
            }
            Movement::Capture(capture) => {
                let (released, captured, after) = self.capture(capture, at.now)?;
                hold = Some(after);
                entries.extend(released);
                captured
            }
            Movement::Void { hold: id } => {
                let open = self.hold(*id).ok_or(OperationRefused::NoOpenHold)?;
                let entry = self.release(*id, open.remaining);
                hold = Some(Hold {
                    status: if open.captured() > Balance::ZERO {
                        HoldStatus::Captured
                    } else {
                        HoldStatus::Voided
                    },
                    released: open.remaining.into(),
                    ..open.view(*id)
                });
                entry
            }
            Movement::Reversal(reversal) => self.reverse(reversal, at)?,
            Movement::Rules(change) => self.set_rules(change)?,
        };
        entry.describe(request.reference.as_ref(), request.note.as_ref());
        entries.push(entry);
        Ok(Accepted {
            answer: entries.len() - 1,
            hold: hold.map(Arc::new),
        })
    }

    /// Moves money in or out, by the signs of the kind.
    ///
    /// # Errors
    /// [`OperationRefused`]: funds, a bound, or a rule.
    pub fn post(
        &mut self,
        operation: Operation,
        now: OffsetDateTime,
    ) -> Result<Entry, OperationRefused> {
        let Operation { kind, amount } = operation;
        debug_assert_eq!(kind.held_sign(), Sign::Zero, "it moves no held money");
        match kind.balance_sign() {
            Sign::Plus => self.balance = self.raised(kind, amount)?,
            Sign::Minus => {
                self.check_debit(kind, amount, now)?;
                let lowered = self.balance.minus(amount);
                self.balance = lowered.ok_or(OperationRefused::InsufficientFunds)?;
                self.spend(amount, now);
            }
            Sign::Zero => debug_assert!(false, "a kind that moves no money"),
        }
        Ok(self.entry(operation))
    }

    /// Reverses a row of this wallet by the other half of a reversal, whose amount the first half has decided.
    ///
    /// # Errors
    /// [`OperationRefused`]: funds, a bound, or a rule.
    pub fn post_reversal(
        &mut self,
        of: i64,
        operation: Operation,
        now: OffsetDateTime,
    ) -> Result<Entry, OperationRefused> {
        let mut entry = self.post(operation, now)?;
        entry.details_mut().reverses = Some(of);
        let version = self.version;
        self.terms_mut().reversed(of, version);
        Ok(entry)
    }

    /// What was decided is committed, at that time by the ledger.
    pub fn committed(&mut self, at: OffsetDateTime) {
        if self
            .terms
            .as_ref()
            .is_some_and(|terms| terms.awaits_commit())
        {
            self.terms_mut().committed(at);
        }
    }

    fn hold(&self, id: i64) -> Option<OpenHold> {
        self.terms.as_ref()?.holds().get(&id).cloned()
    }

    fn terms_mut(&mut self) -> &mut Terms {
        Arc::make_mut(self.terms.get_or_insert_default())
    }

    /// Forgets terms that say nothing.
    fn drop_empty_terms(&mut self) {
        if self.terms.as_deref() == Some(&Terms::default()) {
            self.terms = None;
        }
    }

    /// The row of an operation that has just been done.
    fn entry(&mut self, operation: Operation) -> Entry {
        debug_assert!(self.version >= 0, "a version counts operations");
        self.version += 1;
        Entry::plain(operation, self.balance, self.held())
    }

    /// Checks what applies to every operation of that kind.
    fn check(
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

    fn raised(&self, kind: OperationKind, amount: Amount) -> Result<Balance, OperationRefused> {
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
    fn check_debit(
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
    fn spend(&mut self, amount: Amount, now: OffsetDateTime) {
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

    fn place(
        &mut self,
        amount: Amount,
        expiry: Expiry,
        reference: Option<Reference>,
        now: OffsetDateTime,
    ) -> Result<(Entry, Hold), OperationRefused> {
        if !expiry.is_in_range(now) {
            return Err(OperationRefused::ExpiryOutOfRange);
        }
        self.check_debit(OperationKind::Hold, amount, now)?;
        let held = self
            .held()
            .plus(amount)
            .ok_or(OperationRefused::BalanceLimit)?;
        let id = self.version + 1;
        let hold = OpenHold {
            amount,
            remaining: amount,
            expires_at: expiry.of(now),
            reference,
            created_at: None,
        };
        let view = hold.view(id);
        self.terms_mut().put(id, hold, held);
        let mut entry = self.entry(Operation {
            kind: OperationKind::Hold,
            amount,
        });
        let details = entry.details_mut();
        details.hold = Some(id);
        details.expires_at = Some(view.expires_at);
        Ok((entry, view))
    }

    /// Returns the row that releases the rest, if there is one, the row of the capture, and the hold.
    fn capture(
        &mut self,
        capture: &Capture,
        now: OffsetDateTime,
    ) -> Result<(Option<Entry>, Entry, Hold), OperationRefused> {
        let Capture {
            hold: id,
            amount,
            is_final,
            ..
        } = *capture;
        let open = self.hold(id).ok_or(OperationRefused::NoOpenHold)?;
        if self.rules().debits == Gate::Frozen {
            return Err(OperationRefused::Frozen);
        }
        let amount = amount.unwrap_or(open.remaining);
        if amount > open.remaining {
            return Err(OperationRefused::ExceedsHold);
        }
        let left = open.remaining.less(amount);
        let balance = self
            .balance
            .minus(amount)
            .ok_or(OperationRefused::InsufficientFunds)?;
        debug_assert!(self.held() <= self.balance, "more is held than there is");
        let released = left.filter(|_| is_final).map(|rest| {
            // The capture takes the hold itself away.
            self.put_hold(
                id,
                OpenHold {
                    remaining: amount,
                    ..open.clone()
                },
            );
            let mut entry = self.entry(Operation {
                kind: OperationKind::Release,
                amount: rest,
            });
            entry.details_mut().hold = Some(id);
            entry
        });
        let remains = left.filter(|_| !is_final);
        match remains {
            Some(remaining) => self.put_hold(
                id,
                OpenHold {
                    remaining,
                    ..open.clone()
                },
            ),
            None => self.remove_hold(id),
        }
        self.balance = balance;
        self.spend(amount, now);
        let mut captured = self.entry(Operation {
            kind: OperationKind::Capture,
            amount,
        });
        captured.details_mut().hold = Some(id);
        let hold = Hold {
            status: if remains.is_some() {
                HoldStatus::Open
            } else {
                HoldStatus::Captured
            },
            captured: open.captured().plus(amount).unwrap_or_default(),
            released: released
                .as_ref()
                .map_or(Balance::ZERO, |row| row.operation.amount.into()),
            ..open.view(id)
        };
        self.drop_empty_terms();
        Ok((released, captured, hold))
    }

    /// Releases all that remains of a hold.
    fn release(&mut self, id: i64, remaining: Amount) -> Entry {
        self.remove_hold(id);
        self.drop_empty_terms();
        let mut entry = self.entry(Operation {
            kind: OperationKind::Release,
            amount: remaining,
        });
        entry.details_mut().hold = Some(id);
        entry
    }

    fn put_hold(&mut self, id: i64, hold: OpenHold) {
        let before = self.hold(id).map_or(0, |hold| hold.remaining.cents());
        let held = self.held().cents() - before + hold.remaining.cents();
        self.terms_mut()
            .put(id, hold, Balance::from_cents(held).unwrap_or_default());
    }

    fn remove_hold(&mut self, id: i64) {
        if let Some(hold) = self.hold(id) {
            let held = self.held().minus(hold.remaining).unwrap_or_default();
            self.terms_mut().remove(id, held);
        }
    }

    fn reverse(&mut self, reversal: &Reversal, at: Moment) -> Result<Entry, OperationRefused> {
        let original = &reversal.original;
        let terms = self.terms.as_ref();
        let last = terms.map_or(0, |terms| terms.last_reversal(original.seq));
        let known_from = last.max(self.reversals_known_from);
        if original.as_of < known_from || original.incarnation != at.incarnation {
            return Err(OperationRefused::OriginalOutdated);
        }
        let Operation { kind, amount } = original.operation;
        let left = Balance::from(amount).above(original.reversed);
        let left = Amount::from_cents(left.cents()).ok_or(OperationRefused::AlreadyReversed)?;
        let amount = reversal.amount.unwrap_or(left);
        if amount > left {
            return Err(OperationRefused::ExceedsOriginal);
        }
        let kind = kind
            .reversed_by()
            .ok_or(OperationRefused::AlreadyReversed)?;
        self.post_reversal(original.seq, Operation { kind, amount }, at.now)
    }

    fn set_rules(&mut self, change: &RulesChange) -> Result<Entry, OperationRefused> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
