//! The holds of a wallet: placed, captured, released, and expired.

use time::OffsetDateTime;

use super::{Moment, Wallet};
use crate::domain::entry::Entry;
use crate::domain::hold::{Expiry, Hold, HoldStatus, OpenHold};
use crate::domain::movement::Capture;
use crate::domain::rules::{Gate, Limit};
use crate::domain::{Amount, Balance, Operation, OperationKind, OperationRefused, Reference};

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
                let mut entry = self.release(id, &hold);
                entry.details_mut().expires_at = Some(hold.expires_at);
                entries.push(entry);
            }
        }
    }

    pub(super) fn place(
        &mut self,
        amount: Amount,
        expiry: Expiry,
        reference: Option<Reference>,
        at: Moment,
    ) -> Result<(Entry, Hold), OperationRefused> {
        if !expiry.is_in_range(at.now) {
            return Err(OperationRefused::ExpiryOutOfRange);
        }
        self.check_debit(OperationKind::Hold, amount, at.now)?;
        let open = self.terms.as_ref().map_or(0, |terms| terms.holds().len());
        if open >= at.holds_max {
            return Err(OperationRefused::LimitExceeded {
                limit: Limit::OpenHolds,
                remaining: None,
            });
        }
        let id = self.version + 1;
        let hold = OpenHold {
            amount,
            remaining: amount,
            expires_at: expiry.of(at.now),
            reference,
            created_at: None,
        };
        let view = hold.view(id);
        self.terms_mut().put(id, hold);
        let mut entry = self.hold_entry(OperationKind::Hold, amount, id);
        entry.details_mut().expires_at = Some(view.expires_at);
        Ok((entry, view))
    }

    /// Returns the row that releases the rest, if there is one, the row of the capture, and the hold.
    pub(super) fn capture(
        &mut self,
        capture: &Capture,
        now: OffsetDateTime,
    ) -> Result<(Option<Entry>, Entry, Hold), OperationRefused> {
        let id = capture.hold;
        let open = self.hold(id).ok_or(OperationRefused::NoOpenHold)?;
        if self.rules().debits == Gate::Frozen {
            return Err(OperationRefused::Frozen);
        }
        let amount = capture.amount.unwrap_or(open.remaining);
        if amount > open.remaining {
            return Err(OperationRefused::ExceedsHold);
        }
        let balance = self.balance.minus(amount);
        debug_assert!(balance.is_some(), "more is held than there is");
        let balance = balance.ok_or(OperationRefused::InsufficientFunds)?;
        let rest = open.remaining.less(amount);
        let released = rest.filter(|_| capture.is_final).map(|rest| {
            self.leave_of_hold(id, &open, Some(amount));
            self.hold_entry(OperationKind::Release, rest, id)
        });
        let remains = rest.filter(|_| !capture.is_final);
        self.leave_of_hold(id, &open, remains);
        self.balance = balance;
        self.spend(amount, now);
        let captured = self.hold_entry(OperationKind::Capture, amount, id);
        let hold = Hold {
            status: match remains {
                Some(_) => HoldStatus::Open,
                None => HoldStatus::Captured,
            },
            captured: open.captured().plus(amount).unwrap_or_default(),
            released: released
                .as_ref()
                .map_or(Balance::ZERO, |row| row.operation.amount.into()),
            ..open.view(id)
        };
        Ok((released, captured, hold))
    }

    /// Returns the row that releases all that remains, and the hold.
    pub(super) fn void(&mut self, id: i64) -> Result<(Entry, Hold), OperationRefused> {
        let open = self.hold(id).ok_or(OperationRefused::NoOpenHold)?;
        let hold = Hold {
            status: match open.captured() {
                Balance::ZERO => HoldStatus::Voided,
                _ => HoldStatus::Captured,
            },
            released: open.remaining.into(),
            ..open.view(id)
        };
        Ok((self.release(id, &open), hold))
    }

    fn hold(&self, id: i64) -> Option<OpenHold> {
        self.terms.as_ref()?.holds().get(&id).cloned()
    }

    fn release(&mut self, id: i64, open: &OpenHold) -> Entry {
        self.leave_of_hold(id, open, None);
        self.hold_entry(OperationKind::Release, open.remaining, id)
    }

    /// Leaves that much of a hold.
    fn leave_of_hold(&mut self, id: i64, open: &OpenHold, remaining: Option<Amount>) {
        if let Some(remaining) = remaining {
            let hold = OpenHold {
                remaining,
                ..open.clone()
            };
            self.terms_mut().put(id, hold);
        } else {
            self.terms_mut().remove(id);
            self.drop_empty_terms();
        }
    }

    /// The row of what was just done with a hold.
    fn hold_entry(&mut self, kind: OperationKind, amount: Amount, id: i64) -> Entry {
        let mut entry = self.entry(Operation { kind, amount });
        entry.details_mut().hold = Some(id);
        entry
    }
}
