//! What is known of an operation that is to be reversed.

use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;
use crate::domain::linked::{Counterpart, TransferId};
use crate::domain::reversal::Original;
use crate::domain::{Amount, Balance, Operation, OperationKind, WalletId};
use crate::engine::ReadError;

impl Database {
    pub(super) async fn operation_original(
        &self,
        wallet: WalletId,
        seq: i64,
    ) -> Result<Option<Option<Original>>, ReadError> {
        let read = self
            .rows_of_wallet_as_of(
                "read an operation that is to be reversed",
                wallet,
                sql::OPERATION_ORIGINAL,
                &[&wallet.0, &seq],
            )
            .await;
        let (rows, incarnation) = read.map_err(|error| ReadError::Unanswered(error.into()))?;
        let original = rows.first().map(|row| original(seq, row, incarnation));
        original
            .transpose()
            .map_err(|error| ReadError::Unreadable(error.into()))
    }
}

fn original(seq: i64, row: &Row, incarnation: u64) -> Result<Option<Original>, StorageError> {
    let failed = query_failed("read an operation that is to be reversed");
    let corrupt = || StorageError::Corrupt {
        what: "an operation",
    };
    let Some(kind) = row.try_get::<_, Option<&str>>("kind").map_err(&failed)? else {
        return Ok(None);
    };
    let amount: Decimal = row.try_get("amount").map_err(&failed)?;
    let reversed: Decimal = row.try_get("reversed").map_err(&failed)?;
    let transfer: Option<Uuid> = row.try_get("transfer_id").map_err(&failed)?;
    let other_wallet: Option<Uuid> = row.try_get("other_wallet").map_err(&failed)?;
    let other_seq: Option<i64> = row.try_get("other_seq").map_err(&failed)?;
    Ok(Some(Original {
        seq,
        operation: Operation {
            kind: OperationKind::parse(kind).ok_or_else(corrupt)?,
            amount: Amount::from_decimal_or_zero(amount).ok_or_else(corrupt)?,
        },
        counterpart: other_wallet
            .zip(other_seq)
            .map(|(wallet, seq)| Counterpart {
                wallet: WalletId(wallet),
                seq,
                transfer: transfer.map(TransferId),
            }),
        reversed: Balance::from_decimal(reversed).ok_or_else(corrupt)?,
        as_of: row.try_get("as_of").map_err(&failed)?,
        incarnation,
    }))
}
