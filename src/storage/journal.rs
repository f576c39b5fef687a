//! The engine's [`Journal`] on PostgreSQL.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rust_decimal::Decimal;
use tokio_postgres::Row;
use tokio_postgres::error::{Severity, SqlState};
use uuid::Uuid;

use super::columns::Columns;
use super::lane::{LaneError, Obstacle, Writing};
use super::{Database, StorageError, query_failed, sql};
use crate::domain::history::{HistoryPage, HistoryQuery};
use crate::domain::{
    Balance, IdempotencyKey, NamesTaken, Registration, RequestHash, UserId, Wallet, WalletId,
};
use crate::engine::{
    Cause, CommitError, Journal, NamesSought, Recorded, RegisterError, SetOutcome, WriteSet,
};

impl Journal for Database {
    fn load<'a>(
        &'a self,
        wallets: &'a [WalletId],
    ) -> BoxFuture<'a, Result<Vec<Option<Wallet>>, Cause>> {
        async move { Ok(self.wallets_load(wallets).await?) }.boxed()
    }

    fn commit<'a>(
        &'a self,
        lane: usize,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<SetOutcome>, CommitError>> {
        self.group_commit(lane, sets).boxed()
    }

    fn settle<'a>(
        &'a self,
        lane: usize,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<bool>, Cause>> {
        async move {
            self.lanes.get(lane).settle().await?;
            Ok(self.recorded(sets).await?)
        }
        .boxed()
    }

    fn history<'a>(
        &'a self,
        wallet: WalletId,
        query: &'a HistoryQuery,
    ) -> BoxFuture<'a, Result<Option<HistoryPage>, Cause>> {
        async move { Ok(self.operations_page(wallet, query).await?) }.boxed()
    }

    fn names_taken<'a>(
        &'a self,
        names: NamesSought<'a>,
    ) -> BoxFuture<'a, Result<NamesTaken, Cause>> {
        async move { Ok(self.user_names_taken(names).await?) }.boxed()
    }

    fn register<'a>(
        &'a self,
        registration: &'a Registration,
        password_hash: &'a str,
        wallet: WalletId,
    ) -> BoxFuture<'a, Result<UserId, RegisterError>> {
        self.user_insert(registration, password_hash, wallet)
            .boxed()
    }
}

impl Database {
    async fn wallets_load(&self, ids: &[WalletId]) -> Result<Vec<Option<Wallet>>, StorageError> {
        let failed = query_failed("load wallets");
        let client = self.pooled().await?;
        let statement = client
            .prepare_cached(sql::WALLETS_LOAD)
            .await
            .map_err(&failed)?;
        let keys: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = client.query(&statement, &[&keys]).await.map_err(&failed)?;
        client.give_back();
        let wallets: HashMap<WalletId, Wallet> = rows
            .iter()
            .map(|row| wallet_of(row).map(|wallet| (wallet.id, wallet)))
            .collect::<Result<_, _>>()?;
        Ok(ids.iter().map(|id| wallets.get(id).copied()).collect())
    }

    async fn group_commit(
        &self,
        lane: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        let mut writing = self.lanes.get(lane).write().await.map_err(|error| {
            let unsettled = matches!(error, LaneError::Unsettled);
            let cause: Cause = Arc::new(error);
            if unsettled {
                CommitError::Unknown(cause)
            } else {
                CommitError::NotSent(cause)
            }
        })?;
        match send(&mut writing, sets).await {
            Ok(answer) => {
                writing.answered();
                // It is committed; an answer that cannot be read leaves open what.
                outcomes(sets, &answer).map_err(|error| CommitError::Unknown(Arc::new(error)))
            }
            Err(error) => {
                let error = commit_error(error);
                if !matches!(error, CommitError::Unknown(_)) {
                    writing.answered();
                }
                Err(error)
            }
        }
    }

    /// Which of the sets the ledger holds. A set is written whole or not at all, so its first row tells.
    async fn recorded(&self, sets: &[WriteSet]) -> Result<Vec<bool>, StorageError> {
        let failed = query_failed("look for operations in the ledger");
        let first = |set: &WriteSet| set.entries.first().map_or(Uuid::nil(), |entry| entry.id.0);
        let wallets: Vec<Uuid> = sets.iter().map(|set| set.wallet.0).collect();
        let places: Vec<i64> = sets.iter().map(|set| set.expected + 1).collect();
        let ids: Vec<Uuid> = sets.iter().map(first).collect();
        let client = self.pooled().await?;
        let rows = client
            .query(sql::RECORDED, &[&wallets, &places, &ids])
            .await
            .map_err(&failed)?;
        client.give_back();
        among(sets, &rows).map_err(failed)
    }
}

/// The rows that came back.
struct Answer {
    rows: Vec<Row>,
    /// Whether they are those of `commit_carefully.sql`.
    careful: bool,
}

