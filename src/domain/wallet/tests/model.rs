//! A wallet does what a simple model of it does, whatever is asked of it and however time passes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use time::{Date, Duration};

use super::super::*;
use super::events::{Event, amount, events};
use super::wallet;
use crate::domain::hold::{Expiry, HoldStatus};
use crate::domain::movement::Capture;
use crate::domain::reversal::Original;
use crate::domain::rules::{Gate, Limit, Rules, Spent};

const HOLDS_MAX: usize = 4;

/// A hold, also one that is closed.
#[derive(Debug)]
struct Held {
    amount: i64,
    captured: i64,
    released: i64,
    expires_at: OffsetDateTime,
}

impl Held {
    fn remaining(&self) -> i64 {
        self.amount - self.captured - self.released
    }
}

#[derive(Debug)]
struct Model {
    now: OffsetDateTime,
    balance: i64,
    holds: BTreeMap<i64, Held>,
    rules: Rules,
    /// What left, by the day of the commit; `None`: it is not committed.
    out: BTreeMap<Option<Date>, i64>,
    /// Of each row that moved money: it, and how much of it was reversed.
    rows: BTreeMap<i64, (Operation, i64)>,
}

impl Model {
    fn held(&self) -> i64 {
        self.holds.values().map(Held::remaining).sum()
    }

    fn open(&self) -> impl Iterator<Item = (i64, &Held)> {
        let open = self.holds.iter().filter(|(_, hold)| hold.remaining() > 0);
        open.map(|(id, hold)| (*id, hold))
    }

    fn out_today(&self) -> i64 {
        let of = |day| self.out.get(&day).copied().unwrap_or(0);
        of(Some(self.now.date())) + of(None)
    }

    /// Why a debit or a credit is refused.
    fn refuses(&self, kind: OperationKind, cents: i64) -> Option<OperationRefused> {
        let exceeds = |limit, remaining: i64| {
            let remaining = Balance::from_cents(remaining.max(0));
            Some(OperationRefused::LimitExceeded { limit, remaining })
        };
        let rules = &self.rules;
        let is_credit = kind.balance_sign() == Sign::Plus;
        let gate = if is_credit {
            rules.credits
        } else {
            rules.debits
        };
        let operation_max = rules.operation_max.map_or(i64::MAX, Amount::cents);
        let balance_max = rules.balance_max.map_or(i64::MAX, Balance::cents);
        let daily_max = rules.daily_out_max.map_or(i64::MAX, Balance::cents);
        let available = self.balance - self.held();
        let gone = self.out_today() + self.held();
        match () {
            () if rules.is_closed => Some(OperationRefused::Closed),
            () if gate == Gate::Frozen => Some(OperationRefused::Frozen),
            () if cents > operation_max && !kind.is_reversal() => {
                exceeds(Limit::OperationMax, operation_max)
            }
            () if is_credit && self.balance + cents > balance_max => {
                exceeds(Limit::BalanceMax, balance_max - self.balance)
            }
            () if is_credit => None,
            () if cents > available => Some(OperationRefused::InsufficientFunds),
            () if available - cents < rules.balance_min.cents() => {
                exceeds(Limit::BalanceMin, available - rules.balance_min.cents())
            }
            () if gone.saturating_add(cents) > daily_max => {
                exceeds(Limit::DailyOutMax, daily_max - gone)
            }
            () => None,
        }
    }

