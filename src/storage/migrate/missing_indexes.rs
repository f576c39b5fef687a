//! Indexes that no file makes: a file runs in a transaction, and an index that is built in one blocks every writer.
//!
//! One that is missing is built concurrently. One that is not complete, as its build was interrupted, is dropped before.

use tokio_postgres::{Client, Row};
use tracing::info;

use super::error::MigrateError;
use super::online::execute;
use crate::storage::error::query_failed;
use crate::storage::sql;

struct Index {
    name: &'static str,
    table: &'static str,
    build: &'static str,
}

macro_rules! index {
    ($name:literal on $table:literal) => {
        Index {
            name: $name,
            table: $table,
            build: include_str!(concat!("../../../sql/online/", $name, "_build.sql")),
        }
    };
}

const INDEXES: [Index; 7] = [
    index!("operations_feed" on "operations"),
    index!("operations_feed_past" on "operations"),
    index!("operations_hold" on "operations"),
    index!("operations_reverses" on "operations"),
    index!("operations_rules" on "operations"),
    index!("wallets_frozen" on "wallets"),
    index!("wallets_closed" on "wallets"),
];

/// Returns whether all of them are there.
pub(super) async fn is_finished(client: &Client) -> Result<bool, MigrateError> {
    Ok(missing(client).await?.is_empty())
}

/// Builds those that are missing.
pub(super) async fn build(client: &Client) -> Result<(), MigrateError> {
    let missing = missing(client).await?;
    for Index { name, build, .. } in &INDEXES {
        if missing.iter().any(|missing| missing == name) {
            let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {name}");
            execute(client, &format!("drop {name}"), &drop).await?;
            info!(index = name, "building an index concurrently");
            execute(client, &format!("build {name}"), build).await?;
        }
    }
    Ok(())
}

async fn missing(client: &Client) -> Result<Vec<String>, MigrateError> {
    let failed = |e| MigrateError::Prepare(query_failed("search for missing indexes")(e));
    let names = INDEXES.each_ref().map(|index| index.name);
    let tables = INDEXES.each_ref().map(|index| index.table);
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
        [&names.as_slice(), &tables.as_slice()];
    let rows = client.query(sql::MIGRATE_MISSING_INDEXES, &parameters);
    let rows = rows.await.map_err(failed)?;
    let name = |row: &Row| row.try_get("name");
    rows.iter()
        .map(name)
        .collect::<Result<_, _>>()
        .map_err(failed)
}
