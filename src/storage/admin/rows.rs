//! One question, one answer, under a limit.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::storage::{Database, StorageError, query_failed};

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
}