    /// Why the movement is refused.
    fn refusal(&self, movement: &Movement) -> Option<OperationRefused> {
        match movement {
            Movement::Operation(operation) => {
                self.refuses(operation.kind, operation.amount.cents())
            }
            Movement::Transfer { amount, .. } => {
                self.refuses(OperationKind::TransferOut, amount.cents())
            }
            Movement::Hold { amount, .. } => {
                let is_full = self.open().count() >= HOLDS_MAX;
                let full = OperationRefused::LimitExceeded {
                    limit: Limit::OpenHolds,
                    remaining: None,
                };
                self.refuses(OperationKind::Hold, amount.cents())
                    .or(is_full.then_some(full))
            }
            Movement::Capture(capture) => match self.open().find(|(id, _)| *id == capture.hold) {
                None => Some(OperationRefused::NoOpenHold),
                Some(_) if self.rules.debits == Gate::Frozen => Some(OperationRefused::Frozen),
                Some((_, hold)) => {
                    let is_more = capture
                        .amount
                        .is_some_and(|it| it.cents() > hold.remaining());
                    is_more.then_some(OperationRefused::ExceedsHold)
                }
            },
            Movement::Void { hold } => {
                let is_open = self.open().any(|(id, _)| id == *hold);
                (!is_open).then_some(OperationRefused::NoOpenHold)
            }
            Movement::Reversal(reversal) => {
                let (operation, reversed) = self.rows[&reversal.original.seq];
                let left = operation.amount.cents() - reversed;
                let cents = reversal.amount.map_or(left, Amount::cents);
                match operation.kind.reversed_by() {
                    _ if left == 0 => Some(OperationRefused::AlreadyReversed),
                    _ if cents > left => Some(OperationRefused::ExceedsOriginal),
                    Some(kind) => self.refuses(kind, cents),
                    None => unreachable!("only what can be reversed is asked for"),
                }
            }
            Movement::Rules(change) => {
                let closes = change.is_closed == Some(true) && !self.rules.is_closed;
                let has_something = self.balance > 0 || self.open().count() > 0;
                (closes && has_something).then_some(OperationRefused::NotEmpty)
            }
        }
    }

    /// Takes over a row, which has to follow from those before it.
    fn apply(&mut self, seq: i64, entry: &Entry) {
        let Operation { kind, amount } = entry.operation;
        let cents = amount.cents();
        let details = entry.details.as_deref().cloned().unwrap_or_default();
        self.balance += i64::from(kind.balance_sign().number()) * cents;
        if kind.balance_sign() == Sign::Minus {
            *self.out.entry(None).or_default() += cents;
        }
        if kind.balance_sign() != Sign::Zero {
            self.rows.insert(seq, (entry.operation, 0));
        }
        match kind {
            OperationKind::Hold => {
                let held = Held {
                    amount: cents,
                    captured: 0,
                    released: 0,
                    expires_at: details.expires_at.unwrap(),
                };
                assert_eq!(details.hold, Some(seq));
                self.holds.insert(seq, held);
            }
            OperationKind::Capture => self.hold_of(&details).captured += cents,
            OperationKind::Release => self.hold_of(&details).released += cents,
            _ => {}
        }
        if let Some(original) = details.reverses {
            let (operation, reversed) = self.rows.get_mut(&original).unwrap();
            *reversed += cents;
            assert!(*reversed <= operation.amount.cents());
        }
        if let Some(rules) = details.rules {
            self.rules = rules;
        }
        assert_eq!(
            (self.balance, self.held()),
            (entry.balance_after.cents(), entry.held_after.cents())
        );
        assert!((0..=self.balance).contains(&self.held()));
    }

    fn hold_of(&mut self, details: &crate::domain::entry::Details) -> &mut Held {
        self.holds.get_mut(&details.hold.unwrap()).unwrap()
    }

    /// The movement of an event; `None` if there is nothing that it could be about.
    fn movement(&self, event: &Event, version: i64) -> Option<Movement> {
        let id = |number: usize| {
            *self
                .holds
                .keys()
                .nth(number % self.holds.len().max(1))
                .unwrap_or(&9_999)
        };
        Some(match event {
            Event::Post(OperationKind::TransferOut, cents) => Movement::Transfer {
                to: WalletId(uuid::Uuid::max()),
                amount: amount(*cents),
            },
            Event::Post(kind, cents) => Movement::Operation(Operation {
                kind: *kind,
                amount: amount(*cents),
            }),
            Event::Hold(cents, lasts) => Movement::Hold {
                amount: amount(*cents),
                expiry: Expiry::In(*lasts),
            },
            Event::Capture(hold, part, is_final) => Movement::Capture(Capture {
                hold: id(*hold),
                amount: part.map(amount),
                is_final: *is_final,
                to: None,
            }),
            Event::Void(hold) => Movement::Void { hold: id(*hold) },
            Event::Reverse(number, part) => {
                let rows = self
                    .rows
                    .iter()
                    .filter(|(_, (row, _))| row.kind.reversed_by().is_some());
                let rows: Vec<_> = rows.collect();
                let (seq, (operation, reversed)) = rows.get(number % rows.len().max(1))?;
                Movement::Reversal(Box::new(Reversal {
                    original: Original {
                        seq: **seq,
                        operation: *operation,
                        counterpart: None,
                        reversed: Balance::from_cents(*reversed).unwrap(),
                        as_of: version,
                        incarnation: 0,
                    },
                    amount: part.map(amount),
                }))
            }
            Event::Rules(change) => Movement::Rules(Box::new(*change)),
            Event::Pass(_) | Event::Commit => return None,
        })
    }

