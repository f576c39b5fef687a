//! A wallet, and its decision: whether it accepts an operation, and the balance after it.

mod holds;
mod rules;

use std::sync::Arc;

use time::OffsetDateTime;

use super::entry::Entry;
use super::hold::Hold;
use super::movement::Movement;
use super::reversal::Reversal;
use super::terms::Terms;
use super::{
    Amount, Balance, Operation, OperationKind, OperationRefused, OperationRequest, Sign, UserId,
    WalletId,
};

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

/// When something is decided, on which past, and within which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By the database's clock, in whole microseconds.
    pub now: OffsetDateTime,
    /// The database's incarnation: what was read in another one counts for nothing.
    pub incarnation: u64,
    /// Open holds that a wallet may have.
    pub holds_max: usize,
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
                    self.place(*amount, *expiry, request.reference.clone(), at)?;
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
                let (entry, after) = self.void(*id)?;
                hold = Some(after);
                entry
            }
            Movement::Reversal(reversal) => self.reverse(reversal, at)?,
            Movement::Rules(change) => self.set_rules(change)?,
        };
        entry.describe(request.reference.as_ref(), request.reason.as_ref());
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
        debug_assert!(self.held() <= self.balance, "more is held than there is");
        self.version += 1;
        Entry::plain(operation, self.balance, self.held())
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
}

#[cfg(test)]
mod tests;
