//! Rows of several wallets that belong together.

use uuid::Uuid;

use super::WalletId;

/// What both rows of a transfer share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub Uuid);

/// The row that belongs to another: of a transfer the other wallet's, of other steps the next one's, in a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counterpart {
    pub wallet: WalletId,
    pub seq: i64,
    /// Of a transfer's rows.
    pub transfer: Option<TransferId>,
}
