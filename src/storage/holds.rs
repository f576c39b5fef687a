//! Holds, as the ledger has them.

use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;
use crate::domain::history::{HoldsPage, HoldsQuery};
use crate::domain::hold::{Hold, HoldStatus};
use crate::domain::{Amount, Balance, Reference, WalletId};
use crate::engine::ReadError;

/// The limit of holds that a page scans for those of its status: some milliseconds.
const SCANNED_MAX: i64 = 1_000;
/// The limit of expired holds that are searched for wallets: no one wallet has as many.
const EXPIRED_MAX: i64 = 10_000;

impl Database {
    /// Returns the wallet's hold of that number: the page that begins with it, of one.
    pub(super) async fn hold_find(
        &self,
        wallet: WalletId,
        id: i64,
        as_of: Option<i64>,
    ) -> Result<Option<Option<Hold>>, ReadError> {
        let query = HoldsQuery {
            status: None,
            below: id.checked_add(1),
            limit: 1,
        };
        let page = self.holds_as_of(wallet, &query, as_of).await?;
        // Without a hold of that number, it begins with an earlier one.
        Ok(page.map(|page| page.holds.into_iter().find(|hold| hold.id == id)))
    }

    pub(super) async fn holds_page(
        &self,
        wallet: WalletId,
        query: &HoldsQuery,
    ) -> Result<Option<HoldsPage>, ReadError> {
        self.holds_as_of(wallet, query, None).await
    }

    async fn holds_as_of(
        &self,
        wallet: WalletId,
        query: &HoldsQuery,
        as_of: Option<i64>,
    ) -> Result<Option<HoldsPage>, ReadError> {
        let rows = self
            .rows_of_wallet(
                "read a wallet's holds",
                wallet,
                sql::HOLDS_PAGE,
                &[
                    &wallet.0,
                    &query.below,
                    &query.status.map(HoldStatus::as_str),
                    &i64::from(query.limit),
                    &SCANNED_MAX,
                    &as_of,
                ],
            )
            .await;
        let rows = rows.map_err(|error| ReadError::Unanswered(error.into()))?;
        let page = rows.first().map(|first| page(&rows, first));
        page.transpose()
            .map_err(|error| ReadError::Unreadable(error.into()))
    }

    pub(super) async fn holds_expired(&self, max: usize) -> Result<Vec<WalletId>, StorageError> {
        const DOING: &str = "query for holds that have expired";
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let rows = self
            .rows(DOING, sql::HOLDS_EXPIRED, &[&max, &EXPIRED_MAX])
            .await?;
        let wallet = |row: &Row| Ok(WalletId(row.try_get::<_, Uuid>("wallet_id")?));
        let wallets: Result<_, _> = rows.iter().map(wallet).collect();
        wallets.map_err(query_failed(DOING))
    }
}

fn page(rows: &[Row], head: &Row) -> Result<HoldsPage, StorageError> {
    let failed = query_failed("read a page of holds");
    let lowest: Option<i64> = head.try_get("lowest").map_err(&failed)?;
    let has_more: bool = head.try_get("has_more").map_err(&failed)?;
    let holds = rows.iter().filter_map(|row| hold(row).transpose());
    Ok(HoldsPage {
        holds: holds.collect::<Result<_, _>>()?,
        next_below: lowest.filter(|_| has_more),
    })
}

/// Reads the row's hold; `None` if it has none.
fn hold(row: &Row) -> Result<Option<Hold>, StorageError> {
    let failed = query_failed("read a hold");
    let corrupt = || StorageError::Corrupt { what: "a hold" };
    let Some(id) = row.try_get::<_, Option<i64>>("id").map_err(&failed)? else {
        return Ok(None);
    };
    let status: &str = row.try_get("status").map_err(&failed)?;
    let amount: Decimal = row.try_get("amount").map_err(&failed)?;
    let reference: Option<&str> = row.try_get("reference").map_err(&failed)?;
    let balance = |column| {
        let balance: Decimal = row.try_get(column).map_err(&failed)?;
        Balance::from_decimal(balance).ok_or_else(corrupt)
    };
    Ok(Some(Hold {
        id,
        status: HoldStatus::parse(status).ok_or_else(corrupt)?,
        has_expired: row.try_get("has_expired").map_err(&failed)?,
        amount: Amount::from_decimal(amount).ok_or_else(corrupt)?,
        captured: balance("captured")?,
        released: balance("released")?,
        expires_at: row.try_get("expires_at").map_err(&failed)?,
        reference: match reference {
            Some(text) => Some(Reference::parse(text).ok_or_else(corrupt)?),
            None => None,
        },
        created_at: Some(row.try_get("created_at").map_err(&failed)?),
    }))
}
