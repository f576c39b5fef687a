//! What a wallet has beyond a balance: open holds and rules. A wallet that never had any has no [`Terms`].

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::Balance;
use super::hold::OpenHold;
use super::rules::{Rules, Spent};

/// A wallet's open holds and rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    pub rules: Rules,
    /// What left it today; `None`: nobody counts it, or it has to be counted ([`Wallet::has_to_be_loaded`](super::Wallet::has_to_be_loaded)).
    pub spent: Option<Spent>,
    /// By the number of the row that placed it.
    holds: BTreeMap<i64, OpenHold>,
    /// The sum of what remains of them.
    held: Balance,
    /// When the first of them expires.
    next_expiry: Option<OffsetDateTime>,
    /// The last reversal of an operation whose number has this remainder, once there was one since the wallet was loaded. Two
    /// operations with the same remainder only make one of them be read again.
    reversals: Option<Box<[i64; REVERSALS]>>,
}

/// How many reversals are told apart.
const REVERSALS: usize = 64;

impl Terms {
    /// Returns the terms of these rules and holds; `None` if the holds are worth more than any balance.
    #[must_use]
    pub fn new(rules: Rules, spent: Option<Spent>, holds: BTreeMap<i64, OpenHold>) -> Option<Self> {
        let remaining = holds.values().map(|hold| hold.remaining.cents()).sum();
        let mut terms = Self {
            rules,
            spent,
            held: Balance::from_cents(remaining)?,
            holds,
            next_expiry: None,
            reversals: None,
        };
        terms.find_next_expiry();
        Some(terms)
    }

    #[must_use]
    pub fn holds(&self) -> &BTreeMap<i64, OpenHold> {
        &self.holds
    }

    /// The sum of what remains of the holds.
    #[must_use]
    pub fn held(&self) -> Balance {
        self.held
    }

    /// What of it is held still at that time: some of the holds may have expired, and not be released yet.
    #[must_use]
    pub fn held_at(&self, now: OffsetDateTime) -> Balance {
        if !self.is_due(now) {
            return self.held;
        }
        let open = self.holds.values().filter(|hold| hold.expires_at > now);
        let cents = open.map(|hold| hold.remaining.cents()).sum();
        Balance::from_cents(cents).unwrap_or(self.held)
    }

    /// Whether a hold has expired.
    #[must_use]
    pub fn is_due(&self, now: OffsetDateTime) -> bool {
        self.next_expiry.is_some_and(|first| first <= now)
    }

    /// The holds that have expired.
    #[must_use]
    pub fn due(&self, now: OffsetDateTime) -> Vec<i64> {
        let is_due = |(id, hold): (&i64, &OpenHold)| (hold.expires_at <= now).then_some(*id);
        self.holds.iter().filter_map(is_due).collect()
    }

    /// The version of the last reversal of this operation, or a later one; zero if there was none since the wallet was loaded.
    #[must_use]
    pub fn last_reversal(&self, operation: i64) -> i64 {
        let last = self.reversals.as_ref();
        last.map_or(0, |last| last[remainder(operation)])
    }

    /// An operation was reversed by the row of that version.
    pub(super) fn reversed(&mut self, operation: i64, version: i64) {
        let last = self
            .reversals
            .get_or_insert_with(|| Box::new([0; REVERSALS]));
        last[remainder(operation)] = version;
    }

    /// Puts a hold as it is now. What is held is never more than the balance.
    pub(super) fn put(&mut self, id: i64, hold: OpenHold) {
        let first = self.next_expiry.unwrap_or(hold.expires_at);
        self.next_expiry = Some(first.min(hold.expires_at));
        let now = hold.remaining.cents();
        let before = self.holds.insert(id, hold);
        self.change_held(now - before.map_or(0, |hold| hold.remaining.cents()));
    }

    pub(super) fn remove(&mut self, id: i64) {
        let Some(hold) = self.holds.remove(&id) else {
            return;
        };
        if self.next_expiry == Some(hold.expires_at) {
            self.find_next_expiry();
        }
        self.change_held(-hold.remaining.cents());
    }

    /// Its rows were committed at that time.
    pub(super) fn committed(&mut self, at: OffsetDateTime) {
        for hold in self.holds.values_mut() {
            hold.created_at.get_or_insert(at);
        }
        if let Some(spent) = &mut self.spent {
            if spent.day < at.date() {
                spent.day = at.date();
                spent.amount = spent.uncommitted;
            }
            spent.uncommitted = Balance::ZERO;
            spent.is_recorded = true;
        }
    }

    /// Whether a commit has something to tell it.
    pub(super) fn awaits_commit(&self) -> bool {
        let spends = |spent: &Spent| !spent.is_recorded || spent.uncommitted > Balance::ZERO;
        self.spent.as_ref().is_some_and(spends)
            || self.holds.values().any(|hold| hold.created_at.is_none())
    }

    fn find_next_expiry(&mut self) {
        self.next_expiry = self.holds.values().map(|hold| hold.expires_at).min();
    }

    fn change_held(&mut self, cents: i64) {
        let held = Balance::from_cents(self.held.cents() + cents);
        debug_assert!(held.is_some(), "more is held than any balance has");
        self.held = held.unwrap_or(self.held);
        debug_assert_eq!(
            self.holds
                .values()
                .map(|hold| hold.remaining.cents())
                .sum::<i64>(),
            self.held.cents(),
            "what is held is not what remains of the holds"
        );
    }
}

fn remainder(operation: i64) -> usize {
    let remainder = operation.unsigned_abs() % REVERSALS as u64;
    usize::try_from(remainder).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reversal_is_remembered_of_its_operation_and_few_others() {
        let mut terms = Terms::default();
        assert_eq!(terms.last_reversal(7), 0);
        terms.reversed(7, 100);
        assert_eq!(terms.last_reversal(7), 100);
        assert!((8..71).all(|other| terms.last_reversal(other) == 0));
        assert_eq!(terms.last_reversal(71), 100, "it is only read once more");
    }
}
