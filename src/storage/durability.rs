//! Whether the settings of PostgreSQL make acknowledged writes durable.

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;

impl Database {
    /// Returns the settings of the engine's sessions that are off, and without which acknowledged writes may not survive a
    /// power failure. On a distributed database, of those on every node that responds, each with its node.
    ///
    /// # Errors
    /// [`StorageError`], if the query failed.
    pub async fn durability_off(&self) -> Result<Vec<String>, StorageError> {
        const DOING: &str = "read the settings of the database";
        let statement = self.variant(sql::DURABILITY_OFF, sql::DURABILITY_OFF_DISTRIBUTED);
        let rows = self.rows(DOING, statement, &[]).await?;
        let names = rows.iter().map(|row| row.try_get("name"));
        names.collect::<Result<_, _>>().map_err(query_failed(DOING))
    }
}
