//! Queries of the panel, each under a time limit, and their rows.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, ToSql};

use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::transaction::RESPONSE_MAX;

/// What keeps a statement to one session on each node of a distributed database: by default, Citus opens one for every other shard.
const ONE_A_NODE: &str = "; SET LOCAL citus.max_adaptive_executor_pool_size = 1";

/// The values of a statement's parameters.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Database {
    /// Returns the rows of a statement.
    pub(super) async fn admin_rows(
        &self,
        doing: &'static str,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, StorageError> {
        let rows = timeout(RESPONSE_MAX, self.rows(doing, statement, parameters)).await;
        rows.map_err(|_| StorageError::Silent(RESPONSE_MAX))?
    }

    /// Returns the first row of a statement, if it has one.
    pub(super) async fn admin_row(
        &self,
        doing: &'static str,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<Option<Row>, StorageError> {
        let rows = self.admin_rows(doing, statement, parameters).await?;
        Ok(rows.into_iter().next())
    }

    /// Returns the rows of statements that read whole tables, in one snapshot. They have a time limit of their own and
    /// one core, as operations need the others.
    pub(super) async fn admin_scans<const N: usize>(
        &self,
        doing: &'static str,
        statements: [(&str, Parameters<'_>); N],
    ) -> Result<[Vec<Row>; N], StorageError> {
        self.admin_scans_within(self.scan_max, doing, statements)
            .await
    }

    /// Does what [`admin_scans`](Self::admin_scans) does, under this time limit.
    pub(super) async fn admin_scans_within<const N: usize>(
        &self,
        limit: Duration,
        doing: &'static str,
        statements: [(&str, Parameters<'_>); N],
    ) -> Result<[Vec<Row>; N], StorageError> {
        let client = self.pooled().await?;
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {}; \
             SET LOCAL max_parallel_workers_per_gather = 0{}",
            limit.as_millis(),
            if self.is_distributed() {
                ONE_A_NODE
            } else {
                ""
            }
        );
        let queries = async {
            client.batch_execute(&begin).await?;
            let mut results = [const { Vec::new() }; N];
            for (result, (statement, parameters)) in results.iter_mut().zip(statements) {
                *result = client.query(statement, parameters).await?;
            }
            client.batch_execute("COMMIT").await?;
            Ok(results)
        };
        let results = timeout(RESPONSE_MAX, queries).await;
        let results = results.map_err(|_| StorageError::Silent(RESPONSE_MAX))?;
        let results = results.map_err(|source| scan_failed(doing, limit, source))?;
        client.give_back();
        Ok(results)
    }
}

fn scan_failed(
    doing: &'static str,
    limit: Duration,
    source: tokio_postgres::Error,
) -> StorageError {
    if source.code() == Some(&SqlState::QUERY_CANCELED) {
        return StorageError::TooLong {
            doing,
            limit,
            source,
        };
    }
    query_failed(doing)(source)
}

/// Reading a row.
pub(in crate::storage) trait Columns {
    /// Returns the value of a column, whose name the error has.
    fn column<'r, T: FromSql<'r>>(&'r self, name: &str) -> Result<T, StorageError>;
}

impl Columns for Row {
    fn column<'r, T: FromSql<'r>>(&'r self, name: &str) -> Result<T, StorageError> {
        self.try_get(name).map_err(query_failed("read a row"))
    }
}
