//! Whether a wallet refuses what was refused, for the same reason.
//!
//! Holds whose time is over by then are released before anything is decided, and if it is refused, the release may not be in the
//! ledger yet. So a wallet stands for several: with its holds that expired before the request was sent released, and each that
//! expired before the answer released or not.
//!
//! Of what concerns two wallets, either may be the one that refuses.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};
use wallet_engine::domain::reversal::Reversal;
use wallet_engine::domain::{Movement, Operation, OperationKind, OperationRefused, Wallet};

use super::holds::SLACK;
use super::replay::{at, original};
use super::{Breach, Case};
use crate::history::{Answer, Call, Request};
use crate::ledger::Row;
use crate::told::Reason;

/// What was refused.
pub(super) struct Refused<'a> {
    asked: &'a Movement,
    /// What goes before it in the same request.
    before: &'a [Operation],
    reason: Reason,
    /// By the clock on the wall.
    sent: OffsetDateTime,
    answered: OffsetDateTime,
}

/// Refusals of several wallets, by the numbers of their calls: `Ok` once one of the wallets was found to refuse.
#[derive(Default)]
pub(super) struct Refusals(BTreeMap<usize, Result<(), Breach>>);

impl Refusals {
    /// Takes what one of the wallets of a call comes to.
    pub fn take(&mut self, number: usize, verdict: Result<(), Breach>) {
        let known = self.0.entry(number).or_insert_with(|| verdict.clone());
        if verdict.is_ok() {
            *known = verdict;
        }
    }

    /// Those that no wallet justifies.
    pub fn breaches(self) -> impl Iterator<Item = Breach> {
        self.0.into_values().filter_map(Result::err)
    }
}

impl<'a> Refused<'a> {
    /// The refusal that the call was answered with by this wallet, if it was.
    pub fn of(case: &Case, call: &'a Call) -> Option<Self> {
        let Request::Operation { movement, .. } = &call.request else {
            return None;
        };
        let (before, reason) = match &call.answer {
            Answer::Refused(reason) => (&[][..], *reason),
            Answer::PartRefused(Some((before, reason))) => (before.as_slice(), *reason),
            _ => return None,
        };
        Some(Self {
            asked: movement,
            before,
            reason,
            sent: case.time_of(call.sent),
            answered: case.time_of(call.answered),
        })
    }

    /// Whether the wallet refuses it, after these rows.
    pub fn is_due_to(&self, wallet: &Wallet, rows: &[&Row]) -> bool {
        self.moments(wallet)
            .into_iter()
            .any(|now| self.is_due_at(wallet, rows, now))
    }

    /// When it may have been decided, as far as the wallet's holds make a difference.
    fn moments(&self, wallet: &Wallet) -> Vec<OffsetDateTime> {
        let terms = wallet.terms.as_ref();
        let holds = terms.into_iter().flat_map(|terms| terms.holds().values());
        let expiries = holds.map(|hold| hold.expires_at);
        let mut moments: Vec<OffsetDateTime> = expiries
            .filter(|time| (self.sent - SLACK..=self.answered + SLACK).contains(time))
            .flat_map(|time| [time - Duration::MICROSECOND, time])
            .collect();
        moments.push(self.sent);
        moments
    }

    fn is_due_at(&self, wallet: &Wallet, rows: &[&Row], now: OffsetDateTime) -> bool {
        let mut then = wallet.clone();
        then.expire(now, &mut Vec::new());
        let goes_before = self
            .before
            .iter()
            .all(|operation| then.post(*operation, now).is_ok());
        goes_before && self.why(&mut then, rows, now, wallet) == Some(self.reason)
    }

    /// Why the wallet refuses it; `had` is the same wallet before holds expired.
    fn why(
        &self,
        wallet: &mut Wallet,
        rows: &[&Row],
        now: OffsetDateTime,
        had: &Wallet,
    ) -> Option<Reason> {
        let movement = match self.asked {
            Movement::Reversal(asked) => {
                let Some(original) = original(rows, asked.original.seq, wallet) else {
                    return Some(Reason::OperationNotFound);
                };
                if original.operation.kind.reversed_by().is_none() {
                    return Some(Reason::NotReversible);
                }
                Movement::Reversal(Box::new(Reversal {
                    original,
                    amount: asked.amount,
                }))
            }
            // The receiver's part of something with no amount, which is the other wallet's to say.
            Movement::Operation(operation) if operation.amount.cents() == 0 => {
                return self.why_no_credit_or_debit(wallet, *operation);
            }
            movement => movement.clone(),
        };
        wallet.reversals_known_from = 0;
        let refused = wallet.decide(&movement.into(), at(now), &mut Vec::new());
        match refused.err()? {
            OperationRefused::NoOpenHold => self.why_no_hold(rows, had),
            refused => Reason::of(refused),
        }
    }

    /// The amount is not known here: whether it can be refused at all.
    fn why_no_credit_or_debit(&self, wallet: &Wallet, operation: Operation) -> Option<Reason> {
        let is_debit = operation.kind == OperationKind::ReversalOut;
        let may_be = match self.reason {
            Reason::Frozen => {
                is_debit && wallet.rules().debits == wallet_engine::domain::rules::Gate::Frozen
            }
            Reason::Funds => is_debit,
            Reason::Limit => is_debit && wallet.rules().daily_out_max.is_some(),
            _ => false,
        };
        may_be.then_some(self.reason)
    }

    /// Why there is no such open hold.
    fn why_no_hold(&self, rows: &[&Row], had: &Wallet) -> Option<Reason> {
        let (Movement::Capture(wallet_engine::domain::movement::Capture { hold: id, .. })
        | Movement::Void { hold: id }) = *self.asked
        else {
            return None;
        };
        let is_placed = |row: &&&Row| row.seq == id && row.operation.kind == OperationKind::Hold;
        let Some(_) = rows.iter().find(is_placed) else {
            return Some(Reason::HoldNotFound);
        };
        let terms = had.terms.as_ref();
        let was_open = terms.is_some_and(|terms| terms.holds().contains_key(&id));
        let closed = rows.iter().rev().find(|row| row.hold == Some(id));
        if was_open || closed.is_some_and(|row| row.expires_at.is_some()) {
            Some(Reason::HoldExpired)
        } else {
            Some(Reason::HoldClosed)
        }
    }
}
