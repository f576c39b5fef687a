//! What happened to a wallet, with the reasons of the adjustments among it.

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio_postgres::Row;

use crate::domain::{Amount, Balance, Sign, WalletId};
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;

/// One page of all exports at a time: they have time, and the connections are needed for operations.
static EXPORTS: Semaphore = Semaphore::const_new(1);

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// Its place in the wallet's ledger.
    pub seq: i64,
    /// As the ledger has it: also one that only a newer engine knows.
    pub kind: String,
    /// What it did to the balance; `None`: the database does not know the kind.
    pub sign: Option<Sign>,
    pub amount: Amount,
    pub balance_after: Balance,
    pub created_at: OffsetDateTime,
    pub key: Option<String>,
    /// If staff made it.
    pub adjustment: Option<RowAdjustment>,
}

/// Why staff made an operation, and who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowAdjustment {
    pub reason: String,
    pub staff_id: i64,
    /// `None` where somebody deleted the user by hand.
    pub staff: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerPage {
    /// Newest first.
    pub rows: Vec<LedgerRow>,
    /// Below which `seq` the next page begins; `None`: there is none.
    pub next_below: Option<i64>,
}

/// What a wallet held from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceAt {
    pub at: OffsetDateTime,
    pub balance: Balance,
}

impl Database {
    /// The wallet's operations below this `seq`, `limit` at most.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn wallet_ledger(
        &self,
        wallet: WalletId,
        below: Option<i64>,
        limit: u16,
    ) -> Result<LedgerPage, StorageError> {
        let below = below.unwrap_or(i64::MAX);
        let rows = self
            .admin_rows(
                "read a wallet's ledger",
                sql::ADMIN_WALLET_LEDGER,
                &[&wallet.0, &below, &i64::from(limit)],
            )
            .await?;
        let rows = ledger(&rows)?;
        // Numbers have no gaps, so what is above the first has a next page.
        let last = rows.last().map(|row| row.seq);
        Ok(LedgerPage {
            next_below: last.filter(|seq| *seq > 1 && rows.len() == usize::from(limit)),
            rows,
        })
    }

    /// The wallet's operations from one `seq` to another, oldest first, each of them.
    ///
    /// # Errors
    /// [`StorageError`]; `Corrupt`, if one is missing.
    pub async fn wallet_export(
        &self,
        wallet: WalletId,
        first: i64,
        last: i64,
    ) -> Result<Vec<LedgerRow>, StorageError> {
        const DOING: &str = "export a wallet's ledger";
        let turn = EXPORTS.acquire().await;
        let _turn = turn.map_err(|_| StorageError::Busy { doing: DOING })?;
        let rows = self
            .admin_rows(DOING, sql::ADMIN_WALLET_EXPORT, &[&wallet.0, &first, &last])
            .await?;
        let rows = ledger(&rows)?;
        let gapless = rows.iter().map(|row| row.seq).eq(first..=last);
        gapless.then_some(rows).ok_or(StorageError::Corrupt {
            what: "a ledger with gaps",
        })
    }

    /// What the wallet held over its time, oldest first: after each operation up to `version`, or after evenly chosen
    /// ones and the last, so that there are hardly more than `points`.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn wallet_balances(
        &self,
        wallet: WalletId,
        version: i64,
        points: i64,
    ) -> Result<Vec<BalanceAt>, StorageError> {
        let failed = query_failed("read a balance of the past");
        let step = version.div_euclid(points.max(1)).max(1);
        let rows = self
            .admin_rows(
                "read a wallet's balances",
                sql::ADMIN_WALLET_BALANCES,
                &[&wallet.0, &version, &step],
            )
            .await?;
        let balance = |row: &Row| {
            let balance: Decimal = row.try_get("balance_after").map_err(&failed)?;
            let corrupt = StorageError::Corrupt { what: "a balance" };
            Ok(BalanceAt {
                at: row.try_get("created_at").map_err(&failed)?,
                balance: Balance::from_decimal(balance).ok_or(corrupt)?,
            })
        };
        rows.iter().map(balance).collect()
    }
}

fn ledger(rows: &[Row]) -> Result<Vec<LedgerRow>, StorageError> {
    let failed = query_failed("read a row of a ledger");
    let corrupt = || StorageError::Corrupt {
        what: "an operation",
    };
    let mut ledger = Vec::with_capacity(rows.len());
    for row in rows {
        let reason: Option<String> = row.try_get("reason").map_err(&failed)?;
        let adjustment = match reason {
            None => None,
            Some(reason) => Some(RowAdjustment {
                reason,
                staff_id: row.try_get("staff_id").map_err(&failed)?,
                staff: row.try_get("staff").map_err(&failed)?,
            }),
        };
        let sign: Option<i16> = row.try_get("balance_sign").map_err(&failed)?;
        let amount: Decimal = row.try_get("amount").map_err(&failed)?;
        let balance: Decimal = row.try_get("balance_after").map_err(&failed)?;
        ledger.push(LedgerRow {
            seq: row.try_get("seq").map_err(&failed)?,
            kind: row.try_get("kind").map_err(&failed)?,
            sign: sign.and_then(Sign::from_number),
            amount: Amount::from_decimal(amount).ok_or_else(corrupt)?,
            balance_after: Balance::from_decimal(balance).ok_or_else(corrupt)?,
            created_at: row.try_get("created_at").map_err(&failed)?,
            key: row.try_get("idempotency_key").map_err(&failed)?,
            adjustment,
        });
    }
    Ok(ledger)
}
