//! What the server's clock has left in the ledger.
//!
//! A wallet's times never go back, so a clock that was ahead for a moment leaves its time in every later operation of each
//! wallet that was written then, until that time has come. Order is unharmed; the time is not what it says.

use std::time::Duration;

use tokio::time::timeout;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;

/// Operations that are counted at most: that there are any is what matters.
const COUNTED_MAX: i64 = 1_000;
/// It may take as long, and is given up then.
const ANSWER_MAX: Duration = Duration::from_secs(5);

impl Database {
    /// Returns how many operations are of a time more than a minute in the future, a thousand at most.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked.
    pub async fn operations_in_the_future(&self) -> Result<i64, StorageError> {
        let counted = timeout(ANSWER_MAX, self.count_future()).await;
        counted.map_err(|_| StorageError::Silent(ANSWER_MAX))?
    }

    async fn count_future(&self) -> Result<i64, StorageError> {
        let failed = query_failed("count operations of a time in the future");
        let client = self.pooled().await?;
        let row = client
            .query_one(sql::OPERATIONS_IN_THE_FUTURE, &[&COUNTED_MAX])
            .await
            .map_err(&failed)?;
        client.give_back();
        row.try_get("operations").map_err(failed)
    }
}
