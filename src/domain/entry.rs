//! What a decision adds to a wallet's ledger.

use std::sync::Arc;

use time::OffsetDateTime;

use super::counterpart::Counterpart;
use super::rules::Rules;
use super::{Balance, Operation, Reference};

/// A row of a wallet's ledger, to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Of a change of rules, with no amount.
    pub operation: Operation,
    pub balance_after: Balance,
    /// How much of the balance is held after it.
    pub held_after: Balance,
    /// What only some rows have.
    pub details: Option<Box<Details>>,
}

/// What only some rows have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    pub reference: Option<Reference>,
    pub counterpart: Option<Counterpart>,
    /// The hold that it places, captures or releases: the `seq` of the row that placed it.
    pub hold: Option<i64>,
    /// Of a row that places a hold, when it expires; of a release, when the hold expired, if that is why.
    pub expires_at: Option<OffsetDateTime>,
    /// The `seq` of the row that it reverses.
    pub reverses: Option<i64>,
    /// The rules from here on.
    pub rules: Option<Rules>,
    /// Why, if it is recorded.
    pub reason: Option<Arc<str>>,
}

impl Details {
    pub const NONE: Self = Self {
        reference: None,
        counterpart: None,
        hold: None,
        expires_at: None,
        reverses: None,
        rules: None,
        reason: None,
    };
}

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;

impl Entry {
    /// A row that has nothing but its operation.
    #[must_use]
    pub fn plain(operation: Operation, balance_after: Balance, held_after: Balance) -> Self {
        Self {
            operation,
            balance_after,
            held_after,
            details: None,
        }
    }

    /// What only some rows have, to be set.
    pub fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_default()
    }

    /// Records what its request says of it, if that says anything.
    pub(super) fn describe(&mut self, reference: Option<&Reference>, reason: Option<&Arc<str>>) {
        if reference.is_some() || reason.is_some() {
            let details = self.details_mut();
            details.reference = reference.cloned();
            details.reason = reason.cloned();
        }
    }

    #[must_use]
    pub fn counterpart(&self) -> Option<Counterpart> {
        self.details.as_ref()?.counterpart
    }

    #[must_use]
    pub fn reference(&self) -> Option<&Reference> {
        self.details.as_ref()?.reference.as_ref()
    }
}

/// Returns the reason, if the text is one: 1 to [`REASON_CHARS_MAX`] characters without control characters.
#[must_use]
pub fn reason(text: &str) -> Option<Arc<str>> {
    let fits = (1..=REASON_CHARS_MAX).contains(&text.chars().count());
    (fits && !text.chars().any(char::is_control)).then(|| text.into())
}
