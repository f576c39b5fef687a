//! Sessions that load wallets and do nothing else, each for the one task that uses it.
//!
//! That task drives its session's connection itself, as a committer does: a session of the pool is driven by a task of its own, which
//! may live on another thread, and on a machine that is busy each thread that is woken for a query costs as much as the query.
//!
//! A session whose query did not complete is closed, and the query cancelled on the server. While the server is at its connection
//! limit, or is slow to accept a client, wallets are loaded on the sessions that the pool has; what others need more is closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::try_join;
use tokio::time::{Instant, timeout};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use super::background_open::BackgroundOpen;
use super::connect::{Connector, Session};
use super::error::{StorageError, query_failed};
use super::pool::{Sessions, cancel};
use super::sql;

pub(super) const LOADING: &str = "load wallets";

/// A query of wallets: all of `wallets_load.sql`, or what most wallets have.
#[derive(Clone, Copy)]
pub(super) enum LoadQuery {
    Plain,
    WithHolds,
}

impl LoadQuery {
    pub fn sql(self) -> &'static str {
        match self {
            Self::Plain => sql::WALLETS_LOAD_PLAIN,
            Self::WithHolds => sql::WALLETS_LOAD,
        }
    }
}

/// How long a session is waited for that is being opened: the pool has some.
const OPEN_MAX: Duration = Duration::from_millis(100);

/// How long the pool is used after the server had no connection left, or none within that time.
const WITHOUT: Duration = Duration::from_secs(10);

pub(super) struct LoadSessions(Arc<[LoadSession]>);

struct LoadSession {
    sessions: Sessions,
    opening: BackgroundOpen<Result<Prepared, StorageError>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: Option<Prepared>,
    /// Until when the pool is used.
    without_until: Option<Instant>,
}

struct Prepared {
    session: Session,
    plain: Statement,
    with_holds: Statement,
}

/// A session whose query has not completed.
struct Busy<'s> {
    sessions: &'s Sessions,
    prepared: Option<Prepared>,
}

impl LoadSessions {
    /// Prepares so many, which are opened on their first use.
    pub fn new(sessions: &Sessions, count: usize) -> Self {
        let load_session = |_| LoadSession {
            sessions: sessions.clone(),
            opening: BackgroundOpen::default(),
            state: Mutex::default(),
        };
        let all: Arc<[_]> = (0..count).map(load_session).collect();
        let spare = Arc::downgrade(&all);
        sessions.spare(move || {
            for session in spare.upgrade().iter().flat_map(|all| all.iter()) {
                session.give_way();
            }
        });
        Self(all)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the rows of the query; `None` if the session cannot be had now, and one of the pool can.
    pub async fn load(
        &self,
        session: usize,
        query: LoadQuery,
        wallets: &[Uuid],
    ) -> Result<Option<Vec<Row>>, StorageError> {
        self.0[session].load(query, wallets).await
    }
}

impl LoadSession {
    async fn load(
        &self,
        query: LoadQuery,
        wallets: &[Uuid],
    ) -> Result<Option<Vec<Row>>, StorageError> {
        let Some(prepared) = self.take().await? else {
            return Ok(None);
        };
        let mut busy = Busy {
            sessions: &self.sessions,
            prepared: Some(prepared),
        };
        let Some(prepared) = &mut busy.prepared else {
            unreachable!("it is taken out when the query has completed");
        };
        let statement = match query {
            LoadQuery::Plain => &prepared.plain,
            LoadQuery::WithHolds => &prepared.with_holds,
        };
        let connection = &mut prepared.session.connection;
        let parameters: [&(dyn ToSql + Sync); 1] = [&wallets];
        let rows = connection
            .run(|client| client.query(statement, &parameters))
            .await;
        // What the server refuses leaves the session usable.
        if rows
            .as_ref()
            .map_or_else(|error| error.as_db_error().is_some(), |_| true)
        {
            let completed = busy.prepared.take();
            let mut state = self.state();
            if !state.is_without() {
                state.idle = completed;
            }
        }
        Ok(Some(rows.map_err(query_failed(LOADING))?))
    }

    /// Takes the session, which is opened if necessary; `None` while the server has no connection left.
    async fn take(&self) -> Result<Option<Prepared>, StorageError> {
        let connector = self.sessions.connector();
        let idle = {
            let mut state = self.state();
            if state.is_without() {
                return Ok(None);
            }
            state.idle.take()
        };
        if let Some(mut prepared) = idle
            && prepared.session.is_usable(connector)
        {
            return Ok(Some(prepared));
        }
        match timeout(OPEN_MAX, self.open()).await {
            Ok(Err(error)) if !error.may_be_out_of_connections() => Err(error),
            Ok(Ok(opened)) => Ok(Some(opened)),
            _ => {
                self.state().without_until = Some(Instant::now() + WITHOUT);
                Ok(None)
            }
        }
    }

    /// Closes the session, unless it is in use, and opens none for a while.
    fn give_way(&self) {
        let closed = {
            let mut state = self.state();
            state.without_until = Some(Instant::now() + WITHOUT);
            state.idle.take()
        };
        drop(closed);
        self.opening.abandon();
    }

    async fn open(&self) -> Result<Prepared, StorageError> {
        let connector = self.sessions.connector();
        let is_usable = |opened: &mut Result<Prepared, _>| {
            let opened = opened.as_mut();
            opened.is_ok_and(|opened| opened.session.is_usable(connector))
        };
        let connector = connector.clone();
        let start = || async move { Prepared::open(&connector).await };
        let opened = self.opening.open(is_usable, start);
        opened.await.map_err(StorageError::Aborted)?
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the pool is used for now.
    fn is_without(&self) -> bool {
        self.without_until
            .is_some_and(|until| Instant::now() < until)
    }
}

impl Prepared {
    /// The plans are made for any wallets, and so that they suit tables which are empty now and will not be.
    async fn open(connector: &Connector) -> Result<Self, StorageError> {
        let settings = connector
            .settings()
            .with("enable_seqscan", "off")
            .with("plan_cache_mode", "force_generic_plan");
        let mut session = connector.open(&settings).await?;
        let connection = &mut session.connection;
        let prepared = connection.run(async |client| {
            let prepare = |query: LoadQuery| client.prepare(query.sql());
            try_join(prepare(LoadQuery::Plain), prepare(LoadQuery::WithHolds)).await
        });
        let (plain, with_holds) = prepared.await.map_err(query_failed(LOADING))?;
        Ok(Self {
            session,
            plain,
            with_holds,
        })
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if let Some(Prepared { session, .. }) = self.prepared.take() {
            cancel(session.connection.cancel_token(), self.sessions.connector());
        }
    }
}
