//! Statements, read page by page.
//!
//! 1. [`StatementReader::begin`] reads the balances at both ends, within the limits of other reads, and takes room for one more
//!    statement, or refuses it.
//! 2. [`StatementReader::page`] reads the next [`PAGE`] operations once the caller wants them: no connection waits for a slow
//!    caller, and a dropped one leaves at most a page's query behind. The ledger is not in memory, however long it is.
//! 3. Each operation has to follow from the one before it, and the last one has to reach the closing balance.
//! 4. A stop of the engine lets a statement that was begun end, as far as the time for stopping allows.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::error::EngineError;
use super::history::Histories;
use crate::domain::WalletId;
use crate::domain::statement::{
    BrokenLedger, Progress, Statement, StatementEntry, StatementQuery, Totals,
};

/// Operations per query: about 200 KiB.
const PAGE: i64 = 1_000;
/// Operations that are summed per query: some milliseconds.
const SUMMED: i64 = 20_000;

/// A statement that is being read.
pub struct StatementReader {
    histories: Arc<Histories>,
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

impl StatementReader {
    /// Reads the balances of a statement, and takes the room for it.
    pub(super) async fn begin(
        histories: &Arc<Histories>,
        wallet: WalletId,
        query: StatementQuery,
    ) -> Result<Self, EngineError> {
        let (statement, room) = histories.statement(wallet, query).await?;
        Ok(Self {
            histories: Arc::clone(histories),
            statement,
            progress: Progress::new(statement.opening),
            _room: room,
        })
    }

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
        let page = self
            .histories
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
            let part = self
                .histories
                .part(async |journal| journal.statement_totals(wallet, seqs).await)
                .await;
            totals = totals.and(part.map_err(StatementError::Read)?);
            first = seqs.1 + 1;
        }
        Ok(totals)
    }
}
