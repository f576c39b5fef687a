//! Operations whose time is in the future, because the server's clock was ahead.
//!
//! A wallet's times never decrease, so a clock that was ahead for a moment leaves its time in every later operation of each
//! wallet that was written then, until that time has come. The order is right; the times are not.

use std::time::Duration;

use tokio::time::timeout;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;

/// The limit of the count: what matters is whether there are any.
const COUNTED_MAX: i64 = 1_000;
/// The timeout of the query.
const ANSWER_MAX: Duration = Duration::from_secs(5);

impl Database {
    /// Returns how many operations are more than a minute in the future, up to a thousand.
    ///
    /// # Errors
    /// [`StorageError`], if the query failed.
    pub async fn operations_in_the_future(&self) -> Result<i64, StorageError> {
        let counted = timeout(ANSWER_MAX, self.count_future()).await;
        counted.map_err(|_| StorageError::Silent(ANSWER_MAX))?
    }

    async fn count_future(&self) -> Result<i64, StorageError> {
        let failed = query_failed("count operations in the future");
        let client = self.pooled().await?;
        let row = client
            .query_one(sql::OPERATIONS_IN_THE_FUTURE, &[&COUNTED_MAX])
            .await
            .map_err(&failed)?;
        client.give_back();
        row.try_get("operations").map_err(failed)
    }
}
