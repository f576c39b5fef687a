//! Whether PostgreSQL is set to keep what it has answered.

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;

impl Database {
    /// The settings that are off, as the engine's own sessions have them, without which a power cut may cost what was
    /// answered.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked.
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
