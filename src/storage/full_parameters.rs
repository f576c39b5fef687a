//! What `commit_full.sql` and `commit_terms.sql` take besides the parameters of every commit, in the same order of sets.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::commit_parameters::{CommitParameters, Parameter};
use super::rules;
use crate::domain::entry::Details;
use crate::domain::hold::OpenHold;
use crate::domain::{Balance, Reference};
use crate::engine::WriteSet;

#[derive(Default)]
pub(super) struct FullParameters<'a> {
    unit: Vec<i32>,
    transfer: Vec<Option<Uuid>>,
    other_wallet: Vec<Option<Uuid>>,
    other_seq: Vec<Option<i64>>,
    reference: Vec<Option<&'a str>>,
    expected_held: Vec<Decimal>,
    held: Vec<Decimal>,
    rules: Vec<Option<String>>,
    spent_day: Vec<Option<Date>>,
    spent: Vec<Option<Decimal>>,
    uncommitted: Vec<Option<Decimal>>,
    held_after: Vec<Option<Decimal>>,
    hold: Vec<Option<i64>>,
    expires_at: Vec<Option<OffsetDateTime>>,
    reverses: Vec<Option<i64>>,
    row_rules: Vec<Option<String>>,
    reason: Vec<Option<&'a str>>,
    opened: OpenedHolds<'a>,
    changed: ChangedHolds,
    closed_wallet: Vec<Uuid>,
    closed_seq: Vec<i64>,
}

/// The new holds that sets leave open.
#[derive(Default)]
struct OpenedHolds<'a> {
    wallet: Vec<Uuid>,
    seq: Vec<i64>,
    amount: Vec<Decimal>,
    remaining: Vec<Decimal>,
    expires_at: Vec<OffsetDateTime>,
    reference: Vec<Option<&'a str>>,
}

/// The earlier holds that sets leave open, with less.
#[derive(Default)]
struct ChangedHolds {
    wallet: Vec<Uuid>,
    seq: Vec<i64>,
    remaining: Vec<Decimal>,
}

impl<'a> FullParameters<'a> {
    pub fn of(sets: &[&'a WriteSet]) -> Self {
        let mut columns = Self::default();
        for (place, set) in sets.iter().enumerate() {
            columns.push_wallet(place, set);
            columns.push_rows(set);
            columns.push_holds(set);
        }
        columns
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "a group has less than two thousand million sets"
    )]
    fn push_wallet(&mut self, place: usize, set: &'a WriteSet) {
        self.unit.push(match set.unit() {
            Some(unit) => unit as i32,
            None => -1 - place as i32,
        });
        let terms = set.terms();
        let spent = terms.and_then(|terms| terms.spent);
        let held = terms.map_or(Balance::ZERO, |terms| terms.held());
        self.expected_held.push(set.before().held().into());
        self.held.push(held.into());
        let rules = terms.map(|terms| terms.rules).unwrap_or_default();
        self.rules.push(rules::written(&rules));
        self.spent_day.push(spent.map(|spent| spent.day));
        self.spent.push(spent.map(|spent| spent.amount.into()));
        self.uncommitted
            .push(spent.map(|spent| spent.uncommitted.into()));
    }

    fn push_rows(&mut self, set: &'a WriteSet) {
        const NONE: &Details = &Details::NONE;
        for row in set.entries() {
            let entry = &row.entry;
            let details = entry.details.as_deref().unwrap_or(NONE);
            let other = details.counterpart;
            self.transfer
                .push(other.and_then(|other| Some(other.transfer?.0)));
            self.other_wallet.push(other.map(|other| other.wallet.0));
            self.other_seq.push(other.map(|other| other.seq));
            self.reference
                .push(details.reference.as_ref().map(Reference::as_str));
            let held = Some(entry.held_after).filter(|held| *held > Balance::ZERO);
            self.held_after.push(held.map(Decimal::from));
            self.hold.push(details.hold);
            self.expires_at.push(details.expires_at);
            self.reverses.push(details.reverses);
            self.row_rules
                .push(details.rules.as_ref().map(rules::written_whole));
            self.reason.push(details.reason.as_deref());
        }
    }

    fn push_holds(&mut self, set: &'a WriteSet) {
        const NONE: &BTreeMap<i64, OpenHold> = &BTreeMap::new();
        let before = set.before().terms.as_ref();
        let before = before.map_or(NONE, |terms| terms.holds());
        let then = set.terms().map_or(NONE, |terms| terms.holds());
        for (seq, hold) in then {
            match before.get(seq) {
                None => self.opened.push(set.wallet().0, *seq, hold),
                Some(before) if before.remaining != hold.remaining => {
                    self.changed.wallet.push(set.wallet().0);
                    self.changed.seq.push(*seq);
                    self.changed.remaining.push(hold.remaining.into());
                }
                Some(_) => {}
            }
        }
        for seq in before.keys().filter(|seq| !then.contains_key(seq)) {
            self.closed_wallet.push(set.wallet().0);
            self.closed_seq.push(*seq);
        }
    }

