//! The engine's [`Journal`] on PostgreSQL.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use super::commit_error::{commit_error, conflict, is_caused_by_contents};
use super::commit_parameters::sorted;
use super::commit_session::{CommitSessionError, Writing};
use super::commit_statements::CommitStatement;
use super::database::Database;
use super::error::{StorageError, query_failed};
use crate::domain::history::{
    BalanceAt, HistoryPage, HistoryQuery, HoldsPage, HoldsQuery, PastBalance,
};
use crate::domain::hold::Hold;
use crate::domain::linked::TransferId;
use crate::domain::reversal::Original;
use crate::domain::{Balance, IdempotencyKey, NamesTaken, RequestHash, UserId, WalletId};
use crate::engine::{
    Cause, CommitError, Journal, Loaded, NamesSought, NewUser, ReadError, Recorded, RegisterError,
    RegisteredUser, SessionNumber, SetOutcome, WriteSet,
};

impl Journal for Database {
    fn incarnation(&self) -> u64 {
        self.sessions.connector().incarnations().number()
    }

    fn now(&self) -> OffsetDateTime {
        self.sessions.connector().clock().now()
    }

    fn distrust(&self) {
        self.sessions.connector().incarnations().distrust();
    }

    fn load<'a>(&'a self, wallets: &'a [WalletId]) -> BoxFuture<'a, Result<Vec<Loaded>, Cause>> {
        async move { Ok(self.wallets_load(wallets).await?) }.boxed()
    }

    fn commit<'a>(
        &'a self,
        session: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<SetOutcome>, CommitError>> {
        self.group_commit(session.number, sets).boxed()
    }

    fn settle<'a>(
        &'a self,
        session: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<Option<OffsetDateTime>>, Cause>> {
        async move { Ok(self.settle_commit_session(session.number, sets).await?) }.boxed()
    }

    fn history<'a>(
        &'a self,
        wallet: WalletId,
        query: &'a HistoryQuery,
    ) -> BoxFuture<'a, Result<Option<HistoryPage>, ReadError>> {
        self.operations_page(wallet, query).boxed()
    }

    fn hold(
        &self,
        wallet: WalletId,
        id: i64,
        as_of: Option<i64>,
    ) -> BoxFuture<'_, Result<Option<Option<Hold>>, ReadError>> {
        self.hold_find(wallet, id, as_of).boxed()
    }

    fn holds<'a>(
        &'a self,
        wallet: WalletId,
        query: &'a HoldsQuery,
    ) -> BoxFuture<'a, Result<Option<HoldsPage>, ReadError>> {
        self.holds_page(wallet, query).boxed()
    }

    fn original(
        &self,
        wallet: WalletId,
        seq: i64,
    ) -> BoxFuture<'_, Result<Option<Option<Original>>, ReadError>> {
        self.operation_original(wallet, seq).boxed()
    }

    fn balance_at(
        &self,
        wallet: WalletId,
        at: BalanceAt,
    ) -> BoxFuture<'_, Result<Option<Option<PastBalance>>, ReadError>> {
        self.wallet_balance_at(wallet, at).boxed()
    }

    fn expired(&self, max: usize) -> BoxFuture<'_, Result<Vec<WalletId>, Cause>> {
        async move { Ok(self.holds_expired(max).await?) }.boxed()
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
    async fn group_commit(
        &self,
        session: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        let attempt = self.commit_health.commit();
        let outcome = self.send_group(session, sets).await;
        match &outcome {
            Ok(_) | Err(CommitError::Busy(_)) => attempt.succeed(),
            Err(CommitError::Rejected(cause)) if is_caused_by_contents(cause) => attempt.succeed(),
            Err(_) => drop(attempt),
        }
        outcome
    }

    async fn send_group(
        &self,
        session: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        let mut writing = self
            .commit_sessions
            .get(session)
            .write()
            .await
            .map_err(|error| {
                let unsettled = matches!(error, CommitSessionError::Unsettled);
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
                // It is committed; with rows that cannot be read, the outcome is unknown.
                outcomes(sets, &answer).map_err(|error| CommitError::Unknown(Arc::new(error)))
            }
            Err(error) => {
                let takes_no_writes = error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION);
                let error = commit_error(error);
                match error {
                    CommitError::Unknown(_) => {}
                    // The server has become a standby or was fenced: the session cannot be used again.
                    _ if takes_no_writes => writing.discarded(),
                    _ => writing.answered(),
                }
                Err(error)
            }
        }
    }
}

/// The rows of a commit statement.
struct CommitRows {
    rows: Vec<Row>,
    /// Whether the statement was one that queries keys.
    careful: bool,
}

/// Sends the cheapest statement that suits these sets.
async fn send(
    writing: &mut Writing<'_>,
    sets: &[WriteSet],
) -> Result<CommitRows, tokio_postgres::Error> {
    let sets = sorted(sets);
    let mut statement = CommitStatement::of(&sets, |conflict| writing.checks_for(conflict));
    loop {
        let answer = writing.session.query(&statement).await;
        match answer.as_ref().err().and_then(conflict) {
            Some(conflict) if !statement.is_careful() => {
                writing.met(conflict);
                statement.check_first();
            }
            _ => {
                return Ok(CommitRows {
                    rows: answer?,
                    careful: statement.is_careful(),
                });
            }
        }
    }
}

/// Returns the outcome of each set. A row of a statement that queries keys has either a wallet alone, or an operation that
/// was recorded before.
fn outcomes(sets: &[WriteSet], answer: &CommitRows) -> Result<Vec<SetOutcome>, StorageError> {
    let mut held = HashMap::new();
    let mut recorded: HashMap<WalletId, Vec<Recorded>> = HashMap::new();
    for row in &answer.rows {
        let wallet = WalletId(row.try_get(0).map_err(query_failed("read a wallet's id"))?);
        let first = if answer.careful {
            recorded_of(row)?
        } else {
            None
        };
        if let Some(first) = first {
            recorded.entry(wallet).or_default().push(first);
        } else {
            let at = row.try_get(1).map_err(query_failed("read a time"))?;
            held.insert(wallet, at);
        }
    }
    let outcome = |set: &WriteSet| match recorded.remove(&set.wallet()) {
        Some(recorded) => SetOutcome::Recorded(recorded),
        None => match held.get(&set.wallet()) {
            Some(at) => SetOutcome::Committed(*at),
            None => SetOutcome::Stale,
        },
    };
    Ok(sets.iter().map(outcome).collect())
}

/// Reads an operation that was recorded under a key; `None` if the row has no key.
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
        transfer: row
            .try_get::<_, Option<Uuid>>("transfer_id")
            .map_err(&failed)?
            .map(TransferId),
    }))
}
