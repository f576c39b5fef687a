//! The database, as the rest of the program uses it.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::commit_health::CommitHealth;
use super::commit_session::CommitSessions;
use super::commit_statements::CommitStatements;
use super::connect::Connector;
use super::distributed::{Cluster, Distribution, Parameters};
use super::error::{StorageError, query_failed};
use super::last_check::LastCheck;
use super::load_session::LoadSessions;
use super::locked_session::LockedStatements;
use super::pool::{PoolInUse, Pooled, Sessions};
use super::row_place::RowPlaces;
use crate::config::{DatabaseAddress, DatabaseLimits};
use crate::domain::WalletId;
use crate::engine::LOCKED_SESSIONS;

/// At most one of so many connections of the pool loads wallets and does nothing else.
const POOL_PART_LOADING: usize = 4;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pub(super) sessions: Sessions,
    pub(super) commit_sessions: Arc<CommitSessions<CommitStatements>>,
    pub(super) load_sessions: Arc<LoadSessions>,
    pub(super) places: Arc<RowPlaces>,
    /// Those that lock a wallet's row before they write it.
    pub(super) locked_sessions: Arc<CommitSessions<LockedStatements>>,
    pub(super) distribution: Distribution,
    parameters: Parameters,
    pub(super) commit_health: Arc<CommitHealth>,
    pub(super) last_check: Arc<LastCheck>,
    /// How long to wait for another process's migration.
    pub(super) migrate_wait: Duration,
    /// See [`DatabaseLimits::scan`].
    pub(super) scan_max: Duration,
    /// See [`DatabaseLimits::statement`].
    pub(super) statement_max: Duration,
}

impl Database {
    /// Prepares to use a database; connections are opened when they are needed.
    ///
    /// `pool_max` limits the connections besides those of the `committers`, and those that lock wallets. A part of them loads wallets
    /// and does nothing else.
    ///
    /// # Errors
    /// [`StorageError::MakePool`], [`StorageError::Tls`].
    pub fn new(
        address: impl Into<DatabaseAddress>,
        pool_max: usize,
        committers: usize,
        limits: &DatabaseLimits,
    ) -> Result<Self, StorageError> {
        let connector = Connector::new(&address.into(), limits)?;
        let loading = committers.min(pool_max / POOL_PART_LOADING);
        let sessions = Sessions::new(connector, pool_max - loading, limits)?;
        // A little less than the timeout of a write, so that a failure to connect is not an unknown outcome.
        let commit_sessions = CommitSessions::new(&sessions, committers, limits.connect * 4 / 5);
        let locked_sessions =
            CommitSessions::new(&sessions, LOCKED_SESSIONS, limits.connect * 4 / 5);
        let load_sessions = LoadSessions::new(&sessions, loading);
        Ok(Self {
            sessions,
            commit_sessions: Arc::new(commit_sessions),
            load_sessions: Arc::new(load_sessions),
            places: Arc::new(RowPlaces::new()),
            locked_sessions: Arc::new(locked_sessions),
            distribution: Distribution::default(),
            parameters: Parameters {
                pool_max,
                committers,
                limits: *limits,
            },
            commit_health: Arc::default(),
            last_check: Arc::new(LastCheck::new(None)),
            migrate_wait: limits.migrate,
            scan_max: limits.scan,
            statement_max: limits.statement,
        })
    }

    /// Looks whether the database is distributed. Until then it is used as one that is not.
    ///
    /// # Errors
    /// The catalogue cannot be read.
    pub async fn find_distribution(&self) -> Result<(), StorageError> {
        let parameters = self.parameters.clone();
        if let Some(cluster) = Cluster::find(&self.sessions, parameters).await? {
            self.distribution.found(cluster);
        }
        Ok(())
    }

    /// Returns whether the wallets' tables are distributed over several nodes.
    #[must_use]
    pub fn is_distributed(&self) -> bool {
        self.distribution.cluster().is_some()
    }

    /// Returns the current state of the pool.
    #[must_use]
    pub fn pool_in_use(&self) -> PoolInUse {
        self.sessions.in_use()
    }

    /// Closes the pool: connections in use are closed when they are returned. The others are closed when this returns, so that
    /// stopping the server next breaks none.
    pub async fn close(&self) {
        self.sessions.close().await;
        if let Some(cluster) = self.distribution.cluster() {
            cluster.close().await;
        }
    }

    pub(super) async fn pooled(&self) -> Result<Pooled, StorageError> {
        self.sessions.pooled().await
    }

    /// Returns the rows of a statement, which each session prepares once.
    pub(super) async fn rows(
        &self,
        doing: &'static str,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let (rows, _) = self.rows_as_of(doing, statement, parameters).await?;
        Ok(rows)
    }

    /// Returns the rows of a statement that reads one wallet, from the node that has it.
    pub(super) async fn rows_of_wallet(
        &self,
        doing: &'static str,
        wallet: WalletId,
        statement: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let read = self.rows_of_wallet_as_of(doing, wallet, statement, parameters);
        let (rows, _) = read.await?;
        Ok(rows)
    }

    /// Does what [`rows_of_wallet`](Self::rows_of_wallet) does; returns as well the incarnation of the database, as
    /// [`rows_as_of`](Self::rows_as_of) does.
    pub(super) async fn rows_of_wallet_as_of(
        &self,
        doing: &'static str,
        wallet: WalletId,
        statement: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<(Vec<Row>, u64), StorageError> {
        let Some(cluster) = self.distribution.cluster() else {
            return self.rows_as_of(doing, statement, parameters).await;
        };
        let coordinator = self.sessions.connector().incarnations().number();
        let read = cluster.rows_of_wallet(doing, wallet, statement, parameters);
        let (rows, nodes) = read.await?;
        Ok((rows, coordinator + nodes))
    }

    /// Does what [`rows`](Self::rows) does; returns as well the incarnation of the database that they were read in.
    ///
    /// It is that of the session, which stays on one server: the present one may have begun before the session was taken, or since.
    pub(super) async fn rows_as_of(
        &self,
        doing: &'static str,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<(Vec<Row>, u64), StorageError> {
        let failed = query_failed(doing);
        let client = self.pooled().await?;
        let incarnation = client.incarnation();
        let statement = client.prepare_cached(statement).await.map_err(&failed)?;
        let rows = client.query(&statement, parameters).await;
        // A statement that the server refuses, as for a name that is taken, leaves the session usable.
        if rows
            .as_ref()
            .map_or_else(|error| error.as_db_error().is_some(), |_| true)
        {
            client.give_back();
        }
        Ok((rows.map_err(failed)?, incarnation))
    }
}
