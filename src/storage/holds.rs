//! Holds, as the ledger tells them.

use super::database::Database;
use super::error::StorageError;
use crate::domain::WalletId;
use crate::domain::history::{BalanceAt, HoldsPage, HoldsQuery, PastBalance};
use crate::domain::hold::Hold;
use crate::domain::reversal::Original;
use crate::engine::ReadError;

impl Database {
    pub(super) async fn hold_find(
        &self,
        _wallet: WalletId,
        _id: i64,
        _as_of: Option<i64>,
    ) -> Result<Option<Option<Hold>>, ReadError> {
        todo!("hold.sql")
    }

    pub(super) async fn holds_page(
        &self,
        _wallet: WalletId,
        _query: &HoldsQuery,
    ) -> Result<Option<HoldsPage>, ReadError> {
        todo!("holds_page.sql")
    }

    pub(super) async fn operation_original(
        &self,
        _wallet: WalletId,
        _seq: i64,
    ) -> Result<Option<Option<Original>>, ReadError> {
        todo!("operation_original.sql")
    }

    pub(super) async fn wallet_balance_at(
        &self,
        _wallet: WalletId,
        _at: BalanceAt,
    ) -> Result<Option<Option<PastBalance>>, ReadError> {
        todo!("wallet_balance_at.sql")
    }

    pub(super) async fn holds_expired(&self, _max: usize) -> Result<Vec<WalletId>, StorageError> {
        todo!("holds_expired.sql")
    }
}
