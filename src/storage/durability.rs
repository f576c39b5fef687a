//! Whether the settings of PostgreSQL make acknowledged writes durable.

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;

impl Database {
    /// Returns the settings of the engine's sessions that are off, and without which acknowledged writes may not survive a
    /// power failure.
    ///
    /// # Errors
    /// [`StorageError`], if the query failed.
    pub async fn durability_off(&self) -> Result<Vec<String>, StorageError> {
        let failed = query_failed("read the settings of the database");
        let client = self.pooled().await?;
        let rows = client
            .query(sql::DURABILITY_OFF, &[])
            .await
            .map_err(&failed)?;
        client.give_back();
        let names = rows.iter().map(|row| row.try_get("name"));
        names.collect::<Result<_, _>>().map_err(failed)
    }
}