    /// All those of `commit_full.sql`.
    pub fn with<'p>(&'p self, common: &'p CommitParameters<'a>) -> Vec<Parameter<'p>> {
        const ASKED: usize = 2;
        let mut parameters = common.careful_parameters();
        let asked = parameters.split_off(parameters.len() - ASKED);
        parameters.insert(1, &self.unit);
        parameters.extend(self.links());
        parameters.extend(asked);
        parameters.extend(self.terms());
        parameters
    }

    /// All those of `commit_terms.sql`, of the group's one wallet.
    pub fn with_wallet<'p>(&'p self, common: &'p CommitParameters<'a>) -> Vec<Parameter<'p>> {
        const OF_THE_WALLET: usize = 5;
        let (opened, changed) = (&self.opened, &self.changed);
        let mut parameters = common.wallet_parameters();
        let rows = parameters.split_off(OF_THE_WALLET);
        let details: [Parameter<'_>; 15] = [
            &self.reference,
            &self.held_after,
            &self.hold,
            &self.expires_at,
            &self.reverses,
            &self.row_rules,
            &self.reason,
            &opened.seq,
            &opened.amount,
            &opened.remaining,
            &opened.expires_at,
            &opened.reference,
            &changed.seq,
            &changed.remaining,
            &self.closed_seq,
        ];
        parameters.extend(self.of_terms());
        parameters.extend(rows);
        parameters.extend(details);
        parameters
    }

    /// Of one set: those of `across_guard.sql` behind the wallet's id, in its order.
    pub fn of_terms(&self) -> [Parameter<'_>; 6] {
        [
            &self.expected_held[0],
            &self.held[0],
            &self.rules[0],
            &self.spent_day[0],
            &self.spent[0],
            &self.uncommitted[0],
        ]
    }

    /// Of one set: those of `across_rows.sql` that are of the rows, behind those that every row has.
    pub fn of_rows(&self) -> [Parameter<'_>; 10] {
        [
            &self.transfer,
            &self.other_wallet,
            &self.other_seq,
            &self.reference,
            &self.held_after,
            &self.hold,
            &self.expires_at,
            &self.reverses,
            &self.row_rules,
            &self.reason,
        ]
    }

    /// Of one set: those of `across_opened.sql` that are of the holds; `None` if it opens none.
    pub fn of_opened(&self) -> Option<[Parameter<'_>; 5]> {
        let opened = &self.opened;
        let parameters: [Parameter<'_>; 5] = [
            &opened.seq,
            &opened.amount,
            &opened.remaining,
            &opened.expires_at,
            &opened.reference,
        ];
        (!opened.seq.is_empty()).then_some(parameters)
    }

    /// Of one set: those of `across_changed.sql` of each hold that it changes.
    pub fn of_changed(&self) -> impl Iterator<Item = [Parameter<'_>; 2]> {
        let changed = &self.changed;
        let holds = changed.seq.iter().zip(&changed.remaining);
        holds.map(|(seq, remaining)| -> [Parameter<'_>; 2] { [seq, remaining] })
    }

    /// Of one set: that of `across_closed.sql`; `None` if it closes none.
    pub fn of_closed(&self) -> Option<Parameter<'_>> {
        (!self.closed_seq.is_empty()).then_some(&self.closed_seq)
    }

    fn links(&self) -> [Parameter<'_>; 4] {
        [
            &self.transfer,
            &self.other_wallet,
            &self.other_seq,
            &self.reference,
        ]
    }

    fn terms(&self) -> [Parameter<'_>; 23] {
        let (opened, changed) = (&self.opened, &self.changed);
        [
            &self.expected_held,
            &self.held,
            &self.rules,
            &self.spent_day,
            &self.spent,
            &self.uncommitted,
            &self.held_after,
            &self.hold,
            &self.expires_at,
            &self.reverses,
            &self.row_rules,
            &self.reason,
            &opened.wallet,
            &opened.seq,
            &opened.amount,
            &opened.remaining,
            &opened.expires_at,
            &opened.reference,
            &changed.wallet,
            &changed.seq,
            &changed.remaining,
            &self.closed_wallet,
            &self.closed_seq,
        ]
    }
}

impl<'a> OpenedHolds<'a> {
    fn push(&mut self, wallet: Uuid, seq: i64, hold: &'a OpenHold) {
        self.wallet.push(wallet);
        self.seq.push(seq);
        self.amount.push(hold.amount.into());
        self.remaining.push(hold.remaining.into());
        self.expires_at.push(hold.expires_at);
        self.reference
            .push(hold.reference.as_ref().map(Reference::as_str));
    }
}
