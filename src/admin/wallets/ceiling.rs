//! The ceiling of an operator, as the pages show it. What is enforced is decided in the database (`storage::admin`).

use actix_web::web;

use crate::admin::page::Shell;
use crate::config::AdjustCeiling;
use crate::domain::{Balance, Role};
use crate::storage::admin::FormAmount;
use crate::storage::{Database, StorageError};

/// Returns the ceiling as an amount of money.
pub fn of(ceiling: &web::Data<AdjustCeiling>) -> Balance {
    Balance::from_cents(ceiling.cents).unwrap_or(Balance::MAX)
}

/// Returns what the reader may still move alone, if the form's amount is above it.
pub async fn exceeded(
    shell: &Shell,
    form: &FormAmount,
    ceiling: Balance,
    database: &Database,
) -> Result<Option<Balance>, StorageError> {
    if shell.staff.role >= Role::Supervisor {
        return Ok(None);
    }
    let left = ceiling.above(database.amount_moved(form).await?);
    Ok(left.minus(form.amount).is_none().then_some(left))
}
