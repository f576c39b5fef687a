//! How much there is, and how the server is.

use rust_decimal::Decimal;
use time::OffsetDateTime;

use crate::storage::{Database, StorageError, query_failed, sql};

/// How much there is, at one moment.
#[derive(Clone, Debug)]
pub struct OverviewTotals {
    pub users: i64,
    pub wallets: i64,
    /// Of all wallets together.
    pub balance: Decimal,
    pub operations: i64,
    /// By the database's clock.
    pub at: OffsetDateTime,
}

/// The server, as the engine's sessions see it.
#[derive(Clone, Debug)]
pub struct ServerState {
    pub version: String,
    pub started_at: OffsetDateTime,
    /// It is a standby, and takes no writes.
    pub read_only: bool,
    /// Of this database, on disk.
    pub bytes: i64,
    /// To this database, the engine's and others'.
    pub connections: i64,
    pub waiting_for_locks: i64,
    pub connections_max: i64,
    pub replicas: i64,
    /// Settings without which a power cut may cost what was answered.
    pub durability_off: Vec<String>,
}

impl Database {
    /// How much there is. It reads all of `wallets`, so it is for nobody who asks often.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked. So for the others.
    pub async fn overview_totals(&self) -> Result<OverviewTotals, StorageError> {
        const DOING: &str = "count what there is";
        let failed = query_failed(DOING);
        let rows = self
            .admin_scan(DOING, sql::ADMIN_OVERVIEW_TOTALS, &[])
            .await?;
        let row = rows
            .first()
            .ok_or(StorageError::Corrupt { what: "no totals" })?;
        Ok(OverviewTotals {
            users: row.try_get("users").map_err(&failed)?,
            wallets: row.try_get("wallets").map_err(&failed)?,
            balance: row.try_get("balance").map_err(&failed)?,
            operations: row.try_get("operations").map_err(&failed)?,
            at: row.try_get("at").map_err(&failed)?,
        })
    }

    /// Operations of all wallets from a moment until before another.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn overview_operations(
        &self,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<i64, StorageError> {
        const DOING: &str = "count operations";
        let rows = self
            .admin_scan(DOING, sql::ADMIN_OVERVIEW_OPERATIONS, &[&from, &until])
            .await?;
        let row = rows
            .first()
            .ok_or(StorageError::Corrupt { what: "no count" })?;
        row.try_get("operations").map_err(query_failed(DOING))
    }

    /// How the server is.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn server_state(&self) -> Result<ServerState, StorageError> {
        let failed = query_failed("ask the database how it is");
        let client = self.pooled().await?;
        let row = client
            .query_one(sql::ADMIN_OVERVIEW_SERVER, &[])
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(ServerState {
            version: row.try_get("version").map_err(&failed)?,
            started_at: row.try_get("started_at").map_err(&failed)?,
            read_only: row.try_get("read_only").map_err(&failed)?,
            bytes: row.try_get("bytes").map_err(&failed)?,
            connections: row.try_get("connections").map_err(&failed)?,
            waiting_for_locks: row.try_get("waiting_for_locks").map_err(&failed)?,
            connections_max: row.try_get("connections_max").map_err(&failed)?,
            replicas: row.try_get("replicas").map_err(&failed)?,
            durability_off: self.durability_off().await?,
        })
    }
}
