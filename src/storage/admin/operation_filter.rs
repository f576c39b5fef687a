//! Which operations a search is for, its places, and its count.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Balance, OperationKind, WalletId};

/// The count of what was found goes no further.
pub const COUNT_MAX: i64 = 10_000;

/// Which operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationFilter {
    /// Of this wallet alone.
    pub wallet: Option<WalletId>,
    /// The wallet on the other side.
    pub other: Option<WalletId>,
    pub kind: Option<OperationKind>,
    pub least: Option<Balance>,
    pub most: Option<Balance>,
    /// The whole idempotency key.
    pub key: Option<String>,
    /// A part of the reference, whatever the case of its letters.
    pub reference: Option<String>,
    pub from: Option<OffsetDateTime>,
    /// The first time that does not belong to the period.
    pub to: Option<OffsetDateTime>,
}

/// A place in the order of a search. Of one ledger, `seq` alone counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationPlace {
    pub position: i64,
    pub wallet: Uuid,
    pub seq: i64,
}

/// How many operations match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationCount {
    Exactly(i64),
    /// More than [`COUNT_MAX`].
    Many,
    /// So many in what was counted.
    AtLeast(i64),
}
