//! How much there is, and how the server is.

use std::ops::{Add, Sub};

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;

const FOR_EVER: Option<OffsetDateTime> = None;

/// How much there is. Every user has one wallet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverviewTotals {
    pub users: i64,
    pub wallets: i64,
    /// Of all wallets together.
    pub balance: Decimal,
    pub operations: i64,
}

impl Add for OverviewTotals {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            users: self.users + more.users,
            wallets: self.wallets + more.wallets,
            balance: self.balance + more.balance,
            operations: self.operations + more.operations,
        }
    }
}

impl Sub for OverviewTotals {
    type Output = Self;

    fn sub(self, less: Self) -> Self {
        Self {
            users: self.users - less.users,
            wallets: self.wallets - less.wallets,
            balance: self.balance - less.balance,
            operations: self.operations - less.operations,
        }
    }
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
    /// The time by the database's clock.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked. So for the others.
    pub async fn overview_clock(&self) -> Result<OffsetDateTime, StorageError> {
        const DOING: &str = "ask for the time";
        let rows = self
            .admin_rows(DOING, sql::ADMIN_OVERVIEW_CLOCK, &[])
            .await?;
        only(&rows)?.try_get("at").map_err(query_failed(DOING))
    }

    /// How much there was before a moment. It reads all of `wallets`, and whatever came since, in one snapshot.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn overview_totals_before(
        &self,
        until: OffsetDateTime,
    ) -> Result<OverviewTotals, StorageError> {
        const DOING: &str = "count what there is";
        let since: &[&(dyn ToSql + Sync)] = &[&until, &FOR_EVER];
        let [all, users, operations] = self
            .admin_scans(
                DOING,
                [
                    (sql::ADMIN_OVERVIEW_TOTALS, &[]),
                    (sql::ADMIN_OVERVIEW_USERS, since),
                    (sql::ADMIN_OVERVIEW_OPERATIONS, since),
                ],
            )
            .await?;
        let failed = query_failed(DOING);
        let all = only(&all)?;
        let all = OverviewTotals {
            users: all.try_get("users").map_err(&failed)?,
            wallets: all.try_get("wallets").map_err(&failed)?,
            balance: all.try_get("balance").map_err(&failed)?,
            operations: all.try_get("operations").map_err(&failed)?,
        };
        Ok(all - increment(only(&users)?, only(&operations)?).map_err(failed)?)
    }

    /// How much came from a moment until before another, if there is one. It reads what came then and no more.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn overview_increment(
        &self,
        from: OffsetDateTime,
        until: Option<OffsetDateTime>,
    ) -> Result<OverviewTotals, StorageError> {
        const DOING: &str = "count what came";
        let parameters: &[&(dyn ToSql + Sync)] = &[&from, &until];
        let [users, operations] = self
            .admin_scans(
                DOING,
                [
                    (sql::ADMIN_OVERVIEW_USERS, parameters),
                    (sql::ADMIN_OVERVIEW_OPERATIONS, parameters),
                ],
            )
            .await?;
        increment(only(&users)?, only(&operations)?).map_err(query_failed(DOING))
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
            .admin_scan(
                DOING,
                sql::ADMIN_OVERVIEW_OPERATIONS,
                &[&from, &Some(until)],
            )
            .await?;
        only(&rows)?
            .try_get("operations")
            .map_err(query_failed(DOING))
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

fn only(rows: &[Row]) -> Result<&Row, StorageError> {
    rows.first()
        .ok_or(StorageError::Corrupt { what: "no count" })
}

/// A user is registered with their wallet, by one statement.
fn increment(users: &Row, operations: &Row) -> Result<OverviewTotals, tokio_postgres::Error> {
    let users = users.try_get("users")?;
    Ok(OverviewTotals {
        users,
        wallets: users,
        balance: operations.try_get("balance")?,
        operations: operations.try_get("operations")?,
    })
}
