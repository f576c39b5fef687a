//! The ceiling of what an operator moves alone within a day, by the database's clock.
//!
//! 1. A form's amount is reserved before the engine is asked, in a transaction that holds the row of who sent it: two forms at
//!    once, on any engines, are reserved one after the other.
//! 2. What the engine finally refused is released. What may have happened, or may still, stays reserved.
//! 3. A form that is sent again counts once. Its attempts are counted, as one of them may be refused while another one happens.
//!
//! An operation that is in the ledger already needs no reservation: the engine answers with it, and does nothing.

use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::rows::Columns;
use crate::domain::staff_journal::StaffAction;
use crate::domain::{Amount, Balance, IdempotencyKey, Role, WalletId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;
use crate::storage::transaction::Transaction;

/// A form of staff that moves money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormAmount {
    pub staff_id: i64,
    pub wallet: WalletId,
    /// The form's key.
    pub form: Uuid,
    pub amount: Amount,
}

/// What became of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// The engine may be asked; after a final refusal this has to be released.
    Held,
    /// The engine may be asked: nothing is to be reserved.
    NotNeeded,
    /// It is above what is left of the ceiling.
    Above,
    /// They may not move money any more.
    MayNot,
}

impl Database {
    /// Reserves a form's amount, if who sent it needs that, with the entry of the journal about what it is reserved for.
    pub async fn amount_reserve(
        &self,
        form: &FormAmount,
        ceiling: Balance,
        entry: &StaffAction,
    ) -> Result<Reserved, StorageError> {
        let transaction = self.transaction("reserve an amount").await?;
        let reserved = match transaction.staff_role(form.staff_id).await? {
            Some(role) if role >= Role::Operator => {
                transaction.reserve(form, role, ceiling).await?
            }
            Some(_) | None => Reserved::MayNot,
        };
        if matches!(reserved, Reserved::Held | Reserved::NotNeeded) {
            transaction.journal(entry, None).await?;
        }
        transaction.commit().await?;
        Ok(reserved)
    }

    /// Releases an attempt that was finally refused.
    pub async fn amount_release(&self, form: &FormAmount) -> Result<(), StorageError> {
        let values = &[&form.staff_id as _, &form.wallet.0 as _, &form.form as _];
        self.admin_rows("release an amount", sql::ADMIN_AMOUNT_RELEASE, values)
            .await?;
        Ok(())
    }

    /// Returns what a member of staff has reserved within a day, besides this form.
    pub async fn amount_moved(&self, form: &FormAmount) -> Result<Balance, StorageError> {
        let values = &[&form.staff_id as _, &form.wallet.0 as _, &form.form as _];
        let row = self
            .admin_row("read a ceiling", sql::ADMIN_AMOUNT_MOVED, values)
            .await?;
        let moved: Decimal = row.map_or(Ok(Decimal::ZERO), |row| row.column("amount"))?;
        // Supervisors reserve nothing, and the ceiling is a balance: a sum beyond one was reserved under a higher ceiling.
        Ok(Balance::from_decimal(moved).unwrap_or(Balance::MAX))
    }
}

impl Transaction {
    /// Locks the row of a member of staff, and returns their role; `None` if they may not sign in.
    pub(super) async fn staff_role(&self, staff_id: i64) -> Result<Option<Role>, StorageError> {
        let row = self.row(sql::ADMIN_STAFF_LOCK, &[&staff_id]).await?;
        row.map(|row: Row| {
            let role: &str = row.column("role")?;
            Role::parse(role).ok_or(StorageError::Corrupt { what: "a role" })
        })
        .transpose()
    }

    /// Reserves a form's amount, if somebody of this role needs that; their row is locked.
    pub(super) async fn reserve(
        &self,
        form: &FormAmount,
        role: Role,
        ceiling: Balance,
    ) -> Result<Reserved, StorageError> {
        if role >= Role::Supervisor {
            return Ok(Reserved::NotNeeded);
        }
        let key = IdempotencyKey::of_adjustment(form.form);
        let values = &[
            &form.staff_id as _,
            &form.wallet.0 as _,
            &form.form as _,
            &Decimal::from(form.amount) as _,
            &Decimal::from(ceiling) as _,
            &key.as_str() as _,
        ];
        let row = self.row(sql::ADMIN_AMOUNT_RESERVE, values).await?;
        let row = row.ok_or(StorageError::Corrupt {
            what: "a reservation",
        })?;
        Ok(match (row.column("is_reserved")?, row.column("is_done")?) {
            (true, _) => Reserved::Held,
            (false, true) => Reserved::NotNeeded,
            (false, false) => Reserved::Above,
        })
    }
}
