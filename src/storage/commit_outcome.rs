//! What the rows of commit statements say.

use std::collections::HashMap;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use super::error::{StorageError, query_failed};
use crate::domain::linked::TransferId;
use crate::domain::{Balance, IdempotencyKey, RequestHash, WalletId};
use crate::engine::{Recorded, SetOutcome, WriteSet};

/// The outcomes of the sets of a group.
#[derive(Default)]
pub(super) struct Outcomes {
    held: HashMap<WalletId, Option<OffsetDateTime>>,
    recorded: HashMap<WalletId, Vec<Recorded>>,
}

impl Outcomes {
    /// Adds the rows of a statement. A row of one that queries keys (`careful`) has either a wallet alone, or an operation that was
    /// recorded before.
    pub fn add(&mut self, rows: &[Row], careful: bool) -> Result<(), StorageError> {
        for row in rows {
            let wallet = WalletId(row.try_get(0).map_err(query_failed("read a wallet's id"))?);
            let first = if careful { recorded_of(row)? } else { None };
            if let Some(first) = first {
                self.recorded.entry(wallet).or_default().push(first);
            } else {
                let at = row.try_get(1).map_err(query_failed("read a time"))?;
                self.held.insert(wallet, at);
            }
        }
        Ok(())
    }

    /// Records that a wallet's guard held, with the time of its rows.
    pub fn hold(&mut self, wallet: WalletId, at: Option<OffsetDateTime>) {
        self.held.insert(wallet, at);
    }

    /// Records an operation that the ledger had already.
    pub fn record(&mut self, wallet: WalletId, first: Recorded) {
        self.recorded.entry(wallet).or_default().push(first);
    }

    /// Whether the set was written.
    pub fn is_held(&self, set: &WriteSet) -> bool {
        self.held.contains_key(&set.wallet()) && !self.recorded.contains_key(&set.wallet())
    }

    /// The transaction was rolled back: nothing was written.
    pub fn set_undone(&mut self) {
        self.held.clear();
    }

    /// Returns the outcome of each set.
    pub fn of(mut self, sets: &[WriteSet]) -> Vec<SetOutcome> {
        let outcome = |set: &WriteSet| match self.recorded.remove(&set.wallet()) {
            Some(recorded) => SetOutcome::Recorded(recorded),
            None => match self.held.get(&set.wallet()) {
                Some(at) => SetOutcome::Committed(*at),
                None => SetOutcome::Stale,
            },
        };
        sets.iter().map(outcome).collect()
    }
}

/// Reads an operation that was recorded under a key; `None` if the row has no key.
pub(super) fn recorded_of(row: &Row) -> Result<Option<Recorded>, StorageError> {
    let failed = query_failed("read an operation with a key");
    let Some(key) = row
        .try_get::<_, Option<&str>>("idempotency_key")
        .map_err(&failed)?
    else {
        return Ok(None);
    };
    let request: &[u8] = row.try_get("request_hash").map_err(&failed)?;
    let balance: Decimal = row.try_get("balance_after").map_err(&failed)?;
    let corrupt = || StorageError::Corrupt {
        what: "an operation with a key",
    };
    Ok(Some(Recorded {
        key: IdempotencyKey::recorded(key).ok_or_else(corrupt)?,
        seq: row.try_get("seq").map_err(&failed)?,
        request: RequestHash(request.try_into().map_err(|_| corrupt())?),
        balance_after: Balance::from_decimal(balance).ok_or_else(corrupt)?,
        transfer: row
            .try_get::<_, Option<Uuid>>("transfer_id")
            .map_err(&failed)?
            .map(TransferId),
    }))
}
