//! The history of a wallet: queries and pages.

use std::sync::Arc;

use time::OffsetDateTime;

use super::counterpart::TransferId;
use super::hold::{Hold, HoldStatus};
use super::rules::Rules;
use super::{Balance, Operation, OperationKind, Principal, Reference, WalletId};

/// The limit of the page size.
pub const PAGE_MAX: u16 = 200;

/// An operation that happened: a row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastOperation {
    /// Its number in the wallet's ledger, from 1 without gaps, which identifies it within the wallet.
    pub seq: i64,
    pub operation: Operation,
    /// The balance right after it.
    pub balance_after: Balance,
    /// How much of it was held.
    pub held_after: Balance,
    /// The time of its commit, which is never before that of the previous operation.
    pub created_at: OffsetDateTime,
    /// Of a row that moved money between wallets.
    pub transfer: Option<PastTransfer>,
    pub reference: Option<Reference>,
    /// The hold that it placed, captured or released.
    pub hold: Option<i64>,
    /// Of a row that placed a hold, when it expires; of a release, when the hold expired, if that was why.
    pub expires_at: Option<OffsetDateTime>,
    /// The `seq` of the row that it reverses.
    pub reverses: Option<i64>,
    /// The rows that reverse it, oldest first.
    pub reversed_by: Vec<i64>,
    /// The rules from here on, if it changed them.
    pub rules: Option<Rules>,
    pub reason: Option<Arc<str>>,
    /// Who asked for it, if that is recorded.
    pub principal: Option<Principal>,
}

/// The transfer that a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastTransfer {
    pub id: TransferId,
    pub other_wallet: WalletId,
}

/// A filter of operations, whose conditions all have to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    pub kind: Option<OperationKind>,
    /// At this time or later.
    pub from: Option<OffsetDateTime>,
    /// Before this time, so that adjacent ranges share no operation. Now or later is no bound: an operation whose time is in
    /// the future, because the clock was ahead, has happened all the same.
    pub to: Option<OffsetDateTime>,
}

/// A query for a page of a history, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    pub filter: HistoryFilter,
    /// Only operations below this `seq`; `None`: from the newest.
    pub below: Option<i64>,
    /// The page size.
    pub limit: u16,
}

/// A page of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// Newest first. There may be fewer than the page size, or none, on a page that is not the last.
    pub operations: Vec<PastOperation>,
    /// The `seq` below which the next page begins; `None`: this is the last page.
    pub next_below: Option<i64>,
}

/// A query for a page of a wallet's holds, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldsQuery {
    pub status: Option<HoldStatus>,
    /// Only holds below this `id`; `None`: from the newest.
    pub below: Option<i64>,
    /// The page size.
    pub limit: u16,
}

/// A page of a wallet's holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoldsPage {
    /// Newest first. There may be fewer than the page size, or none, on a page that is not the last.
    pub holds: Vec<Hold>,
    /// The `id` below which the next page begins; `None`: this is the last page.
    pub next_below: Option<i64>,
}

/// A moment in a wallet's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BalanceAt {
    /// After the last operation at or before this time.
    Time(OffsetDateTime),
    /// Right after the operation of this number.
    Operation(i64),
}

/// A wallet's balance at a moment of its past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastBalance {
    pub balance: Balance,
    pub held: Balance,
    /// The number of the last operation before that moment; zero if there was none.
    pub version: i64,
    /// The moment: the time that was asked for, or that of the operation.
    pub as_of: OffsetDateTime,
}

impl HistoryQuery {
    /// Returns the query for the operation of this `seq` alone.
    #[must_use]
    pub fn of_one(seq: i64) -> Self {
        Self {
            filter: HistoryFilter::default(),
            below: seq.checked_add(1),
            limit: 1,
        }
    }
}
