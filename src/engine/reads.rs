//! What the engine reads for its callers: a wallet, and what its ledger has.

use super::statement::StatementReader;
use super::{Engine, EngineError};
use crate::domain::history::{
    BalanceAt, HistoryPage, HistoryQuery, HoldsPage, HoldsQuery, PastBalance, PastOperation,
};
use crate::domain::hold::Hold;
use crate::domain::statement::StatementQuery;
use crate::domain::{Wallet, WalletId};

impl Engine {
    /// Returns the wallet as last committed; from memory, if it is active and no other engine writes to the database.
    ///
    /// # Errors
    /// [`EngineError::WalletNotFound`], `Overloaded`, `Stopping`, `NotDone`, `Unavailable`.
    pub fn wallet(&self, wallet: WalletId) -> impl Future<Output = Result<Wallet, EngineError>> {
        self.0.operations.wallet(wallet)
    }

    /// Returns the wallet's hold, as it was right after the operation `as_of`, or as it is in the ledger: an open one may have
    /// expired.
    ///
    /// # Errors
    /// [`EngineError::HoldNotFound`], and those of [`Engine::history`].
    pub async fn hold(
        &self,
        wallet: WalletId,
        id: i64,
        as_of: Option<i64>,
    ) -> Result<Hold, EngineError> {
        self.0.histories.hold(wallet, id, as_of).await
    }

    /// Returns a page of the wallet's holds, as [`hold`](Engine::hold) tells them.
    ///
    /// # Errors
    /// Those of [`Engine::history`].
    pub async fn holds(
        &self,
        wallet: WalletId,
        query: &HoldsQuery,
    ) -> Result<HoldsPage, EngineError> {
        self.0.histories.holds(wallet, query).await
    }

    /// Returns the wallet's balance at a moment of its past.
    ///
    /// # Errors
    /// [`EngineError::OperationNotFound`], and those of [`Engine::history`].
    pub async fn balance_at(
        &self,
        wallet: WalletId,
        at: BalanceAt,
    ) -> Result<PastBalance, EngineError> {
        self.0.histories.balance_at(wallet, at).await
    }

    /// Begins to read a statement.
    ///
    /// # Errors
    /// Those of [`Engine::history`].
    pub async fn statement(
        &self,
        wallet: WalletId,
        query: StatementQuery,
    ) -> Result<StatementReader, EngineError> {
        StatementReader::begin(&self.0.histories, wallet, query).await
    }

    /// Returns a page of the wallet's history, as committed.
    ///
    /// # Errors
    /// [`EngineError::WalletNotFound`], `Overloaded`, `Stopping`, `NotDone`, `Unavailable`.
    pub async fn history(
        &self,
        wallet: WalletId,
        query: &HistoryQuery,
    ) -> Result<HistoryPage, EngineError> {
        self.0.histories.page(wallet, query).await
    }

    /// Returns the wallet's operation of this number, as committed.
    ///
    /// # Errors
    /// [`EngineError::OperationNotFound`], and those of [`Engine::history`].
    pub async fn operation(
        &self,
        wallet: WalletId,
        seq: i64,
    ) -> Result<PastOperation, EngineError> {
        self.0.histories.operation(wallet, seq).await
    }
}
