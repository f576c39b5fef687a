//! Statements, read page by page.
//!
//! 1. [`Engine::statement`] reads the balances at both ends, within the limits of other reads, and takes room for one more
//!    statement, or refuses it.
//! 2. [`StatementReader::page`] reads the next [`PAGE`] operations once the caller wants them: no connection waits for a slow
//!    caller, and a dropped one leaves at most a page's query behind. The ledger is not in memory, however long it is.
//! 3. Each operation has to follow from the one before it, and the last one has to reach the closing balance.
//! 4. A stop of the engine lets a statement that was begun end, as far as the time for stopping allows.

use futures_util::future::BoxFuture;
use tokio::sync::OwnedSemaphorePermit;

use super::{Engine, EngineError, ReadError};
use crate::domain::WalletId;
use crate::domain::statement::{
    BrokenLedger, Progress, Statement, StatementEntry, StatementQuery, Totals,
};

/// Operations per query: about 200 KiB.
const PAGE: i64 = 1_000;
/// Operations that are summed per query: some milliseconds.
const SUMMED: i64 = 20_000;

/// What statements are read from; a part of the [`Journal`](super::Journal).
pub trait StatementSource {
    /// Returns the balances at the ends of the interval; `None` if there is no such wallet.
    fn statement(
        &self,
        wallet: WalletId,
        query: StatementQuery,
    ) -> BoxFuture<'_, Result<Option<Statement>, ReadError>>;

    /// Returns the wallet's operations from the first `seq` to the last one, oldest first.
    fn statement_entries(
        &self,
        wallet: WalletId,
        seqs: (i64, i64),
    ) -> BoxFuture<'_, Result<Vec<StatementEntry>, ReadError>>;

    /// Returns the totals of the wallet's operations from the first `seq` to the last one.
    fn statement_totals(
        &self,
        wallet: WalletId,
        seqs: (i64, i64),
    ) -> BoxFuture<'_, Result<Totals, ReadError>>;
}

/// A statement that is being read.
pub struct StatementReader {
    engine: Engine,
    statement: Statement,
    progress: Progress,
    /// Until it is read or dropped.
    _room: OwnedSemaphorePermit,
}

/// Why a statement ended early.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    #[error("could not read the ledger")]
    Read(#[source] EngineError),
    #[error(transparent)]
    Broken(BrokenLedger),
}

impl Engine {
    /// Begins to read a statement.
    ///
    /// # Errors
    /// Those of [`Engine::history`].
    pub async fn statement(
        &self,
        wallet: WalletId,
        query: StatementQuery,
    ) -> Result<StatementReader, EngineError> {
        let (statement, room) = self.0.histories.statement(wallet, query).await?;
        Ok(StatementReader {
            engine: self.clone(),
            statement,
            progress: Progress::new(statement.opening),
            _room: room,
        })
    }
}

impl StatementReader {
    /// Returns what the statement says besides its entries.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Returns how far it was read.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Returns the next operations; none at the end.
    ///
    /// # Errors
    /// [`StatementError`].
    pub async fn page(&mut self) -> Result<Vec<StatementEntry>, StatementError> {
        let after = self.progress.at.version;
        let last = self.statement.closing.version.min(after + PAGE);
        if after >= last {
            let end = self.progress.finish(&self.statement.closing);
            end.map_err(StatementError::Broken)?;
            return Ok(Vec::new());
        }
        let (wallet, seqs) = (self.statement.wallet, (after + 1, last));
        let histories = &self.engine.0.histories;
        let page = histories
            .part(async |journal| journal.statement_entries(wallet, seqs).await)
            .await;
        let page = page.map_err(StatementError::Read)?;
        for entry in &page {
            self.progress
                .follow(entry)
                .map_err(StatementError::Broken)?;
        }
        if self.progress.at.version < last {
            return Err(StatementError::Broken(self.progress.broken()));
        }
        Ok(page)
    }

    /// Returns the totals of the whole statement, before its entries are read.
    ///
    /// # Errors
    /// [`StatementError::Read`].
    pub async fn totals(&self) -> Result<Totals, StatementError> {
        let (wallet, last) = (self.statement.wallet, self.statement.closing.version);
        let mut totals = Totals::default();
        let mut first = self.statement.opening.version + 1;
        while first <= last {
            let seqs = (first, last.min(first + SUMMED - 1));
            let histories = &self.engine.0.histories;
            let part = histories
                .part(async |journal| journal.statement_totals(wallet, seqs).await)
                .await;
            totals = totals.and(part.map_err(StatementError::Read)?);
            first = seqs.1 + 1;
        }
        Ok(totals)
    }
}
