//! Which tables are distributed, and which have to be.

use std::fmt;

use tokio_postgres::{Client, Row};

use super::error::{DistributeError, Refusal};
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;

pub(super) const WALLETS: &str = "wallets";
pub(super) const OPERATIONS: &str = "operations";
/// Few rows that never change, read with every ledger.
pub(super) const ON_EVERY_NODE: &str = "operation_kinds";
/// Each with the column that has the wallet's id, in the order in which they are distributed.
const BY_WALLET: [(&str, &str); 4] = [
    (WALLETS, "id"),
    (OPERATIONS, "wallet_id"),
    ("holds", "wallet_id"),
    ("adjustments", "wallet_id"),
];
const SHARDS_DEFAULT: i32 = 32;

/// How a database is found.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Due(Plan),
    Done(Layout),
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Distributed {
    Now(Layout),
    /// By an earlier run, or by one at the same time.
    Before(Layout),
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// The tables that are not distributed yet, in order.
    pub tables: Vec<&'static str>,
    pub shards: i32,
    /// Those that hold shards.
    pub nodes: i64,
}

/// A database that is distributed.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    pub shards: i64,
    /// Those that can hold shards: a new one does not until shards are moved there.
    pub nodes: i64,
}

impl Plan {
    pub(super) fn into_layout(self) -> Layout {
        Layout {
            shards: self.shards.into(),
            nodes: self.nodes,
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (copied, by_wallet): (Vec<&str>, Vec<&str>) = self
            .tables
            .iter()
            .partition(|table| **table == ON_EVERY_NODE);
        let mut parts = Vec::new();
        if !by_wallet.is_empty() {
            let tables = by_wallet.join(", ");
            let Self { shards, nodes, .. } = self;
            parts.push(format!(
                "{tables} by the wallet over {shards} shards on {nodes} nodes"
            ));
        }
        if !copied.is_empty() {
            parts.push(format!("{} to every node", copied.join(", ")));
        }
        f.write_str(&parts.join("; "))
    }
}

/// A table of ours that Citus knows.
struct CitusTable {
    name: String,
    method: String,
    by_column: Option<String>,
    colocation: i32,
    shards: i64,
}

impl CitusTable {
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            name: row.try_get("name")?,
            method: row.try_get("method")?,
            by_column: row.try_get("by_column")?,
            colocation: row.try_get("colocationid")?,
            shards: row.try_get("shards")?,
        })
    }

    fn is_by(&self, column: &str) -> bool {
        self.method == "h" && self.by_column.as_deref() == Some(column)
    }
}

/// Returns whether all is distributed, or what is missing.
pub(super) async fn find(
    client: &Client,
    shards: Option<i32>,
    nodes: i64,
) -> Result<Found, DistributeError> {
    let found = tables(client).await?;
    Ok(judge(&found, shards, nodes)?)
}

async fn tables(client: &Client) -> Result<Vec<CitusTable>, StorageError> {
    let failed = query_failed("read which tables are distributed");
    let rows = client.query(sql::DISTRIBUTE_TABLES, &[]).await;
    let rows = rows.map_err(&failed)?;
    let found = rows.iter().map(CitusTable::read).collect::<Result<_, _>>();
    found.map_err(failed)
}

fn judge(found: &[CitusTable], shards: Option<i32>, nodes: i64) -> Result<Found, Refusal> {
    let named = |name: &str| found.iter().find(|found| found.name == name);
    let is_ours = |found: &CitusTable| match &*found.name {
        ON_EVERY_NODE => found.method == "n",
        name => BY_WALLET.iter().any(|(own, _)| *own == name),
    };
    let mut taken = found.iter().filter(|table| !is_ours(table));
    // Others follow it by their foreign keys.
    let users = taken.clone().find(|table| table.name == "users");
    if let Some(taken) = users.or_else(|| taken.next()) {
        let table = taken.name.clone();
        return Err(Refusal::Taken { table });
    }
    let wallets = named(WALLETS);
    let mut missing = Vec::new();
    for (table, column) in BY_WALLET {
        let Some(found) = named(table) else {
            missing.push(table);
            continue;
        };
        let is_with_wallets = wallets.is_some_and(|wallets| wallets.colocation == found.colocation);
        if !(found.is_by(column) && is_with_wallets) {
            let table = table.to_owned();
            return Err(Refusal::Otherwise { table, column });
        }
    }
    if named(ON_EVERY_NODE).is_none() {
        missing.push(ON_EVERY_NODE);
    }
    if let (Some(wallets), Some(asked)) = (wallets, shards)
        && wallets.shards != i64::from(asked)
    {
        let present = wallets.shards;
        return Err(Refusal::OtherShards { present, asked });
    }
    let present = wallets.map(|wallets| wallets.shards);
    Ok(match present {
        Some(shards) if missing.is_empty() => Found::Done(Layout { shards, nodes }),
        _ => Found::Due(Plan {
            tables: missing,
            shards: present
                .and_then(|shards| shards.try_into().ok())
                .or(shards)
                .unwrap_or(SHARDS_DEFAULT),
            nodes,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(name: &str, column: &str, colocation: i32) -> CitusTable {
        CitusTable {
            name: name.to_owned(),
            method: "h".to_owned(),
            by_column: Some(column.to_owned()),
            colocation,
            shards: 8,
        }
    }

    fn refusal(found: &[CitusTable]) -> String {
        judge(found, None, 2).unwrap_err().to_string()
    }

    #[test]
    fn what_is_distributed_otherwise_is_named() {
        let users = by("users", "id", 1);
        assert!(refusal(&[by(WALLETS, "id", 1), users]).contains("users"));
        assert!(refusal(&[by(WALLETS, "user_id", 1)]).contains("by id"));
        let apart = [by(WALLETS, "id", 1), by("holds", "wallet_id", 2)];
        assert!(refusal(&apart).contains("undistribute_table('holds')"));
        assert!(refusal(&[by("holds", "wallet_id", 2)]).contains("as wallets are"));
        assert!(refusal(&[by(ON_EVERY_NODE, "kind", 2)]).contains(ON_EVERY_NODE));
    }

    #[test]
    fn what_is_missing_is_added_with_the_shards_that_there_are() {
        let found = [by(WALLETS, "id", 1), by("holds", "wallet_id", 1)];
        let Ok(Found::Due(plan)) = judge(&found, None, 2) else {
            panic!("something is due");
        };
        assert_eq!(
            plan.to_string(),
            "operations, adjustments by the wallet over 8 shards on 2 nodes; operation_kinds to every node"
        );
        let other = judge(&found, Some(9), 2);
        let (present, asked) = (8, 9);
        assert_eq!(other, Err(Refusal::OtherShards { present, asked }));
    }
}
