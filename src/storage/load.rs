//! Loading wallets.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rust_decimal::Decimal;
use time::{Date, OffsetDateTime};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::{rules, sql};
use crate::domain::hold::OpenHold;
use crate::domain::operation::Sign;
use crate::domain::rules::{Rules, Spent};
use crate::domain::terms::Terms;
use crate::domain::{Amount, Balance, OperationKind, Reference, UserId, Wallet, WalletId};
use crate::engine::{Cause, Loaded};

impl Database {
    pub(super) async fn wallets_load(&self, ids: &[WalletId]) -> Result<Vec<Loaded>, StorageError> {
        const DOING: &str = "load wallets";
        let keys: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = match self.distribution.cluster() {
            Some(cluster) => {
                let rows = cluster.rows_of_wallets(DOING, ids, sql::WALLETS_LOAD);
                rows.await?
            }
            None => self.rows(DOING, sql::WALLETS_LOAD, &[&keys]).await?,
        };
        let mut wallets: HashMap<WalletId, Loaded> = HashMap::with_capacity(rows.len());
        for row in &rows {
            let id = WalletId(row.try_get("id").map_err(query_failed(DOING))?);
            let loaded = match wallet_of(id, row) {
                Ok(wallet) => Ok(Some(self.with_spent(wallet).await?)),
                Err(error) => Err(Cause::from(error)),
            };
            wallets.insert(id, loaded);
        }
        let wallet = |id| wallets.get(id).map_or(Ok(None), Loaded::clone);
        Ok(ids.iter().map(wallet).collect())
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

fn wallet_of(id: WalletId, row: &Row) -> Result<Wallet, StorageError> {
    let failed = query_failed("read a wallet");
    let version = row.try_get("version").map_err(&failed)?;
    Ok(Wallet {
        id,
        user: UserId(row.try_get("user_id").map_err(&failed)?),
        balance: balance_of(row, "balance")?,
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
    let held = balance_of(row, "held")?;
    let rules: Option<&str> = row.try_get("rules").map_err(&failed)?;
    if held == Balance::ZERO && rules.is_none() {
        return Ok(None);
    }
    let rules = rules.map_or(Ok(Rules::default()), rules::read)?;
    let day: Option<Date> = row.try_get("spent_day").map_err(&failed)?;
    let spent: Option<Decimal> = row.try_get("spent").map_err(&failed)?;
    let spent = day.zip(spent).map(|(day, amount)| Spent {
        day,
        amount: Balance::from_decimal(amount).unwrap_or(Balance::MAX),
        uncommitted: Balance::ZERO,
        is_recorded: true,
    });
    let terms = Terms::new(rules, spent, holds_of(row)?).ok_or_else(corrupt)?;
    if terms.held() == held {
        Ok(Some(terms))
    } else {
        Err(corrupt())
    }
}

/// Reads the open holds.
fn holds_of(row: &Row) -> Result<BTreeMap<i64, OpenHold>, StorageError> {
    let failed = query_failed("read the holds of a wallet");
    let corrupt = || StorageError::Corrupt { what: "a hold" };
    let Some(seqs) = row
        .try_get::<_, Option<Vec<i64>>>("seqs")
        .map_err(&failed)?
    else {
        return Ok(BTreeMap::new());
    };
    let amounts: Vec<Decimal> = row.try_get("amounts").map_err(&failed)?;
    let remainings: Vec<Decimal> = row.try_get("remainings").map_err(&failed)?;
    let expiries: Vec<OffsetDateTime> = row.try_get("expiries").map_err(&failed)?;
    let references: Vec<Option<&str>> = row.try_get("references").map_err(&failed)?;
    let times: Vec<OffsetDateTime> = row.try_get("times").map_err(&failed)?;
    let terms = amounts.into_iter().zip(remainings).zip(expiries);
    let notes = references.into_iter().zip(times);
    let holds = seqs.into_iter().zip(terms.zip(notes));
    holds
        .map(
            |(seq, (((amount, remaining), expires_at), (reference, created_at)))| {
                let reference = match reference {
                    Some(text) => Some(Reference::parse(text).ok_or_else(corrupt)?),
                    None => None,
                };
                let hold = OpenHold {
                    amount: Amount::from_decimal(amount).ok_or_else(corrupt)?,
                    remaining: Amount::from_decimal(remaining).ok_or_else(corrupt)?,
                    expires_at,
                    reference,
                    created_at: Some(created_at),
                };
                Ok((seq, hold))
            },
        )
        .collect()
}

fn balance_of(row: &Row, column: &str) -> Result<Balance, StorageError> {
    let balance: Decimal = row.try_get(column).map_err(query_failed("read a wallet"))?;
    Balance::from_decimal(balance).ok_or(StorageError::Corrupt { what: "a balance" })
}
