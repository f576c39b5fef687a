//! One question, one answer, under a limit.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};

/// A database that says nothing for so long has missed its own `statement_timeout`.
const ANSWER_WAIT: Duration = Duration::from_secs(30);

impl Database {
    /// What a statement of the panel answers.
    pub(super) async fn admin_rows(
        &self,
        doing: &'static str,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let client = self.pooled().await?;
        let asked = async {
            let statement = client.prepare_cached(statement).await?;
            client.query(&statement, parameters).await
        };
        let rows = timeout(ANSWER_WAIT, asked).await;
        let rows = rows.map_err(|_| StorageError::Silent(ANSWER_WAIT))?;
        let rows = rows.map_err(query_failed(doing))?;
        client.give_back();
        Ok(rows)
    }

    /// What a statement that reads a whole table answers: under a limit of its own, and on one core, for others are
    /// operations'.
    pub(super) async fn admin_scan(
        &self,
        doing: &'static str,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let [rows] = self.admin_scans(doing, [(statement, parameters)]).await?;
        Ok(rows)
    }

    /// The same of several, in one snapshot.
    pub(super) async fn admin_scans<const N: usize>(
        &self,
        doing: &'static str,
        statements: [(&str, &[&(dyn ToSql + Sync)]); N],
    ) -> Result<[Vec<Row>; N], StorageError> {
        let client = self.pooled().await?;
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {}; \
             SET LOCAL max_parallel_workers_per_gather = 0",
            self.scan_max.as_millis()
        );
        let asked = async {
            client.batch_execute(&begin).await?;
            let mut answers = [const { Vec::new() }; N];
            for (answer, (statement, parameters)) in answers.iter_mut().zip(statements) {
                *answer = client.query(statement, parameters).await?;
            }
            client.batch_execute("COMMIT").await?;
            Ok(answers)
        };
        let answers = timeout(ANSWER_WAIT, asked).await;
        let answers = answers.map_err(|_| StorageError::Silent(ANSWER_WAIT))?;
        let answers = answers.map_err(|source| self.scan_failed(doing, source))?;
        client.give_back();
        Ok(answers)
    }

    fn scan_failed(&self, doing: &'static str, source: tokio_postgres::Error) -> StorageError {
        if source.code() == Some(&SqlState::QUERY_CANCELED) {
            let limit = self.scan_max;
            return StorageError::TooLong {
                doing,
                limit,
                source,
            };
        }
        query_failed(doing)(source)
    }
}
