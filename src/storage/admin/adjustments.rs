//! Adjustments: operations by staff, with their reasons.
//!
//! 1. An adjustment is recorded under the key of its form.
//! 2. The engine applies the operation under that key, like any operation.
//! 3. It was applied if the ledger has the key. Nothing else records that, so nothing can disagree.
//!
//! A form that is sent twice finds its row the second time, and the engine answers both with one operation. A key whose row
//! has other values belongs to another adjustment, and is refused.

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use super::rows::Columns;
use crate::domain::{Amount, IdempotencyKey, Movement, Operation, OperationKind, WalletId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// An adjustment as submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub wallet: WalletId,
    /// Made with the form, so that each form is applied once.
    pub id: Uuid,
    pub staff_id: i64,
    pub movement: Movement,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustmentRecorded {
    New,
    /// It was recorded before, and the engine may have applied it already.
    Before,
    /// Another adjustment is recorded under its id.
    Other,
}

/// An adjustment that is not in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAdjustment {
    /// Under which it can be sent again; `None` if its key was written by hand.
    pub id: Option<Uuid>,
    pub movement: Movement,
    pub reason: String,
    pub staff_id: i64,
    /// `None` if the user was deleted by hand.
    pub staff: Option<String>,
    pub created_at: OffsetDateTime,
}

impl Adjustment {
    /// Returns the idempotency key of its operation.
    #[must_use]
    pub fn key(&self) -> IdempotencyKey {
        IdempotencyKey::of_adjustment(self.id)
    }
}

impl Database {
    /// Records the adjustment, before the engine applies it.
    ///
    /// # Errors
    /// [`StorageError`]; it may be recorded all the same.
    pub async fn adjustment_insert(
        &self,
        adjustment: &Adjustment,
    ) -> Result<AdjustmentRecorded, StorageError> {
        const DOING: &str = "record an adjustment";
        let operation = adjustment.movement.operation();
        // A row that another request inserts at the same time is visible at the second attempt.
        for _ in 0..2 {
            let row = self
                .admin_row(
                    DOING,
                    sql::ADMIN_ADJUSTMENT_INSERT,
                    &[
                        &adjustment.wallet.0,
                        &adjustment.key().as_str(),
                        &adjustment.staff_id,
                        &operation.kind.as_str(),
                        &Decimal::from(operation.amount),
                        &adjustment.reason,
                        &adjustment.movement.other().map(|wallet| wallet.0),
                    ],
                )
                .await?;
            if let Some(row) = row {
                return Ok(match (row.column("is_this")?, row.column("is_new")?) {
                    (true, true) => AdjustmentRecorded::New,
                    (true, false) => AdjustmentRecorded::Before,
                    (false, _) => AdjustmentRecorded::Other,
                });
            }
        }
        Err(StorageError::Busy { doing: DOING })
    }

    /// Returns the wallet's newest adjustments that are not in the ledger.
    pub async fn adjustments_open(
        &self,
        wallet: WalletId,
        limit: i64,
    ) -> Result<Vec<OpenAdjustment>, StorageError> {
        let rows = self
            .admin_rows(
                "read a wallet's adjustments",
                sql::ADMIN_ADJUSTMENTS_OPEN,
                &[&wallet.0, &limit],
            )
            .await?;
        rows.iter().map(open).collect()
    }
}

fn open(row: &Row) -> Result<OpenAdjustment, StorageError> {
    let corrupt = || StorageError::Corrupt {
        what: "an adjustment",
    };
    let key: &str = row.column("idempotency_key")?;
    let operation = Operation {
        kind: OperationKind::parse(row.column("kind")?).ok_or_else(corrupt)?,
        amount: Amount::from_decimal(row.column("amount")?).ok_or_else(corrupt)?,
    };
    let receiver: Option<Uuid> = row.column("other_wallet")?;
    Ok(OpenAdjustment {
        id: IdempotencyKey::recorded(key).and_then(|key| key.adjustment()),
        movement: Movement::of(operation, receiver.map(WalletId)).ok_or_else(corrupt)?,
        reason: row.column("reason")?,
        staff_id: row.column("staff_id")?,
        staff: row.column("staff")?,
        created_at: row.column("created_at")?,
    })
}
