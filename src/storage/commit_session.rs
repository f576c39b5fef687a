//! A committer's own database session.
//!
//! 1. It connects on its first use and prepares the commit statements. Generic plans are used whatever the size of a batch, as
//!    planning takes longer than a better plan would save. They may be made while the tables are empty, when PostgreSQL prefers
//!    sequential scans, so those are off. A session that takes longer to open than a caller waits is opened in the background.
//! 2. Before a write is sent the commit session counts as *unsettled*, until the write has succeeded or failed. So a write that is
//!    abandoned half-way, by a timeout or a panic, leaves it unsettled.
//! 3. An unsettled commit session writes nothing until it is settled (see [`settle`](super::settle)).
//! 4. Writes are optimistic. A key that the ledger has already fails the statement by the unique index, and a locked wallet by a
//!    short timeout ([`LOCK_WAIT`]). Checking keys first would cost a hot wallet a tenth of its throughput, skipping locked rows a
//!    tenth of PostgreSQL's work for a group. A conflict costs one failed statement and a line in the server's log; conflicts come
//!    in runs, so after one the session checks first for a while ([`CAREFUL_FOR`]).

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::background_open::BackgroundOpen;
use super::commit_error::{Conflict, commit_error};
use super::commit_statements::{CommitStatement, CommitStatements};
use super::connect::Session;
use super::error::{StorageError, query_failed};
use super::feed_epoch;
use super::pool::Sessions;
use super::server_identity::{Incarnations, SessionId};
use super::settings::Settings;
use crate::engine::CommitError;

/// How long writes check for a conflict after one was met.
const CAREFUL_FOR: Duration = Duration::from_secs(10);

/// How long a write waits for a lock: a few commits of another engine. A lock that is held for longer must not delay the other
/// wallets of the group.
pub(super) const LOCK_WAIT: Duration = Duration::from_millis(100);

/// The sessions of all committers of a lane.
pub(super) struct CommitSessions<P>(Vec<CommitSession<P>>);

/// What a commit session prepares when it is opened.
pub(super) trait Prepare: Sized + Send + 'static {
    /// Opens a session, and prepares what is known then.
    fn open(sessions: &Sessions) -> BoxFuture<'_, Result<PreparedSession<Self>, StorageError>>;
}

