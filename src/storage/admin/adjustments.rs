//! Adjustments: operations by staff, with their reasons.
//!
//! 1. An adjustment is recorded under the key of its form, in one transaction with what it takes of its sender's ceiling
//!    (`ceiling`). One that is above the ceiling is proposed instead (`approvals`), and not applied before it is approved.
//! 2. The engine applies the operation under that key, like any operation.
//! 3. It was applied if the ledger has the key. Nothing else records that, so nothing can disagree.
//!
//! A form that is sent twice finds its row the second time, and the engine answers both with one operation. A key whose row
//! has other values belongs to another adjustment, and is refused.

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use super::ceiling::{FormAmount, Reserved};
use super::rows::Columns;
use crate::domain::staff_journal::{Action, Actor, StaffAction, Subject};
use crate::domain::{
    Amount, Balance, IdempotencyKey, Movement, Operation, OperationKind, Role, WalletId,
};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;
use crate::storage::transaction::Transaction;

/// Proposals of one member of staff that may wait at once.
const WAITING_MAX: i64 = 50;

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

/// What became of an adjustment before the engine is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustmentRecorded {
    /// The engine may be asked.
    Recorded {
        /// The first time; otherwise the engine may have applied it already.
        is_new: bool,
        /// After a final refusal, what it took of the ceiling has to be released.
        is_reserved: bool,
    },
    /// It waits for a second person, or did, as the proposal of this number.
    Proposed(i64),
    /// Another adjustment is recorded under its id.
    Other,
    /// It would have to wait, and too many of its sender's do.
    TooManyWait,
    /// Its sender may not adjust any more.
    MayNot,
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

    /// Returns the entry of the journal about what somebody does with it.
    #[must_use]
    pub fn entry(&self, action: Action, by: Actor) -> StaffAction {
        let operation = self.movement.operation();
        let entry = by
            .did(action)
            .to(Subject::Wallet(self.wallet))
            .under(self.id)
            .with("kind", operation.kind.as_str())
            .with("amount", operation.amount)
            .with("reason", &self.reason);
        match self.movement.other() {
            Some(other) => entry.with("to", other),
            None => entry,
        }
    }

    /// Returns what it takes of its sender's ceiling.
    #[must_use]
    pub fn form(&self) -> FormAmount {
        FormAmount {
            staff_id: self.staff_id,
            wallet: self.wallet,
            form: self.id,
            amount: self.movement.operation().amount,
        }
    }
}

impl Database {
    /// Records the adjustment, before the engine applies it, or proposes it; with an entry of the journal.
    ///
    /// # Errors
    /// [`StorageError`]; it may be recorded all the same.
    pub async fn adjustment_record(
        &self,
        adjustment: &Adjustment,
        ceiling: Balance,
        by: &Actor,
    ) -> Result<AdjustmentRecorded, StorageError> {
        let transaction = self.transaction("record an adjustment").await?;
        let recorded = transaction.adjustment(adjustment, ceiling, by).await?;
        match recorded {
            AdjustmentRecorded::Recorded { .. } | AdjustmentRecorded::Proposed(_) => {
                transaction.commit().await?;
            }
            AdjustmentRecorded::Other
            | AdjustmentRecorded::TooManyWait
            | AdjustmentRecorded::MayNot => transaction.rollback().await?,
        }
        Ok(recorded)
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

impl Transaction {
    async fn adjustment(
        &self,
        adjustment: &Adjustment,
        ceiling: Balance,
        by: &Actor,
    ) -> Result<AdjustmentRecorded, StorageError> {
        let role = match self.staff_role(adjustment.staff_id).await? {
            Some(role) if role >= Role::Operator => role,
            Some(_) | None => return Ok(AdjustmentRecorded::MayNot),
        };
        let Some(is_new) = self.insert(adjustment).await? else {
            return Ok(AdjustmentRecorded::Other);
        };
        let key = adjustment.key();
        let values = &[&adjustment.wallet.0 as _, &key.as_str() as _];
        if let Some(row) = self.row(sql::ADMIN_APPROVAL_OF, values).await? {
            return Ok(AdjustmentRecorded::Proposed(row.column("id")?));
        }
        let is_reserved = match self.reserve(&adjustment.form(), role, ceiling).await? {
            Reserved::Held => true,
            Reserved::NotNeeded => false,
            Reserved::MayNot => return Ok(AdjustmentRecorded::MayNot),
            Reserved::Above => return self.propose(adjustment, by).await,
        };
        let entry = adjustment.entry(Action::Adjustment, by.clone());
        self.journal(&entry, None).await?;
        Ok(AdjustmentRecorded::Recorded {
            is_new,
            is_reserved,
        })
    }

    /// Returns whether the adjustment is new; `None` if another one has its key.
    async fn insert(&self, adjustment: &Adjustment) -> Result<Option<bool>, StorageError> {
        let operation = adjustment.movement.operation();
        // A row that another transaction inserts at the same time is visible at the second attempt.
        for _ in 0..2 {
            let row = self
                .row(
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
                let is_new: bool = row.column("is_new")?;
                let is_this: bool = row.column("is_this")?;
                return Ok(is_this.then_some(is_new));
            }
        }
        Err(StorageError::Busy {
            doing: "record an adjustment",
        })
    }

    async fn propose(
        &self,
        adjustment: &Adjustment,
        by: &Actor,
    ) -> Result<AdjustmentRecorded, StorageError> {
        let key = adjustment.key();
        let values = &[
            &adjustment.wallet.0 as _,
            &key.as_str() as _,
            &adjustment.staff_id as _,
            &WAITING_MAX as _,
        ];
        let row = self.row(sql::ADMIN_APPROVAL_INSERT, values).await?;
        let Some(row) = row else {
            return Ok(AdjustmentRecorded::TooManyWait);
        };
        let entry = adjustment.entry(Action::AdjustmentProposed, by.clone());
        self.journal(&entry, None).await?;
        Ok(AdjustmentRecorded::Proposed(row.column("id")?))
    }
}

/// Reads the columns `kind`, `amount` and `other_wallet`.
pub(super) fn movement(row: &Row) -> Result<Movement, StorageError> {
    let corrupt = || StorageError::Corrupt {
        what: "an adjustment",
    };
    let operation = Operation {
        kind: OperationKind::parse(row.column("kind")?).ok_or_else(corrupt)?,
        amount: Amount::from_decimal(row.column("amount")?).ok_or_else(corrupt)?,
    };
    let receiver: Option<Uuid> = row.column("other_wallet")?;
    Movement::of(operation, receiver.map(WalletId)).ok_or_else(corrupt)
}

fn open(row: &Row) -> Result<OpenAdjustment, StorageError> {
    let key: &str = row.column("idempotency_key")?;
    Ok(OpenAdjustment {
        id: IdempotencyKey::recorded(key).and_then(|key| key.adjustment()),
        movement: movement(row)?,
        reason: row.column("reason")?,
        staff_id: row.column("staff_id")?,
        staff: row.column("staff")?,
        created_at: row.column("created_at")?,
    })
}
