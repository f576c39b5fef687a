//! Loading wallets.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use time::Date;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::load_session::{LOADING, LoadQuery};
use super::record::{Record, Records};
use super::{rules, sql};
use crate::domain::hold::OpenHold;
use crate::domain::operation::Sign;
use crate::domain::rules::{Rules, Spent};
use crate::domain::terms::Terms;
use crate::domain::{Amount, Balance, OperationKind, Reference, UserId, Wallet, WalletId};
use crate::engine::{Cause, Loaded};

/// The columns of `wallets_load.sql`, in their order, of which `wallets_load_plain.sql` lacks the last: by its name, each would be searched for in every row.
#[derive(Clone, Copy)]
enum Column {
    Id,
    User,
    Balance,
    Version,
    Held,
    Rules,
    SpentDay,
    Spent,
    OpenHolds,
}

impl Database {
    /// Loads the wallets on a load session, or on one of the pool; those with holds by a second query.
    pub(super) async fn wallets_load(
        &self,
        session: Option<usize>,
        ids: &[WalletId],
    ) -> Result<Vec<Loaded>, StorageError> {
        let mut wallets = Vec::with_capacity(ids.len());
        if let Some(cluster) = self.distribution.cluster() {
            let rows = cluster.rows_of_wallets(LOADING, ids, sql::WALLETS_LOAD);
            self.read_wallets(&rows.await?, &mut wallets).await?;
        } else {
            let keys: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
            let rows = self.load_rows(session, LoadQuery::Plain, &keys).await?;
            let with_holds = self.read_wallets(&rows, &mut wallets).await?;
            if !with_holds.is_empty() {
                let query = LoadQuery::WithHolds;
                let rows = self.load_rows(session, query, &with_holds).await?;
                self.read_wallets(&rows, &mut wallets).await?;
            }
        }
        wallets.sort_unstable_by_key(|(id, _)| *id);
        let wallet = |id: &WalletId| match wallets.binary_search_by_key(id, |(id, _)| *id) {
            Ok(place) => Loaded::clone(&wallets[place].1),
            Err(_) => Ok(None),
        };
        Ok(ids.iter().map(wallet).collect())
    }

    async fn load_rows(
        &self,
        session: Option<usize>,
        query: LoadQuery,
        keys: &[Uuid],
    ) -> Result<Vec<Row>, StorageError> {
        if let Some(session) = session
            && let Some(rows) = self.load_sessions.load(session, query, keys).await?
        {
            return Ok(rows);
        }
        self.rows(LOADING, query.sql(), &[&keys]).await
    }

    /// Reads the rows of either query. Returns the wallets whose holds have to be queried as well.
    async fn read_wallets(
        &self,
        rows: &[Row],
        wallets: &mut Vec<(WalletId, Loaded)>,
    ) -> Result<Vec<Uuid>, StorageError> {
        let mut with_holds = Vec::new();
        for row in rows {
            let id: Uuid = row
                .try_get(Column::Id as usize)
                .map_err(query_failed(LOADING))?;
            if has_unread_holds(row) {
                with_holds.push(id);
                continue;
            }
            let id = WalletId(id);
            let loaded = match wallet_of(id, row) {
                Ok(wallet) => Ok(Some(self.with_spent(wallet).await?)),
                Err(error) => Err(Cause::from(error)),
            };
            wallets.push((id, loaded));
        }
        Ok(with_holds)
    }

    /// Counts what has left the wallet today, if that is limited and nobody has counted it yet: once after such a rule was made.
    async fn with_spent(&self, mut wallet: Wallet) -> Result<Wallet, StorageError> {
        const DOING: &str = "count what left a wallet";
        if !wallet.has_to_be_loaded() {
            return Ok(wallet);
        }
        // Rows up to the wallet's version never change, so it does not matter what is committed meanwhile.
        let leaving: Vec<&str> = OperationKind::ALL
            .into_iter()
            .filter(|kind| kind.balance_sign() == Sign::Minus)
            .map(OperationKind::as_str)
            .collect();
        let parameters: [&(dyn ToSql + Sync); 3] = [&wallet.id.0, &wallet.version, &leaving];
        let rows = self
            .rows_of_wallet(DOING, wallet.id, sql::WALLET_SPENT, &parameters)
            .await?;
        let row = rows.first().ok_or(StorageError::Corrupt { what: DOING })?;
        let amount: Decimal = row.try_get("spent").map_err(query_failed(DOING))?;
        if let Some(terms) = &mut wallet.terms {
            Arc::make_mut(terms).spent = Some(Spent {
                day: row.try_get("day").map_err(query_failed(DOING))?,
                amount: Balance::from_decimal(amount).unwrap_or(Balance::MAX),
                uncommitted: Balance::ZERO,
                is_recorded: false,
            });
        }
        Ok(wallet)
    }
}

