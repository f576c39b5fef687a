//! What a wallet has beyond its balance, in the panel: the rows of a hold, and the history of its rules.

use time::OffsetDateTime;
use tokio_postgres::Row;

use super::note::RowNote;
use super::page::{Page, rows_to_read};
use super::rows::Columns;
use crate::domain::rules::Rules;
use crate::domain::{Amount, WalletId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::{rules, sql};

/// Rows of a hold that are read at most.
const HOLD_ROWS_MAX: i64 = 200;

/// A row that placed, captured or released a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRow {
    pub seq: i64,
    pub kind: String,
    pub amount: Amount,
    pub created_at: OffsetDateTime,
    pub note: Option<RowNote>,
}

/// A change of a wallet's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesRow {
    pub seq: i64,
    pub kind: String,
    pub created_at: OffsetDateTime,
    pub before: Rules,
    pub after: Rules,
    pub note: Option<RowNote>,
}

impl Database {
    /// Returns the first rows of a hold, oldest first.
    pub async fn hold_rows(
        &self,
        wallet: WalletId,
        hold: i64,
    ) -> Result<Vec<HoldRow>, StorageError> {
        let rows = self
            .admin_rows(
                "read the rows of a hold",
                sql::ADMIN_HOLD_ROWS,
                &[&wallet.0, &hold, &HOLD_ROWS_MAX],
            )
            .await?;
        rows.iter().map(hold_row).collect()
    }

    /// Returns a page of the changes of the wallet's rules, newest first: those with a `seq` below the given one.
    pub async fn wallet_rules(
        &self,
        wallet: WalletId,
        below: Option<i64>,
        limit: u16,
    ) -> Result<Page<RulesRow, i64>, StorageError> {
        let below = below.unwrap_or(i64::MAX);
        let rows = self
            .admin_rows(
                "read the changes of a wallet's rules",
                sql::ADMIN_WALLET_RULES,
                &[&wallet.0, &below, &rows_to_read(limit)],
            )
            .await?;
        let rows: Result<Vec<_>, _> = rows.iter().map(rules_row).collect();
        Ok(Page::of(rows?, limit, |row| row.seq))
    }
}

fn hold_row(row: &Row) -> Result<HoldRow, StorageError> {
    let amount = Amount::from_decimal(row.column("amount")?);
    Ok(HoldRow {
        seq: row.column("seq")?,
        kind: row.column("kind")?,
        amount: amount.ok_or(StorageError::Corrupt {
            what: "a row of a hold",
        })?,
        created_at: row.column("created_at")?,
        note: RowNote::of(row)?,
    })
}

fn rules_row(row: &Row) -> Result<RulesRow, StorageError> {
    let read = |column: &str| {
        let text: Option<&str> = row.column(column)?;
        text.map_or(Ok(Rules::default()), rules::read)
    };
    Ok(RulesRow {
        seq: row.column("seq")?,
        kind: row.column("kind")?,
        created_at: row.column("created_at")?,
        before: read("rules_before")?,
        after: read("rules")?,
        note: RowNote::of(row)?,
    })
}
