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
use crate::domain::{Balance, IdempotencyKey, NamesTaken, RequestHash, UserId, Wallet, WalletId};
use crate::engine::{
    Cause, CommitError, Journal, Loaded, NamesSought, NewUser, ReadError, Recorded, RegisterError,
    RegisteredUser, SetOutcome, WriteSet,
};

impl Journal for Database {
    fn incarnation(&self) -> u64 {
        self.sessions.connector().incarnations().number()
    }

    fn distrust(&self) {
        self.sessions.connector().incarnations().distrust();
    }

    fn load<'a>(&'a self, wallets: &'a [WalletId]) -> BoxFuture<'a, Result<Vec<Loaded>, Cause>> {
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
        async move { Ok(self.settle_lane(lane, sets).await?) }.boxed()
    }

    fn history<'a>(
        &'a self,
        wallet: WalletId,
        query: &'a HistoryQuery,
    ) -> BoxFuture<'a, Result<Option<HistoryPage>, ReadError>> {
        self.operations_page(wallet, query).boxed()
    }

    fn names_taken<'a>(
        &'a self,
        names: NamesSought<'a>,
    ) -> BoxFuture<'a, Result<NamesTaken, Cause>> {
        async move { Ok(self.user_names_taken(names).await?) }.boxed()
    }

    fn registered<'a>(
        &'a self,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<RegisteredUser>, Cause>> {
        async move { Ok(self.user_registered(key).await?) }.boxed()
    }

    fn register<'a>(
        &'a self,
        user: &'a NewUser<'a>,
    ) -> BoxFuture<'a, Result<UserId, RegisterError>> {
        self.user_insert(user).boxed()
    }
}

impl Database {
    async fn wallets_load(&self, ids: &[WalletId]) -> Result<Vec<Loaded>, StorageError> {
        let failed = query_failed("load wallets");
        let client = self.pooled().await?;
        let statement = client
            .prepare_cached(sql::WALLETS_LOAD)
            .await
            .map_err(&failed)?;
        let keys: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = client.query(&statement, &[&keys]).await.map_err(&failed)?;
        client.give_back();
        let mut wallets: HashMap<WalletId, Loaded> = HashMap::with_capacity(rows.len());
        for row in &rows {
            let id = WalletId(row.try_get("id").map_err(&failed)?);
            wallets.insert(id, wallet_of(id, row).map(Some).map_err(Cause::from));
        }
        let wallet = |id| wallets.get(id).map_or(Ok(None), Loaded::clone);
        Ok(ids.iter().map(wallet).collect())
    }

    async fn group_commit(
        &self,
        lane: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        let asked = self.commit_health.asked();
        let outcome = self.send_group(lane, sets).await;
        match &outcome {
            Ok(_) | Err(CommitError::Busy(_)) => asked.met(),
            Err(CommitError::Rejected(cause)) if is_of_the_group(cause) => asked.met(),
            Err(_) => drop(asked),
        }
        outcome
    }

    async fn send_group(
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
        writing.session.take_warning();
        match send(&mut writing, sets).await {
            Ok(_) if writing.session.take_warning() => {
                Err(CommitError::Unknown(Arc::new(StorageError::Unreplicated)))
            }
            Ok(_)
                if writing
                    .session
                    .is_outdated(self.sessions.connector().incarnations()) =>
            {
                Err(CommitError::Unknown(Arc::new(StorageError::Outdated)))
            }
            Ok(answer) => {
                writing.answered();
                // It is committed; an answer that cannot be read leaves open what.
                outcomes(sets, &answer).map_err(|error| CommitError::Unknown(Arc::new(error)))
            }
            Err(error) => {
                let takes_no_writes = error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION);
                let error = commit_error(error);
                match error {
                    CommitError::Unknown(_) => {}
                    // The server has become a standby or was fenced: the session is of no more use.
                    _ if takes_no_writes => writing.discarded(),
                    _ => writing.answered(),
                }
                Err(error)
            }
        }
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

/// What an error says of the write: an `ERROR` from the server is its word that the transaction was undone;
/// a broken line, or a session that was ended, says nothing.
pub(super) fn commit_error(error: tokio_postgres::Error) -> CommitError {
    let Some(server) = error.as_db_error() else {
        return CommitError::Unknown(Arc::new(error));
    };
    let code = server.code();
    let busy = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
    ];
    // A server behind the one that answers, or the end of a session, may come as an ordinary error.
    let says_nothing = ["08", "57P"]
        .iter()
        .any(|class| code.code().starts_with(class));
    match server.parsed_severity() {
        Some(Severity::Error) if says_nothing => CommitError::Unknown(Arc::new(error)),
        Some(Severity::Error) if busy.contains(code) => CommitError::Busy(Arc::new(error)),
        Some(Severity::Error) if has_no_room(code) => CommitError::NotSent(Arc::new(error)),
        Some(Severity::Error) => CommitError::Rejected(Arc::new(error)),
        _ => CommitError::Unknown(Arc::new(error)),
    }
}

/// Whether a server takes nothing just now, whatever it is: it has become a standby or was fenced, or its disk or another
/// resource (SQLSTATE class 53) is used up.
fn has_no_room(code: &SqlState) -> bool {
    *code == SqlState::READ_ONLY_SQL_TRANSACTION || code.code().starts_with("53")
}

/// Whether a group was rejected for what it holds (SQLSTATE classes 22 and 23), and others would not be.
fn is_of_the_group(cause: &Cause) -> bool {
    let error = cause.downcast_ref::<tokio_postgres::Error>();
    let code = error.and_then(tokio_postgres::Error::code);
    code.is_some_and(|code| code.code().starts_with("22") || code.code().starts_with("23"))
}

fn wallet_of(id: WalletId, row: &Row) -> Result<Wallet, StorageError> {
    let failed = query_failed("read a wallet");
    let balance: Decimal = row.try_get("balance").map_err(&failed)?;
    Ok(Wallet {
        id,
        user: UserId(row.try_get("user_id").map_err(&failed)?),
        balance: Balance::from_decimal(balance)
            .ok_or(StorageError::Corrupt { what: "a balance" })?,
        version: row.try_get("version").map_err(&failed)?,
    })
}