/// Returns whether something is held, but the row does not have the holds.
fn has_unread_holds(row: &Row) -> bool {
    row.len() <= Column::OpenHolds as usize
        && balance_of(row, Column::Held).is_ok_and(|held| held != Balance::ZERO)
}

/// Reads the row of `wallets_load.sql`, or one of `wallets_load_plain.sql` where nothing is held.
pub(super) fn wallet_of(id: WalletId, row: &Row) -> Result<Wallet, StorageError> {
    let failed = query_failed("read a wallet");
    let version = row.try_get(Column::Version as usize).map_err(&failed)?;
    Ok(Wallet {
        id,
        user: UserId(row.try_get(Column::User as usize).map_err(&failed)?),
        balance: balance_of(row, Column::Balance)?,
        version,
        reversals_known_from: version,
        terms: terms_of(row)?.map(Arc::new),
    })
}

/// Reads what the wallet has beyond its balance; `None` if it has nothing.
fn terms_of(row: &Row) -> Result<Option<Terms>, StorageError> {
    let failed = query_failed("read the terms of a wallet");
    let corrupt = || StorageError::Corrupt {
        what: "what a wallet holds",
    };
    let held = balance_of(row, Column::Held)?;
    let rules: Option<&str> = row.try_get(Column::Rules as usize).map_err(&failed)?;
    if held == Balance::ZERO && rules.is_none() {
        return Ok(None);
    }
    let rules = rules.map_or(Ok(Rules::default()), rules::read)?;
    let day: Option<Date> = row.try_get(Column::SpentDay as usize).map_err(&failed)?;
    let spent: Option<Decimal> = row.try_get(Column::Spent as usize).map_err(&failed)?;
    let spent = day.zip(spent).map(|(day, amount)| Spent {
        day,
        amount: Balance::from_decimal(amount).unwrap_or(Balance::MAX),
        uncommitted: Balance::ZERO,
        is_recorded: true,
    });
    let holds = if held == Balance::ZERO {
        BTreeMap::new()
    } else {
        holds_of(row)?
    };
    let terms = Terms::new(rules, spent, holds).ok_or_else(corrupt)?;
    if terms.held() == held {
        Ok(Some(terms))
    } else {
        Err(corrupt())
    }
}

/// Reads the open holds.
fn holds_of(row: &Row) -> Result<BTreeMap<i64, OpenHold>, StorageError> {
    let holds = row.try_get::<_, Option<Records<'_>>>(Column::OpenHolds as usize);
    let holds = holds.map_err(query_failed("read the holds of a wallet"))?;
    let records = holds.map_or_else(Vec::new, |Records(records)| records);
    records
        .into_iter()
        .map(|record| hold_of(record).ok_or(StorageError::Corrupt { what: "a hold" }))
        .collect()
}

fn hold_of(mut record: Record<'_>) -> Option<(i64, OpenHold)> {
    let seq = record.next().ok()?;
    let amount = Amount::from_decimal(record.next().ok()?)?;
    let remaining = Amount::from_decimal(record.next().ok()?)?;
    let expires_at = record.next().ok()?;
    let reference: Option<&str> = record.next().ok()?;
    let hold = OpenHold {
        amount,
        remaining,
        expires_at,
        reference: match reference {
            Some(text) => Some(Reference::parse(text)?),
            None => None,
        },
        created_at: Some(record.next().ok()?),
    };
    Some((seq, hold))
}

fn balance_of(row: &Row, column: Column) -> Result<Balance, StorageError> {
    let balance: Decimal = row
        .try_get(column as usize)
        .map_err(query_failed("read a wallet"))?;
    Balance::from_decimal(balance).ok_or(StorageError::Corrupt { what: "a balance" })
}
