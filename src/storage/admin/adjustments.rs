//! Adjustments: operations by staff, with their reasons.
//!
//! 1. An adjustment is recorded, under a key that the form was made with.
//! 2. The engine is asked for the operation under that key, as for any operation.
//! 3. It was carried out if the ledger holds the key: nothing else is written, so nothing can disagree.
//!
//! Of a form that comes twice the second finds its row, and the engine answers both with one operation. A key whose row
//! says anything else was used for another adjustment, and is not used again.

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::domain::{Amount, IdempotencyKey, Operation, OperationKind, WalletId};
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;

/// What staff want done to a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub wallet: WalletId,
    /// Made with the form, so that a form is carried out once.
    pub id: Uuid,
    pub staff_id: i64,
    pub operation: Operation,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustmentRecorded {
    /// It is there from now on.
    New,
    /// It is there from before: the engine may have been asked for its operation already.
    Before,
    /// Another one is there under its id.
    Other,
}

/// An adjustment that the ledger does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAdjustment {
    /// What it can be sent again under; `None` where somebody wrote another key by hand.
    pub id: Option<Uuid>,
    pub operation: Operation,
    pub reason: String,
    pub staff_id: i64,
    /// `None` where somebody deleted the user by hand.
    pub staff: Option<String>,
    pub created_at: OffsetDateTime,
}

impl Adjustment {
    /// The key that its operation happens under, once.
    #[must_use]
    pub fn key(&self) -> IdempotencyKey {
        IdempotencyKey::of_adjustment(self.id)
    }
}

impl Database {
    /// Records the adjustment, before anybody carries it out.
    ///
    /// # Errors
    /// [`StorageError`]; it may be recorded all the same.
    pub async fn adjustment_insert(
        &self,
        adjustment: &Adjustment,
    ) -> Result<AdjustmentRecorded, StorageError> {
        const DOING: &str = "record an adjustment";
        let failed = query_failed(DOING);
        // A row that another request inserts at the same moment is seen the second time.
        for _ in 0..2 {
            let rows = self
                .admin_rows(
                    DOING,
                    sql::ADMIN_ADJUSTMENT_INSERT,
                    &[
                        &adjustment.wallet.0,
                        &adjustment.key().as_str(),
                        &adjustment.staff_id,
                        &adjustment.operation.kind.as_str(),
                        &Decimal::from(adjustment.operation.amount),
                        &adjustment.reason,
                    ],
                )
                .await?;
            if let Some(row) = rows.first() {
                let is_this: bool = row.try_get("is_this").map_err(&failed)?;
                let is_new: bool = row.try_get("is_new").map_err(&failed)?;
                return Ok(match (is_this, is_new) {
                    (true, true) => AdjustmentRecorded::New,
                    (true, false) => AdjustmentRecorded::Before,
                    (false, _) => AdjustmentRecorded::Other,
                });
            }
        }
        Err(StorageError::Busy { doing: DOING })
    }

    /// The wallet's newest adjustments that the ledger does not hold.
    ///
    /// # Errors
    /// [`StorageError`].
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
    let failed = query_failed("read an adjustment");
    let corrupt = || StorageError::Corrupt {
        what: "an adjustment",
    };
    let key: &str = row.try_get("idempotency_key").map_err(&failed)?;
    let kind: &str = row.try_get("kind").map_err(&failed)?;
    let amount: Decimal = row.try_get("amount").map_err(&failed)?;
    Ok(OpenAdjustment {
        id: IdempotencyKey::recorded(key).and_then(|key| key.adjustment()),
        operation: Operation {
            kind: OperationKind::parse(kind).ok_or_else(corrupt)?,
            amount: Amount::from_decimal(amount).ok_or_else(corrupt)?,
        },
        reason: row.try_get("reason").map_err(&failed)?,
        staff_id: row.try_get("staff_id").map_err(&failed)?,
        staff: row.try_get("staff").map_err(&failed)?,
        created_at: row.try_get("created_at").map_err(&failed)?,
    })
}