    fn commit(&mut self, wallet: &mut Wallet) {
        let out = self.out.remove(&None).unwrap_or(0);
        *self.out.entry(Some(self.now.date())).or_default() += out;
        wallet.committed(self.now);
    }
}

proptest! {
    #[test]
    fn a_wallet_does_what_its_model_does(events in events()) {
        let mut wallet = wallet(300);
        let mut model = Model {
            now: OffsetDateTime::UNIX_EPOCH,
            balance: 300,
            holds: BTreeMap::new(),
            rules: Rules::default(),
            out: BTreeMap::new(),
            rows: BTreeMap::new(),
        };
        for event in &events {
            match event {
                Event::Pass(seconds) => model.now += Duration::seconds(*seconds),
                Event::Commit => model.commit(&mut wallet),
                _ => {}
            }
            let Some(movement) = model.movement(event, wallet.version) else { continue };
            let at = Moment { now: model.now, incarnation: 0, holds_max: HOLDS_MAX };

            // Each hold that is due is released once, before anything is decided; none other is.
            let due = model.open().filter(|(_, hold)| hold.expires_at <= model.now);
            let due: Vec<_> = due.map(|(id, hold)| (id, hold.remaining(), hold.expires_at)).collect();
            let available = wallet.balance.above(wallet.held_at(model.now));
            let mut entries = Vec::new();
            let first = wallet.version + 1;
            wallet.expire(model.now, &mut entries);
            let released = entries.iter().map(|entry| {
                let details = entry.details.as_deref().unwrap();
                assert_eq!(entry.operation.kind, OperationKind::Release);
                (details.hold.unwrap(), entry.operation.amount.cents(), details.expires_at.unwrap())
            });
            prop_assert_eq!(released.collect::<Vec<_>>(), due);
            prop_assert_eq!(wallet.balance.above(wallet.held()), available);
            for (seq, entry) in (first..).zip(&entries) {
                model.apply(seq, entry);
            }

            let before = wallet.clone();
            let refusal = model.refusal(&movement);
            let expired = entries.len();
            let request = movement.clone().into();
            match wallet.decide(&request, at, &mut entries) {
                Err(refused) => {
                    prop_assert_eq!(Some(refused), refusal, "{:?} of {:?}", movement, model);
                    prop_assert_eq!(&wallet, &before);
                    prop_assert_eq!(entries.len(), expired);
                }
                Ok(accepted) => {
                    prop_assert_eq!(refusal, None, "{:?} of {:?}", movement, model);
                    prop_assert_eq!(accepted.answer, entries.len() - 1);
                    for (seq, entry) in (before.version + 1..).zip(&entries[expired..]) {
                        model.apply(seq, entry);
                    }
                    if let Some(hold) = accepted.hold {
                        let known = &model.holds[&hold.id];
                        let parts = (hold.amount.cents(), hold.captured.cents(), hold.released.cents());
                        prop_assert_eq!(parts, (known.amount, known.captured, known.released));
                        prop_assert_eq!(hold.remaining().cents(), known.remaining());
                        prop_assert_eq!(hold.status == HoldStatus::Open, known.remaining() > 0);
                        prop_assert_eq!(hold.status == HoldStatus::Captured, known.remaining() == 0 && known.captured > 0);
                    }
                }
            }
            prop_assert_eq!(wallet.version, first + i64::try_from(entries.len()).unwrap() - 1);
            prop_assert_eq!((wallet.balance.cents(), wallet.held().cents()), (model.balance, model.held()));
            let open = wallet.terms.as_ref().map_or(0, |terms| terms.holds().len());
            prop_assert_eq!(open, model.open().count());
            prop_assert_eq!(wallet.rules(), model.rules);
            prop_assert!(!model.rules.is_closed || (model.balance, model.held()) == (0, 0));
            if wallet.has_to_be_loaded() {
                // As a load counts it.
                model.commit(&mut wallet);
                wallet.terms_mut().spent = Some(Spent {
                    day: model.now.date(),
                    amount: Balance::from_cents(model.out_today()).unwrap(),
                    uncommitted: Balance::ZERO,
                    is_recorded: false,
                });
            }
            if let Some(spent) = wallet.spent(model.now) {
                prop_assert_eq!(spent.cents(), model.out_today());
            }
        }
    }
}
