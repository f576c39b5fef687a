//! Reads of the ledger, from the database.
//!
//! They share the connection pool with what operations need: loads, and the settling of unknown outcomes. So few of them
//! run at once, some wait, and beyond that the caller is refused at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::admission::Admission;
use super::time_limit::TimeLimit;
use super::{EngineError, Journal, Queue, ReadError};
use crate::domain::WalletId;
use crate::domain::history::{
    BalanceAt, HistoryPage, HistoryQuery, HoldsPage, HoldsQuery, PastBalance, PastOperation,
};
use crate::domain::hold::Hold;
use crate::domain::reversal::Original;
use crate::domain::statement::{Statement, StatementQuery};

/// Histories read at once, a connection each.
const READS_MAX: usize = 2;
/// Histories that may wait.
const WAITING_MAX: usize = 256;
/// Statements that are written at once: each has a page of operations in memory, and a client that may be slow.
const STATEMENTS_MAX: usize = 32;

pub(super) struct Histories {
    admission: Arc<Admission>,
    time: TimeLimit,
    journal: Arc<dyn Journal>,
    /// Room for a read, or for one that waits.
    room: Semaphore,
    reads: Semaphore,
    /// Room for a statement, which is read page by page.
    statements: Arc<Semaphore>,
}

impl Histories {
    pub fn new(admission: Arc<Admission>, journal: Arc<dyn Journal>, time: TimeLimit) -> Self {
        Self {
            admission,
            time,
            journal,
            room: Semaphore::new(READS_MAX + WAITING_MAX),
            reads: Semaphore::new(READS_MAX),
            statements: Arc::new(Semaphore::new(STATEMENTS_MAX)),
        }
    }

    /// Returns the balances of a statement, and the room that it takes until it is written.
    pub async fn statement(
        &self,
        wallet: WalletId,
        query: StatementQuery,
    ) -> Result<(Statement, OwnedSemaphorePermit), EngineError> {
        let full = |_| EngineError::Overloaded(Queue::History);
        let room = Arc::clone(&self.statements);
        let room = room.try_acquire_owned().map_err(full)?;
        let statement = self.queried(self.journal.statement(wallet, query)).await?;
        Ok((statement, room))
    }

    /// Reads a part of a statement that was begun: there is room for it, and a stop lets it end.
    pub async fn part<T>(
        &self,
        read: impl AsyncFnOnce(&dyn Journal) -> Result<T, ReadError>,
    ) -> Result<T, EngineError> {
        let read = async {
            let _permit = self.permit().await?;
            Ok(read(&*self.journal).await?)
        };
        self.time.read(read).await
    }

    pub async fn page(
        &self,
        wallet: WalletId,
        query: &HistoryQuery,
    ) -> Result<HistoryPage, EngineError> {
        self.queried(self.journal.history(wallet, query)).await
    }

    pub async fn operation(
        &self,
        wallet: WalletId,
        seq: i64,
    ) -> Result<PastOperation, EngineError> {
        let page = self.page(wallet, &HistoryQuery::of_one(seq)).await?;
        // A number above the last one finds the last one.
        let found = page.operations.into_iter().find(|found| found.seq == seq);
        found.ok_or(EngineError::OperationNotFound)
    }

    /// Returns the wallet's hold, as it was right after the operation `as_of`, or as it is.
    pub async fn hold(
        &self,
        wallet: WalletId,
        id: i64,
        as_of: Option<i64>,
    ) -> Result<Hold, EngineError> {
        let found = self.queried(self.journal.hold(wallet, id, as_of)).await?;
        found.ok_or(EngineError::HoldNotFound)
    }

    pub async fn holds(
        &self,
        wallet: WalletId,
        query: &HoldsQuery,
    ) -> Result<HoldsPage, EngineError> {
        self.queried(self.journal.holds(wallet, query)).await
    }

    pub async fn balance_at(
        &self,
        wallet: WalletId,
        at: BalanceAt,
    ) -> Result<PastBalance, EngineError> {
        let found = self.queried(self.journal.balance_at(wallet, at)).await?;
        found.ok_or(EngineError::OperationNotFound)
    }

    /// Returns the operation, if it can be reversed.
    pub async fn original(
        &self,
        wallet: WalletId,
        seq: i64,
        deadline: Instant,
    ) -> Result<Original, EngineError> {
        let found = self.queried_by(deadline, self.journal.original(wallet, seq));
        let found = found.await?;
        let original = found.ok_or(EngineError::OperationNotFound)?;
        match original.operation.kind.reversed_by() {
            Some(_) => Ok(original),
            None => Err(EngineError::NotReversible),
        }
    }

    /// Returns what a query of a wallet finds, within the limits of reads.
    async fn queried<T>(
        &self,
        query: impl Future<Output = Result<Option<T>, ReadError>>,
    ) -> Result<T, EngineError> {
        self.queried_by(self.time.deadline(), query).await
    }

    async fn queried_by<T>(
        &self,
        deadline: Instant,
        query: impl Future<Output = Result<Option<T>, ReadError>>,
    ) -> Result<T, EngineError> {
        let _ticket = self.admission.enter()?;
        let query = self.in_turn(query);
        self.time.read_until(deadline, query).await
    }

    async fn in_turn<T>(
        &self,
        query: impl Future<Output = Result<Option<T>, ReadError>>,
    ) -> Result<T, EngineError> {
        let full = |_| EngineError::Overloaded(Queue::History);
        let _room = self.room.try_acquire().map_err(full)?;
        let _permit = self.permit().await?;
        query.await?.ok_or(EngineError::WalletNotFound)
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, EngineError> {
        // It is never closed.
        let permit = self.reads.acquire().await;
        permit.map_err(|_| EngineError::Stopping)
    }
}

impl From<ReadError> for EngineError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unanswered(cause) => Self::NotDone(cause),
            ReadError::Unreadable(cause) => Self::Unavailable(cause),
        }
    }
}
