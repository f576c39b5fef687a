//! Pages of a wallet's ledger.

use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::{rules, sql};
use crate::domain::history::{HistoryPage, HistoryQuery, PastOperation, PastTransfer};
use crate::domain::linked::TransferId;
use crate::domain::{Amount, Balance, Operation, OperationKind, Principal, Reference, WalletId};
use crate::engine::ReadError;

/// The limit of operations that a page scans for those of its kind: some milliseconds.
const SCANNED_MAX: i64 = 10_000;

impl Database {
    pub(super) async fn operations_page(
        &self,
        wallet: WalletId,
        query: &HistoryQuery,
    ) -> Result<Option<HistoryPage>, ReadError> {
        let rows = self
            .rows_of_wallet(
                "read a wallet's history",
                wallet,
                sql::OPERATIONS_PAGE,
                &[
                    &wallet.0,
                    &query.below,
                    &query.filter.kind.map(OperationKind::as_str),
                    &query.filter.from,
                    &query.filter.to,
                    &i64::from(query.limit),
                    &SCANNED_MAX,
                ],
            )
            .await;
        let rows = rows.map_err(|error| ReadError::Unanswered(error.into()))?;
        let page = rows.first().map(|first| page(&rows, first, query.limit));
        page.transpose()
            .map_err(|error| ReadError::Unreadable(error.into()))
    }
}

fn page(rows: &[Row], head: &Row, limit: u16) -> Result<HistoryPage, StorageError> {
    let failed = query_failed("read a page of a history");
    let first: i64 = head.try_get("first").map_err(&failed)?;
    let lowest: i64 = head.try_get("lowest").map_err(&failed)?;
    let operations: Vec<PastOperation> = rows
        .iter()
        .filter_map(|row| past_operation(row).transpose())
        .collect::<Result<_, _>>()?;
    // A full page ends with its last operation, any other with the last one that was scanned.
    let end = match operations.last() {
        Some(last) if operations.len() == usize::from(limit) => last.seq,
        _ => lowest,
    };
    Ok(HistoryPage {
        operations,
        next_below: (end > first).then_some(end),
    })
}

/// Reads the row's operation; `None` if it has none.
pub(super) fn past_operation(row: &Row) -> Result<Option<PastOperation>, StorageError> {
    let failed = query_failed("read an operation");
    let Some(seq) = row.try_get::<_, Option<i64>>("seq").map_err(&failed)? else {
        return Ok(None);
    };
    let held: Option<Decimal> = row.try_get("held_after").map_err(&failed)?;
    let rules: Option<&str> = row.try_get("rules").map_err(&failed)?;
    let text = |column| {
        let text: Option<&str> = row.try_get(column).map_err(&failed)?;
        Ok(text.map(Into::into))
    };
    let balance: Decimal = row.try_get("balance_after").map_err(&failed)?;
    let corrupt = || StorageError::Corrupt {
        what: "an operation",
    };
    Ok(Some(PastOperation {
        seq,
        operation: operation(row)?,
        balance_after: Balance::from_decimal(balance).ok_or_else(corrupt)?,
        held_after: Balance::from_decimal(held.unwrap_or_default()).ok_or_else(corrupt)?,
        created_at: row.try_get("created_at").map_err(&failed)?,
        transfer: transfer(row)?,
        reference: reference(row)?,
        hold: row.try_get("hold_seq").map_err(&failed)?,
        expires_at: row.try_get("expires_at").map_err(&failed)?,
        reverses: row.try_get("reverses_seq").map_err(&failed)?,
        reversed_by: row.try_get("reversed_by").map_err(&failed)?,
        rules: rules.map(rules::read).transpose()?,
        reason: text("reason")?,
        principal: text("actor")?.map(|actor| Principal::recorded(&actor)),
    }))
}

/// Returns what the row's operation did.
pub(super) fn operation(row: &Row) -> Result<Operation, StorageError> {
    let failed = query_failed("read an operation");
    let corrupt = || StorageError::Corrupt {
        what: "an operation",
    };
    let kind: &str = row.try_get("kind").map_err(&failed)?;
    let amount: Decimal = row.try_get("amount").map_err(&failed)?;
    Ok(Operation {
        kind: OperationKind::parse(kind).ok_or_else(corrupt)?,
        amount: Amount::from_decimal_or_zero(amount).ok_or_else(corrupt)?,
    })
}

/// Returns the row's reference, if it has one.
pub(super) fn reference(row: &Row) -> Result<Option<Reference>, StorageError> {
    let failed = query_failed("read a reference");
    let text: Option<&str> = row.try_get("reference").map_err(failed)?;
    let corrupt = || StorageError::Corrupt {
        what: "a reference",
    };
    text.map(|text| Reference::parse(text).ok_or_else(corrupt))
        .transpose()
}

/// Returns the transfer that the row belongs to, if it belongs to one.
pub(super) fn transfer(row: &Row) -> Result<Option<PastTransfer>, StorageError> {
    let failed = query_failed("read a transfer");
    let id: Option<Uuid> = row.try_get("transfer_id").map_err(&failed)?;
    let other: Option<Uuid> = row.try_get("other_wallet").map_err(&failed)?;
    Ok(id.zip(other).map(|(id, other)| PastTransfer {
        id: TransferId(id),
        other_wallet: WalletId(other),
    }))
}
