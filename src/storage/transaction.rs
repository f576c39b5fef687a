//! A transaction of the panel: several statements that happen together or not at all.
//!
//! Under READ COMMITTED each statement reads what was committed before it began: so one that waits for a row is followed by one
//! that sees what it waited for.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::pool::Pooled;

/// The longest wait for the database: one that does not respond for so long has missed its own `statement_timeout`.
pub(super) const RESPONSE_MAX: Duration = Duration::from_secs(30);
/// How long it may wait for rows that others have locked, which is no longer than their statements take.
const LOCK_MAX: Duration = Duration::from_secs(5);

/// Begun, and neither committed nor rolled back: dropped, it is rolled back with its session.
pub(super) struct Transaction {
    client: Pooled,
    doing: &'static str,
    /// When the database has had [`RESPONSE_MAX`] for all of it.
    until: Instant,
}

impl Database {
    /// Begins a transaction.
    pub(super) async fn transaction(
        &self,
        doing: &'static str,
    ) -> Result<Transaction, StorageError> {
        let client = self.pooled().await?;
        let transaction = Transaction {
            client,
            doing,
            until: Instant::now() + RESPONSE_MAX,
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
    /// Returns the rows of a statement.
    pub async fn rows(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        self.rows_of(self.doing, statement, parameters).await
    }

    /// Returns the first row of a statement, if it has one.
    pub async fn row(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StorageError> {
        let rows = self.rows(statement, parameters).await?;
        Ok(rows.into_iter().next())
    }

    /// Returns the rows of a statement, whose error says what it was for.
    pub async fn rows_of(
        &self,
        doing: &'static str,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let rows = async {
            let statement = self.client.prepare_cached(statement).await?;
            self.client.query(&statement, parameters).await
        };
        let rows = timeout_at(self.until, rows).await;
        let rows = rows.map_err(|_| StorageError::Silent(RESPONSE_MAX))?;
        rows.map_err(query_failed(doing))
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
        let done = timeout_at(self.until, self.client.batch_execute(statement)).await;
        let done = done.map_err(|_| StorageError::Silent(RESPONSE_MAX))?;
        done.map_err(query_failed(self.doing))
    }
}
