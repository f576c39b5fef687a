//! A transaction of the panel: several statements that happen together or not at all.
//!
//! Under READ COMMITTED each statement reads what was committed before it began: so one that waits for a row is followed by one
//! that sees what it waited for.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Row;

use super::rows::{Parameters, RESPONSE_MAX};
use crate::domain::staff_journal::StaffAction;
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::pool::Pooled;
use crate::storage::staff_journal;

/// How long it may wait for rows that others have locked, which is no longer than their statements take.
const LOCK_MAX: Duration = Duration::from_secs(5);

/// Begun, and neither committed nor rolled back: dropped, it is rolled back with its session.
pub(super) struct Transaction {
    client: Pooled,
    doing: &'static str,
}

impl Database {
    /// Begins a transaction.
    pub(super) async fn admin_transaction(
        &self,
        doing: &'static str,
    ) -> Result<Transaction, StorageError> {
        let transaction = Transaction {
            client: self.pooled().await?,
            doing,
        };
        let begin = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {}",
            LOCK_MAX.as_millis()
        );
        transaction.execute(&begin).await?;
        Ok(transaction)
    }
}

impl Transaction {
    /// Returns the first row of a statement, if it has one.
    pub async fn row(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<Option<Row>, StorageError> {
        let rows = async {
            let statement = self.client.prepare_cached(statement).await?;
            self.client.query(&statement, parameters).await
        };
        let rows = timeout(RESPONSE_MAX, rows).await;
        let rows = rows.map_err(|_| StorageError::Silent(RESPONSE_MAX))?;
        let rows = rows.map_err(query_failed(self.doing))?;
        Ok(rows.into_iter().next())
    }

    /// Writes an entry into the journal of the staff.
    pub async fn journal(&self, entry: &StaffAction) -> Result<(), StorageError> {
        let written = timeout(
            RESPONSE_MAX,
            staff_journal::write(&self.client, entry, None),
        )
        .await;
        written.map_err(|_| StorageError::Silent(RESPONSE_MAX))?
    }

    /// Commits it. After an error it may be committed all the same.
    pub async fn commit(self) -> Result<(), StorageError> {
        self.execute("COMMIT").await?;
        self.client.give_back();
        Ok(())
    }

    /// Undoes it.
    pub async fn rollback(self) -> Result<(), StorageError> {
        self.execute("ROLLBACK").await?;
        self.client.give_back();
        Ok(())
    }

    async fn execute(&self, statement: &str) -> Result<(), StorageError> {
        let done = timeout(RESPONSE_MAX, self.client.batch_execute(statement)).await;
        let done = done.map_err(|_| StorageError::Silent(RESPONSE_MAX))?;
        done.map_err(query_failed(self.doing))
    }
}
