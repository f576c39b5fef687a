//! Totals of the database, and the state of its server.

use std::ops::{Add, Sub};

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::rows::{Columns, Parameters};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

const NO_END: Option<OffsetDateTime> = None;

/// Totals. Every user has one wallet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverviewTotals {
    pub users: i64,
    pub wallets: i64,
    /// The sum of all wallets.
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

/// The state of the server, as the engine's sessions see it.
#[derive(Clone, Debug)]
pub struct ServerState {
    pub version: String,
    pub started_at: OffsetDateTime,
    /// It is a standby, which accepts no writes.
    pub read_only: bool,
    /// The size of this database on disk.
    pub bytes: i64,
    /// To this database, by any client.
    pub connections: i64,
    pub waiting_for_locks: i64,
    pub connections_max: i64,
    pub replicas: i64,
    /// Settings that are off, so that a power failure may lose acknowledged operations.
    pub durability_off: Vec<String>,
}

impl Database {
    /// Returns the time of the database's clock.
    ///
    /// # Errors
    /// [`StorageError`], here and below.
    pub async fn overview_clock(&self) -> Result<OffsetDateTime, StorageError> {
        let rows = self.admin_rows("read the clock", sql::ADMIN_OVERVIEW_CLOCK, &[]);
        only(&rows.await?)?.column("at")
    }

    /// Returns the totals before a time. It reads all of `wallets`, and everything since that time, in one snapshot; of a distributed
    /// database, which has none, in one on each shard.
    pub async fn overview_totals_before(
        &self,
        until: OffsetDateTime,
    ) -> Result<OverviewTotals, StorageError> {
        const DOING: &str = "count all wallets";
        let since: Parameters = &[&until, &NO_END];
        if self.is_distributed() {
            let before: Parameters = &[&until];
            let statements = [
                (sql::ADMIN_OVERVIEW_USERS_ALL, &[] as Parameters),
                (sql::ADMIN_OVERVIEW_USERS, since),
                (sql::ADMIN_OVERVIEW_TOTALS_DISTRIBUTED, before),
            ];
            let [all_users, users, before] = self.admin_scans(DOING, statements).await?;
            let users: i64 = only(&users)?.column("users")?;
            return totals(only(&all_users)?.column::<i64>("users")? - users, &before);
        }
        let statements = [
            (sql::ADMIN_OVERVIEW_USERS_ALL, &[] as Parameters),
            (sql::ADMIN_OVERVIEW_TOTALS, &[]),
            (sql::ADMIN_OVERVIEW_USERS, since),
            (sql::ADMIN_OVERVIEW_OPERATIONS, since),
        ];
        let [all_users, all, users, operations] = self.admin_scans(DOING, statements).await?;
        let all = totals(only(&all_users)?.column("users")?, &all)?;
        Ok(all - increment(only(&users)?, only(&operations)?)?)
    }

    /// Returns what was added from one time until before another, if there is one. It reads nothing else.
    pub async fn overview_increment(
        &self,
        from: OffsetDateTime,
        until: Option<OffsetDateTime>,
    ) -> Result<OverviewTotals, StorageError> {
        let parameters: Parameters = &[&from, &until];
        let [users, operations] = self
            .admin_scans(
                "count what was added",
                [
                    (sql::ADMIN_OVERVIEW_USERS, parameters),
                    (sql::ADMIN_OVERVIEW_OPERATIONS, parameters),
                ],
            )
            .await?;
        increment(only(&users)?, only(&operations)?)
    }

    /// Returns the number of all operations from one time until before another.
    pub async fn overview_operations(
        &self,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<i64, StorageError> {
        let range: Parameters = &[&from, &Some(until)];
        let statement = (sql::ADMIN_OVERVIEW_OPERATIONS, range);
        let [rows] = self.admin_scans("count operations", [statement]).await?;
        only(&rows)?.column("operations")
    }

    /// Returns the state of the server.
    pub async fn server_state(&self) -> Result<ServerState, StorageError> {
        const DOING: &str = "read the state of the server";
        let statement = self.variant(
            sql::ADMIN_OVERVIEW_SERVER,
            sql::ADMIN_OVERVIEW_SERVER_DISTRIBUTED,
        );
        let rows = self.admin_rows(DOING, statement, &[]).await?;
        let row = only(&rows)?;
        Ok(ServerState {
            version: row.column("version")?,
            started_at: row.column("started_at")?,
            read_only: row.column("read_only")?,
            bytes: row.column("bytes")?,
            connections: row.column("connections")?,
            waiting_for_locks: row.column("waiting_for_locks")?,
            connections_max: row.column("connections_max")?,
            replicas: row.column("replicas")?,
            durability_off: self.durability_off().await?,
        })
    }
}

fn only(rows: &[Row]) -> Result<&Row, StorageError> {
    rows.first()
        .ok_or(StorageError::Corrupt { what: "no count" })
}

fn totals(users: i64, wallets: &[Row]) -> Result<OverviewTotals, StorageError> {
    let row = only(wallets)?;
    Ok(OverviewTotals {
        users,
        wallets: row.column("wallets")?,
        balance: row.column("balance")?,
        operations: row.column("operations")?,
    })
}

/// One statement registers a user and their wallet.
fn increment(users: &Row, operations: &Row) -> Result<OverviewTotals, StorageError> {
    let users = users.column("users")?;
    Ok(OverviewTotals {
        users,
        wallets: users,
        balance: operations.column("balance")?,
        operations: operations.column("operations")?,
    })
}