impl<P: Prepare> CommitSessions<P> {
    /// Prepares one for each committer; each waits up to `connect` for its connection.
    pub fn new(sessions: &Sessions, committers: usize, connect: Duration) -> Self {
        let commit_session = |_| CommitSession {
            sessions: sessions.clone(),
            opening: BackgroundOpen::default(),
            connect,
            state: Mutex::new(State {
                session: None,
                unsettled: None,
                known_key: None,
                locked: None,
            }),
        };
        Self((0..committers).map(commit_session).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn get(&self, session: usize) -> &CommitSession<P> {
        &self.0[session]
    }

    /// Returns the number of a session among those that are numbered after these; `None`: it is one of these.
    pub fn beyond(&self, session: usize) -> Option<usize> {
        session.checked_sub(self.len())
    }
}

pub(super) struct CommitSession<P> {
    sessions: Sessions,
    opening: BackgroundOpen<Result<PreparedSession<P>, StorageError>>,
    connect: Duration,
    state: Mutex<State<P>>,
}

struct State<P> {
    session: Option<PreparedSession<P>>,
    /// The session whose last write has an unknown outcome.
    unsettled: Option<SessionId>,
    /// When a write last had a key that the ledger had already.
    known_key: Option<Instant>,
    /// When a write last met a locked wallet.
    locked: Option<Instant>,
}

/// An open session with its prepared statements.
pub(super) struct PreparedSession<P> {
    pub session: Session,
    /// On which its transaction numbers are positions of the feed.
    pub feed_base: i64,
    pub statements: P,
}

/// A commit session in use by one write.
pub(super) struct Writing<'a, P> {
    state: MutexGuard<'a, State<P>>,
    pub session: PreparedSession<P>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum CommitSessionError {
    #[error("could not open a session for group commits")]
    Unreachable(#[source] StorageError),
    #[error("an earlier write of this committer has an unknown outcome")]
    Unsettled,
}

impl CommitSessionError {
    /// Returns what it means for the write.
    pub fn meaning(self) -> CommitError {
        let is_unsettled = matches!(self, Self::Unsettled);
        let cause = Arc::new(self);
        if is_unsettled {
            CommitError::Unknown(cause)
        } else {
            CommitError::NotSent(cause)
        }
    }
}

impl<P: Prepare> CommitSession<P> {
    /// Takes the session for one write, connecting if necessary. Nothing has been sent when this fails.
    pub async fn write(&self) -> Result<Writing<'_, P>, CommitSessionError> {
        let mut state = self.state.lock().await;
        if state.unsettled.is_some() {
            return Err(CommitSessionError::Unsettled);
        }
        let mut idle = state.session.take();
        let connector = self.sessions.connector();
        let session = match idle.take_if(|idle| idle.session.is_usable(connector)) {
            Some(idle) => idle,
            None => self
                .connect()
                .await
                .map_err(CommitSessionError::Unreachable)?,
        };
        state.unsettled = Some(session.session.id);
        Ok(Writing { state, session })
    }

    /// Settles the session: `settle` finds out the outcome of the unanswered write, if there is one.
    pub async fn settle<T>(
        &self,
        settle: impl AsyncFnOnce(Option<SessionId>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let mut state = self.state.lock().await;
        let settled = settle(state.unsettled).await?;
        state.unsettled = None;
        Ok(settled)
    }

    async fn connect(&self) -> Result<PreparedSession<P>, StorageError> {
        let sessions = self.sessions.clone();
        let is_usable = |opened: &mut Result<PreparedSession<P>, _>| {
            let connector = self.sessions.connector();
            let opened = opened.as_mut();
            opened.is_ok_and(|opened| opened.session.is_usable(connector))
        };
        let opened = self
            .opening
            .open(is_usable, || async move { P::open(&sessions).await });
        // The attempt continues in the background.
        let opened = timeout(self.connect, opened).await;
        let opened = opened.map_err(|_| StorageError::ConnectTooSlow(self.connect))?;
        opened.map_err(StorageError::Aborted)?
    }
}

impl Prepare for CommitStatements {
    fn open(sessions: &Sessions) -> BoxFuture<'_, Result<PreparedSession<Self>, StorageError>> {
        async move {
            let mut session = sessions.open(&settings(sessions)).await?;
            let feed_base = feed_epoch::base(&mut session).await?;
            let prepared = session.connection.run(Self::prepare_with_places);
            let statements = prepared
                .await
                .map_err(query_failed("prepare the group commit"))?;
            Ok(PreparedSession {
                session,
                feed_base,
                statements,
            })
        }
        .boxed()
    }
}

/// Returns the settings of a session on which the commit statements are prepared.
pub(super) fn settings(sessions: &Sessions) -> Settings {
    let settings = sessions.connector().settings();
    settings
        .with("enable_seqscan", "off")
        .with("plan_cache_mode", "force_generic_plan")
        .with("lock_timeout", LOCK_WAIT.as_millis())
}

impl PreparedSession<CommitStatements> {
    pub async fn query(
        &mut self,
        statement: &CommitStatement<'_>,
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let prepared = statement.prepared(&self.statements);
        let parameters = statement.parameters(&self.feed_base);
        let connection = &mut self.session.connection;
        connection
            .run(|client| client.query(prepared, &parameters))
            .await
    }
}

impl<P> PreparedSession<P> {
    /// Returns whether the database has changed since: a commit on an old primary is lost.
    pub fn is_outdated(&self, incarnations: &Incarnations) -> bool {
        self.session.incarnation != incarnations.number()
    }

    /// Returns whether a warning was received since the last call.
    pub fn take_warning(&mut self) -> bool {
        self.session.connection.take_warning()
    }
}

impl<P> Writing<'_, P> {
    /// Returns whether writes check for this conflict now.
    pub fn checks_for(&mut self, conflict: Conflict) -> bool {
        self.last(conflict)
            .is_some_and(|at| at.elapsed() < CAREFUL_FOR)
    }

    /// Records that a write failed by it.
    pub fn met(&mut self, conflict: Conflict) {
        *self.last(conflict) = Some(Instant::now());
    }

    fn last(&mut self, conflict: Conflict) -> &mut Option<Instant> {
        match conflict {
            Conflict::KnownKey => &mut self.state.known_key,
            Conflict::Locked => &mut self.state.locked,
        }
    }

    /// The write has succeeded or failed: the session can be used again.
    pub fn answered(mut self) {
        self.state.unsettled = None;
        self.state.session = Some(self.session);
    }

    /// The write has failed by this error. Returns what that means; the session can be used again unless the outcome is unknown.
    pub fn failed(self, error: tokio_postgres::Error) -> CommitError {
        // The server has become a standby or was fenced: the session cannot be used again.
        let takes_no_writes = error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION);
        let error = commit_error(error);
        match error {
            CommitError::Unknown(_) => {}
            _ if takes_no_writes => self.discarded(),
            _ => self.answered(),
        }
        error
    }

    /// The write has failed, and the session cannot be used again.
    pub fn discarded(mut self) {
        self.state.unsettled = None;
    }
}
