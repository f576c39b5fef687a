//! A wallet's balance at a moment of its past.

use rust_decimal::Decimal;
use tokio_postgres::Row;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;
use crate::domain::history::{BalanceAt, PastBalance};
use crate::domain::{Balance, WalletId};
use crate::engine::ReadError;

impl Database {
    pub(super) async fn wallet_balance_at(
        &self,
        wallet: WalletId,
        at: BalanceAt,
    ) -> Result<Option<Option<PastBalance>>, ReadError> {
        let (time, seq) = match at {
            BalanceAt::Time(time) => (Some(time), None),
            BalanceAt::Operation(seq) => (None, Some(seq)),
        };
        let rows = self
            .rows_of_wallet(
                "read a wallet's balance in the past",
                wallet,
                sql::WALLET_BALANCE_AT,
                &[&wallet.0, &time, &seq],
            )
            .await;
        let rows = rows.map_err(|error| ReadError::Unanswered(error.into()))?;
        let balance = rows.first().map(|row| past_balance(row, at));
        balance
            .transpose()
            .map_err(|error| ReadError::Unreadable(error.into()))
    }
}

fn past_balance(row: &Row, at: BalanceAt) -> Result<Option<PastBalance>, StorageError> {
    let failed = query_failed("read a balance in the past");
    let corrupt = || StorageError::Corrupt { what: "a balance" };
    let Some(version) = row.try_get::<_, Option<i64>>("seq").map_err(&failed)? else {
        return Ok(match at {
            // Before the first operation.
            BalanceAt::Time(time) => Some(PastBalance {
                balance: Balance::ZERO,
                held: Balance::ZERO,
                version: 0,
                as_of: time,
            }),
            BalanceAt::Operation(_) => None,
        });
    };
    let balance: Decimal = row.try_get("balance_after").map_err(&failed)?;
    let held: Option<Decimal> = row.try_get("held_after").map_err(&failed)?;
    Ok(Some(PastBalance {
        balance: Balance::from_decimal(balance).ok_or_else(corrupt)?,
        held: Balance::from_decimal(held.unwrap_or_default()).ok_or_else(corrupt)?,
        version,
        as_of: match at {
            BalanceAt::Time(time) => time,
            BalanceAt::Operation(_) => row.try_get("created_at").map_err(&failed)?,
        },
    }))
}
