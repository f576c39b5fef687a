//! An operation that a search found: a row of a ledger, with the wallet that it is of.

use tokio_postgres::Row;

use super::ledger::{LedgerRow, operation};
use super::rows::Columns;
use crate::domain::{UserId, WalletId};
use crate::storage::error::StorageError;

/// A row of a ledger, with its wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundOperation {
    pub wallet: WalletId,
    /// The user of the wallet; `None` if they were deleted by hand.
    pub owner: Option<(UserId, String)>,
    /// Without what reverses it.
    pub row: LedgerRow,
}

pub(super) fn found(row: &Row) -> Result<FoundOperation, StorageError> {
    let owner: Option<i64> = row.column("owner_id")?;
    let owner = match owner {
        None => None,
        Some(id) => Some((UserId(id), row.column("owner_name")?)),
    };
    Ok(FoundOperation {
        wallet: WalletId(row.column("wallet_id")?),
        owner,
        row: operation(row)?,
    })
}
