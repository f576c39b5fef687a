//! The engine's [`Journal`] on PostgreSQL.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::commit_error::conflict;
use super::commit_outcome::Outcomes;
use super::commit_parameters::sorted;
use super::commit_session::{CommitSessionError, Writing};
use super::commit_statements::{CommitStatement, CommitStatements};
use super::database::Database;
use super::error::StorageError;
use super::placement::Group;
use super::row_place::RowPlaces;
use crate::domain::history::{
    BalanceAt, HistoryPage, HistoryQuery, HoldsPage, HoldsQuery, PastBalance,
};
use crate::domain::hold::Hold;
use crate::domain::reversal::Original;
use crate::domain::{IdempotencyKey, NamesTaken, UserId, WalletId};
use crate::engine::{
    Cause, CommitError, DecideLocked, Journal, Lane, Loaded, NamesSought, NewUser, ReadError,
    RegisterError, RegisteredUser, SessionNumber, SetOutcome, WriteSet,
};

impl Journal for Database {
    fn incarnation(&self) -> u64 {
        let coordinator = self.sessions.connector().incarnations().number();
        let nodes = self.distribution.cluster();
        coordinator + nodes.map_or(0, |cluster| cluster.incarnation())
    }

    fn lane(&self, wallet: WalletId) -> Lane {
        let cluster = self.distribution.cluster();
        cluster.map_or(Lane::WHOLE, |cluster| cluster.lane(wallet))
    }

    fn now(&self) -> OffsetDateTime {
        self.sessions.connector().clock().now()
    }

    fn distrust(&self) {
        self.sessions.connector().incarnations().distrust();
    }

    fn load_sessions(&self) -> usize {
        match self.distribution.cluster() {
            Some(_) => 0,
            None => self.load_sessions.len(),
        }
    }

    fn load<'a>(
        &'a self,
        session: Option<usize>,
        wallets: &'a [WalletId],
    ) -> BoxFuture<'a, Result<Vec<Loaded>, Cause>> {
        async move { Ok(self.wallets_load(session, wallets).await?) }.boxed()
    }

    fn commit<'a>(
        &'a self,
        session: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<SetOutcome>, CommitError>> {
        self.group_commit(session, sets).boxed()
    }

    fn locks_wallets(&self) -> bool {
        !self.is_distributed()
    }

    fn commit_locked<'a>(
        &'a self,
        session: SessionNumber,
        wallet: WalletId,
        decide: DecideLocked<'a>,
    ) -> BoxFuture<'a, Result<Option<SetOutcome>, CommitError>> {
        self.locked_commit(session.number, wallet, decide).boxed()
    }

    fn settle<'a>(
        &'a self,
        session: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<Option<OffsetDateTime>>, Cause>> {
        async move { Ok(self.settle_commit_session(session, sets).await?) }.boxed()
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
        session: SessionNumber,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        let Some(cluster) = self.distribution.cluster() else {
            let attempt = self.commit_health.commit();
            return attempt.of(self.send_group(session.number, sets).await);
        };
        match Group::of_lane(session.lane) {
            Some(group) => cluster.commit_on_node(group, session.number, sets).await,
            None => cluster.commit_across(session.number, sets).await,
        }
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
            .map_err(CommitSessionError::meaning)?;
        writing.session.take_warning();
        match send(&mut writing, sets, &self.places).await {
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
                let mut outcomes = Outcomes::default();
                let read = outcomes.add(&answer.rows, answer.careful);
                // It is committed; with rows that cannot be read, the outcome is unknown.
                read.map_err(|error| CommitError::Unknown(Arc::new(error)))?;
                Ok(outcomes.of(sets))
            }
            Err(error) => Err(writing.failed(error)),
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
    writing: &mut Writing<'_, CommitStatements>,
    sets: &[WriteSet],
    places: &RowPlaces,
) -> Result<CommitRows, tokio_postgres::Error> {
    let sets = sorted(sets);
    let mut statement = CommitStatement::of(&sets, |conflict| writing.checks_for(conflict));
    if let [set] = sets[..] {
        statement.at(places.get(set.wallet(), set.expected_version()));
    }
    loop {
        let answer = writing.session.query(&statement).await;
        match answer.as_ref().err().and_then(conflict) {
            Some(conflict) if !statement.is_careful() => {
                writing.met(conflict);
                statement.check_first(&sets);
                continue;
            }
            _ => {}
        }
        let rows = answer?;
        if rows.is_empty() && statement.has_place() {
            statement.at(None);
            continue;
        }
        if let ([set], [row]) = (&sets[..], &rows[..])
            && let Ok(place) = row.try_get("place")
        {
            places.keep(set.wallet(), set.version(), place);
        }
        return Ok(CommitRows {
            rows,
            careful: statement.is_careful(),
        });
    }
}