/// Sends the statement that does the least for these sets.
async fn send(
    writing: &mut Writing<'_>,
    sets: &[WriteSet],
) -> Result<Answer, tokio_postgres::Error> {
    let columns = Columns::of(sets);
    let asks = |set: &WriteSet| set.entries.is_empty() || !set.sought.is_empty();
    let keyed = || sets.iter().any(|set| set.keys().next().is_some());
    let careful = sets.iter().any(asks)
        || writing.looks_out_for(Obstacle::Locked)
        || (writing.looks_out_for(Obstacle::KnownKey) && keyed());
    if !careful {
        let session = &writing.session;
        let (statement, parameters) = match sets {
            [set] if set.entries.len() == 1 => {
                (&session.commit_operation, columns.operation_parameters())
            }
            [_] => (&session.commit_wallet, columns.wallet_parameters()),
            _ => (&session.commit, columns.parameters()),
        };
        let statement = statement.clone();
        let answer = writing.session.query(&statement, &parameters).await;
        match answer.as_ref().err().and_then(obstacle) {
            Some(obstacle) => writing.met(obstacle),
            None => {
                return answer.map(|rows| Answer {
                    rows,
                    careful: false,
                });
            }
        }
    }
    let statement = writing.session.commit_carefully.clone();
    let parameters = columns.careful_parameters();
    let rows = writing.session.query(&statement, &parameters).await?;
    Ok(Answer {
        rows,
        careful: true,
    })
}

/// What was in the way, if nothing was written because of that.
fn obstacle(error: &tokio_postgres::Error) -> Option<Obstacle> {
    // A shard's index has a suffix.
    let of_keys = |name: &str| name.starts_with("operations_idempotency_key");
    let server = error.as_db_error()?;
    let code = server.code();
    if *code == SqlState::UNIQUE_VIOLATION && server.constraint().is_some_and(of_keys) {
        Some(Obstacle::KnownKey)
    } else if [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ]
    .contains(code)
    {
        Some(Obstacle::Locked)
    } else {
        None
    }
}

/// What became of each set. Rows of `commit_carefully.sql` either name a wallet alone, or what it has recorded.
fn outcomes(sets: &[WriteSet], answer: &Answer) -> Result<Vec<SetOutcome>, StorageError> {
    let mut held = HashSet::new();
    let mut recorded: HashMap<WalletId, Vec<Recorded>> = HashMap::new();
    for row in &answer.rows {
        let wallet = WalletId(row.try_get(0).map_err(query_failed("read a wallet's id"))?);
        let first = if answer.careful {
            recorded_of(row)?
        } else {
            None
        };
        match first {
            Some(first) => recorded.entry(wallet).or_default().push(first),
            None => _ = held.insert(wallet),
        }
    }
    let outcome = |set: &WriteSet| match recorded.remove(&set.wallet) {
        Some(recorded) => SetOutcome::Recorded(recorded),
        None if held.contains(&set.wallet) => SetOutcome::Committed,
        None => SetOutcome::Stale,
    };
    Ok(sets.iter().map(outcome).collect())
}

/// What the ledger holds under a key; `None` if the row has no key.
fn recorded_of(row: &Row) -> Result<Option<Recorded>, StorageError> {
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
    }))
}

/// For each set, whether a row names its wallet.
fn among(sets: &[WriteSet], rows: &[Row]) -> Result<Vec<bool>, tokio_postgres::Error> {
    let wallets: HashSet<Uuid> = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    Ok(sets
        .iter()
        .map(|set| wallets.contains(&set.wallet.0))
        .collect())
}

/// What an error says of the write: an `ERROR` from the server is its word that the transaction was undone;
/// a broken line, or a session that was ended, says nothing.
fn commit_error(error: tokio_postgres::Error) -> CommitError {
    let Some(server) = error.as_db_error() else {
        return CommitError::Unknown(Arc::new(error));
    };
    let busy = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
    ]
    .contains(server.code());
    match server.parsed_severity() {
        Some(Severity::Error) if busy => CommitError::Busy(Arc::new(error)),
        Some(Severity::Error) => CommitError::Rejected(Arc::new(error)),
        _ => CommitError::Unknown(Arc::new(error)),
    }
}

fn wallet_of(row: &Row) -> Result<Wallet, StorageError> {
    let failed = query_failed("read a wallet");
    let balance: Decimal = row.try_get("balance").map_err(&failed)?;
    Ok(Wallet {
        id: WalletId(row.try_get("id").map_err(&failed)?),
        user: UserId(row.try_get("user_id").map_err(&failed)?),
        balance: Balance::from_decimal(balance)
            .ok_or(StorageError::Corrupt { what: "a balance" })?,
        version: row.try_get("version").map_err(&failed)?,
    })
}
