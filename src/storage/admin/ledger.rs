//! A wallet's ledger, with the reasons of what staff did.

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio_postgres::Row;

use super::note::RowNote;
use super::page::{Page, rows_to_read};
use super::rows::Columns;
use crate::domain::linked::TransferId;
use crate::domain::{Amount, Balance, OperationKind, Sign, WalletId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// One query of all exports at a time: exports are not urgent, and operations need the connections.
static EXPORTS: Semaphore = Semaphore::const_new(1);

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    pub seq: i64,
    /// As in the ledger, so a kind that only a newer engine knows is there too.
    pub kind: String,
    /// What it did to the balance; `None` if the database does not know the kind.
    pub sign: Option<Sign>,
    pub amount: Amount,
    pub balance_after: Balance,
    /// How much of it was held.
    pub held_after: Balance,
    pub created_at: OffsetDateTime,
    pub key: Option<String>,
    pub reference: Option<String>,
    pub transfer: Option<RowTransfer>,
    /// The hold that it placed, captured or released.
    pub hold: Option<i64>,
    /// Of a row that placed a hold, when it expires; of a release, when the hold expired, if that was why.
    pub expires_at: Option<OffsetDateTime>,
    /// The `seq` of the row that it reverses.
    pub reverses: Option<i64>,
    /// The rows that reverse it, oldest first, and what they gave back. What a search found has neither.
    pub reversed_by: Vec<i64>,
    pub reversed: Balance,
    /// The rules from here on, if it changed them: those that are not the default, as JSON.
    pub rules: Option<String>,
    /// Of an operation by staff; of a transfer, in both ledgers.
    pub note: Option<RowNote>,
}

/// The other side of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowTransfer {
    /// In both ledgers.
    pub id: TransferId,
    pub other_wallet: WalletId,
    pub other_seq: i64,
}

/// The balance from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceAt {
    pub at: OffsetDateTime,
    pub balance: Balance,
}

impl LedgerRow {
    /// Returns the idempotency key that a client chose; a row of staff has that of their form, and a reason instead.
    #[must_use]
    pub fn client_key(&self) -> Option<&str> {
        let reason = self.note.as_ref().and_then(|note| note.reason.as_ref());
        self.key.as_deref().filter(|_| reason.is_none())
    }

    /// Returns how much of it can be reversed still; `None`: nothing.
    #[must_use]
    pub fn reversible(&self) -> Option<Amount> {
        OperationKind::parse(&self.kind)?.reversed_by()?;
        Amount::from_cents(self.amount.cents() - self.reversed.cents())
    }
}

impl Database {
    /// Returns a page of the wallet's operations, newest first: those with a `seq` below the given one.
    ///
    /// # Errors
    /// [`StorageError`], here and below.
    pub async fn wallet_ledger(
        &self,
        wallet: WalletId,
        below: Option<i64>,
        limit: u16,
    ) -> Result<Page<LedgerRow, i64>, StorageError> {
        let below = below.unwrap_or(i64::MAX);
        let rows = self
            .admin_rows(
                "read a wallet's ledger",
                self.ledger_statement(),
                &[&wallet.0, &below, &rows_to_read(limit)],
            )
            .await?;
        Ok(Page::of(ledger(&rows)?, limit, |row| row.seq))
    }

    /// Returns all operations of the wallet from one `seq` to another, oldest first.
    ///
    /// # Errors
    /// [`StorageError`]; `Corrupt` if one is missing.
    pub async fn wallet_export(
        &self,
        wallet: WalletId,
        first: i64,
        last: i64,
    ) -> Result<Vec<LedgerRow>, StorageError> {
        const DOING: &str = "export a wallet's ledger";
        let permit = EXPORTS.acquire().await;
        let _permit = permit.map_err(|_| StorageError::Busy { doing: DOING })?;
        let below = last.saturating_add(1);
        let length = below.saturating_sub(first);
        let rows = self
            .admin_rows(
                DOING,
                self.ledger_statement(),
                &[&wallet.0, &below, &length],
            )
            .await?;
        let mut rows = ledger(&rows)?;
        rows.reverse();
        let gapless = rows.iter().map(|row| row.seq).eq(first..=last);
        gapless.then_some(rows).ok_or(StorageError::Corrupt {
            what: "a ledger with gaps",
        })
    }

    fn ledger_statement(&self) -> &'static str {
        self.variant(
            sql::ADMIN_WALLET_LEDGER,
            sql::ADMIN_WALLET_LEDGER_DISTRIBUTED,
        )
    }

    /// Returns the wallet's balances over time, oldest first: after each operation up to `version`, or after evenly spaced
    /// ones and the last, so that there are hardly more than `points`.
    pub async fn wallet_balances(
        &self,
        wallet: WalletId,
        version: i64,
        points: i64,
    ) -> Result<Vec<BalanceAt>, StorageError> {
        let step = version.div_euclid(points.max(1)).max(1);
        let rows = self
            .admin_rows(
                "read a wallet's balances",
                sql::ADMIN_WALLET_BALANCES,
                &[&wallet.0, &version, &step],
            )
            .await?;
        let balance = |row: &Row| {
            let balance: Decimal = row.column("balance_after")?;
            let corrupt = StorageError::Corrupt { what: "a balance" };
            Ok(BalanceAt {
                at: row.column("created_at")?,
                balance: Balance::from_decimal(balance).ok_or(corrupt)?,
            })
        };
        rows.iter().map(balance).collect()
    }
}

fn ledger(rows: &[Row]) -> Result<Vec<LedgerRow>, StorageError> {
    rows.iter().map(operation).collect()
}

pub(super) fn operation(row: &Row) -> Result<LedgerRow, StorageError> {
    let corrupt = || StorageError::Corrupt {
        what: "an operation",
    };
    let balance = |column: &str| {
        let balance: Option<Decimal> = row.column(column)?;
        let balance = Balance::from_decimal(balance.unwrap_or_default());
        balance.ok_or_else(corrupt)
    };
    let amount = Amount::from_decimal_or_zero(row.column("amount")?);
    let reversed_by: Option<Vec<i64>> = row.column("reversed_by")?;
    // Other operations that belong together name each other as well.
    let transfer = match row.column("transfer_id")? {
        None => None,
        Some(id) => Some(RowTransfer {
            id: TransferId(id),
            other_wallet: WalletId(row.column("other_wallet")?),
            other_seq: row.column("other_seq")?,
        }),
    };
    let sign: Option<i16> = row.column("balance_sign")?;
    Ok(LedgerRow {
        seq: row.column("seq")?,
        kind: row.column("kind")?,
        sign: sign.and_then(Sign::from_number),
        amount: amount.ok_or_else(corrupt)?,
        balance_after: balance("balance_after")?,
        held_after: balance("held_after")?,
        created_at: row.column("created_at")?,
        key: row.column("idempotency_key")?,
        reference: row.column("reference")?,
        transfer,
        hold: row.column("hold_seq")?,
        expires_at: row.column("expires_at")?,
        reverses: row.column("reverses_seq")?,
        reversed_by: reversed_by.unwrap_or_default(),
        reversed: balance("reversed")?,
        rules: row.column("rules")?,
        note: RowNote::of(row)?,
    })
}
