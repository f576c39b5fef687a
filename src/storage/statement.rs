//! What statements are made from: the balances at the ends of an interval, and the operations between, a range at a time.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::history::{operation, reference, transfer};
use super::sql;
use crate::domain::statement::{
    Interval, Standing, Statement, StatementEntry, StatementQuery, Sum, Total, Totals,
};
use crate::domain::{Balance, WalletId};
use crate::engine::{ReadError, StatementSource};

/// How far a server's clock may be set back, or be behind another's after a failover, so that a statement which is final stays as
/// it is. Synchronised clocks differ by much less.
const CLOCK_MARGIN: Duration = Duration::from_secs(60);

impl StatementSource for Database {
    fn statement(
        &self,
        wallet: WalletId,
        query: StatementQuery,
    ) -> BoxFuture<'_, Result<Option<Statement>, ReadError>> {
        self.statement_bounds(wallet, query).boxed()
    }

    fn statement_entries(
        &self,
        wallet: WalletId,
        seqs: (i64, i64),
    ) -> BoxFuture<'_, Result<Vec<StatementEntry>, ReadError>> {
        self.statement_rows(wallet, seqs).boxed()
    }

    fn statement_totals(
        &self,
        wallet: WalletId,
        seqs: (i64, i64),
    ) -> BoxFuture<'_, Result<Totals, ReadError>> {
        self.statement_sums(wallet, seqs).boxed()
    }
}

impl Database {
    async fn statement_bounds(
        &self,
        wallet: WalletId,
        query: StatementQuery,
    ) -> Result<Option<Statement>, ReadError> {
        let unanswered = |error: StorageError| ReadError::Unanswered(error.into());
        let margin_s = (CLOCK_MARGIN + self.statement_max).as_secs_f64();
        // The horizon first: see statement_horizon.sql.
        let horizon = self
            .rows(
                "read which statements are final",
                self.variant(sql::STATEMENT_HORIZON, sql::STATEMENT_HORIZON_DISTRIBUTED),
                &[&margin_s],
            )
            .await;
        let horizon = horizon.map_err(unanswered)?;
        let rows = self
            .rows_of_wallet(
                "read the balances of a statement",
                wallet,
                sql::STATEMENT_BOUNDS,
                &[&wallet.0, &query.from, &query.to],
            )
            .await;
        let rows = rows.map_err(unanswered)?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let statement = statement(wallet, query, horizon.first(), row);
        statement
            .map(Some)
            .map_err(|error| ReadError::Unreadable(error.into()))
    }

    async fn statement_rows(
        &self,
        wallet: WalletId,
        (first, last): (i64, i64),
    ) -> Result<Vec<StatementEntry>, ReadError> {
        let rows = self
            .rows_of_wallet(
                "read the operations of a statement",
                wallet,
                sql::STATEMENT_ENTRIES,
                &[&wallet.0, &first, &last],
            )
            .await;
        let rows = rows.map_err(|error| ReadError::Unanswered(error.into()))?;
        let entries: Result<_, StorageError> = rows.iter().map(entry).collect();
        entries.map_err(|error| ReadError::Unreadable(error.into()))
    }

    async fn statement_sums(
        &self,
        wallet: WalletId,
        (first, last): (i64, i64),
    ) -> Result<Totals, ReadError> {
        let rows = self
            .rows_of_wallet(
                "read the totals of a statement",
                wallet,
                sql::STATEMENT_TOTALS,
                &[&wallet.0, &first, &last],
            )
            .await;
        let rows = rows.map_err(|error| ReadError::Unanswered(error.into()))?;
        // An aggregate without a group has one row.
        let totals = rows.first().map_or_else(|| Ok(Totals::default()), totals);
        totals.map_err(|error| ReadError::Unreadable(error.into()))
    }
}

fn statement(
    wallet: WalletId,
    query: StatementQuery,
    horizon: Option<&Row>,
    row: &Row,
) -> Result<Statement, StorageError> {
    let failed = query_failed("read the balances of a statement");
    let time = |row: &Row, column| row.try_get::<_, OffsetDateTime>(column).map_err(&failed);
    let opened = time(row, "opened")?;
    let to = match query.to {
        Some(to) => to,
        None => time(row, "ends")?,
    };
    let is_final = match (query.to, horizon) {
        (Some(to), Some(row)) => {
            // None if a node of a distributed database did not tell.
            let horizon: Option<OffsetDateTime> = row.try_get("horizon").map_err(&failed)?;
            horizon.is_some_and(|horizon| to <= horizon)
        }
        _ => false,
    };
    Ok(Statement {
        wallet,
        interval: Interval {
            from: query.from.unwrap_or(opened).min(to),
            to,
        },
        opening: standing(row, ["before", "opening_balance", "opening_held"])?,
        closing: standing(row, ["last", "closing_balance", "closing_held"])?,
        is_final,
    })
}

fn standing(
    row: &Row,
    [version, balance, held]: [&'static str; 3],
) -> Result<Standing, StorageError> {
    let failed = query_failed("read a balance of a statement");
    let corrupt = || StorageError::Corrupt { what: "a balance" };
    let version: i64 = row.try_get(version).map_err(&failed)?;
    if version == 0 {
        return Ok(Standing::default());
    }
    let balance: Option<Decimal> = row.try_get(balance).map_err(&failed)?;
    let held: Option<Decimal> = row.try_get(held).map_err(&failed)?;
    let balance = balance.and_then(Balance::from_decimal);
    Ok(Standing {
        version,
        balance: balance.ok_or_else(corrupt)?,
        held: Balance::from_decimal(held.unwrap_or_default()).ok_or_else(corrupt)?,
    })
}

fn entry(row: &Row) -> Result<StatementEntry, StorageError> {
    let failed = query_failed("read an operation of a statement");
    let corrupt = || StorageError::Corrupt {
        what: "an operation",
    };
    let balance: Decimal = row.try_get("balance_after").map_err(&failed)?;
    let held: Option<Decimal> = row.try_get("held_after").map_err(&failed)?;
    Ok(StatementEntry {
        seq: row.try_get("seq").map_err(&failed)?,
        operation: operation(row)?,
        balance_after: Balance::from_decimal(balance).ok_or_else(corrupt)?,
        held_after: Balance::from_decimal(held.unwrap_or_default()).ok_or_else(corrupt)?,
        created_at: row.try_get("created_at").map_err(&failed)?,
        transfer: transfer(row)?,
        reference: reference(row)?,
        hold: row.try_get("hold_seq").map_err(&failed)?,
        reverses: row.try_get("reverses_seq").map_err(&failed)?,
    })
}

fn totals(row: &Row) -> Result<Totals, StorageError> {
    let failed = query_failed("read the totals of a statement");
    let total = |count, sum| {
        let count: i64 = row.try_get(count).map_err(&failed)?;
        let sum: Decimal = row.try_get(sum).map_err(&failed)?;
        let cents = sum.checked_mul(Decimal::ONE_HUNDRED);
        let cents = cents.filter(Decimal::is_integer);
        let corrupt = || StorageError::Corrupt { what: "a total" };
        Ok(Total {
            count: count.try_into().map_err(|_| corrupt())?,
            sum: Sum::from_cents(
                cents
                    .and_then(|cents| cents.to_u128())
                    .ok_or_else(corrupt)?,
            ),
        })
    };
    Ok(Totals {
        incoming: total("incoming", "incoming_sum")?,
        outgoing: total("outgoing", "outgoing_sum")?,
    })
}
