//! The history of a wallet: queries and pages.

use time::OffsetDateTime;

use super::{Balance, Operation, OperationKind};

/// Operations of a page at most.
pub const PAGE_MAX: u16 = 200;

/// An operation that happened: a row of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastOperation {
    /// Its place in the wallet's ledger, from 1 and without gaps: its name within the wallet.
    pub seq: i64,
    pub operation: Operation,
    /// The balance right after it.
    pub balance_after: Balance,
    /// When its commit began. Never earlier than the operation before it.
    pub created_at: OffsetDateTime,
}

/// Which operations are asked for: those that every given condition holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    pub kind: Option<OperationKind>,
    /// At this time or later.
    pub from: Option<OffsetDateTime>,
    /// Before this time, so that neighbouring spans share no operation. Now or later is no bound: what has happened is not
    /// later than now, also if the clock was ahead and its time is in the future.
    pub to: Option<OffsetDateTime>,
}

/// A page of a history, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    pub filter: HistoryFilter,
    /// Only operations below this `seq`; `None`: from the newest.
    pub below: Option<i64>,
    /// Operations of the page at most.
    pub limit: u16,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// Newest first. A page may have fewer than its limit, or none, and yet not be the last.
    pub operations: Vec<PastOperation>,
    /// Below which `seq` the next page begins; `None`: there is none.
    pub next_below: Option<i64>,
}

impl HistoryQuery {
    /// That asks for the operation of this `seq` alone, if it exists.
    #[must_use]
    pub fn of_one(seq: i64) -> Self {
        Self {
            filter: HistoryFilter::default(),
            below: seq.checked_add(1),
            limit: 1,
        }
    }
}
