//! Reads of the ledger, from the database.
//!
//! They share the connection pool with what operations need: loads, and the settling of unknown outcomes. So few of them
//! run at once, some wait, and beyond that the caller is refused at once.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::admission::Admission;
use super::time_limit::TimeLimit;
use super::{EngineError, Journal, Queue, ReadError};
use crate::domain::WalletId;
use crate::domain::history::{HistoryPage, HistoryQuery, PastOperation};

/// Histories read at once, a connection each.
const READS_MAX: usize = 2;
/// Histories that may wait.
const WAITING_MAX: usize = 256;

pub(super) struct Histories {
    admission: Arc<Admission>,
    time: TimeLimit,
    journal: Arc<dyn Journal>,
    /// Room for a read, or for one that waits.
    room: Semaphore,
    reads: Semaphore,
}

impl Histories {
    pub fn new(admission: Arc<Admission>, journal: Arc<dyn Journal>, time: TimeLimit) -> Self {
        Self {
            admission,
            time,
            journal,
            room: Semaphore::new(READS_MAX + WAITING_MAX),
            reads: Semaphore::new(READS_MAX),
        }
    }

    pub async fn page(
        &self,
        wallet: WalletId,
        query: &HistoryQuery,
    ) -> Result<HistoryPage, EngineError> {
        let _ticket = self.admission.enter()?;
        self.time.read(self.read(wallet, query)).await
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

    async fn read(
        &self,
        wallet: WalletId,
        query: &HistoryQuery,
    ) -> Result<HistoryPage, EngineError> {
        let full = |_| EngineError::Overloaded(Queue::History);
        let _room = self.room.try_acquire().map_err(full)?;
        // Neither is ever closed.
        let _permit = self
            .reads
            .acquire()
            .await
            .map_err(|_| EngineError::Stopping)?;
        let page = self.journal.history(wallet, query).await?;
        page.ok_or(EngineError::WalletNotFound)
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
