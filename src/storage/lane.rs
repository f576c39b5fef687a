//! A committer's own line to the database.
//!
//! 1. A lane connects on its first use and prepares the
//!    statements that it will send. Their plans are made once and kept, whatever a batch's size, as planning takes
//!    longer than a better plan would save; maybe they are made while the tables are empty, of which PostgreSQL
//!    would rather read the whole; so it may not. A session that takes longer to open than a caller waits goes on being
//!    opened.
//! 2. Before a write is sent the lane counts as *unsettled*; when the write was answered, one way or the
//!    other, no longer. So a write that is abandoned half-way, by a timeout or a panic, leaves the mark.
//! 3. An unsettled lane writes nothing until it is settled (see [`settle`](super::settle)).
//! 4. Nothing is expected to be in the way. A key that is known after all fails the statement by the index of keys, and a
//!    wallet that somebody keeps locked by a short wait ([`LOCK_WAIT`]). Looking for keys beforehand would cost a hot
//!    wallet a tenth of its throughput, stepping around locks a group a tenth of PostgreSQL's work. An obstacle costs a
//!    statement that failed, and a line in the server's log; where one was, others follow, so the lane then looks
//!    beforehand for a while ([`CAUTION`]).

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::connect::Session;
use super::kept::Kept;
use super::pool::Sessions;
use super::server::{Incarnations, SessionId};
use super::{StorageError, query_failed, sql};

/// How long a lane looks out for the same obstacle.
const CAUTION: Duration = Duration::from_secs(10);

/// How long a write waits for a lock: some commits of another engine. Whoever keeps one for longer must not make the
/// wallet's neighbours wait.
const LOCK_WAIT: Duration = Duration::from_millis(100);

/// The lanes of all committers.
pub(super) struct Lanes(Vec<Lane>);

impl Lanes {
    /// A lane waits `connect` for its session.
    pub fn new(sessions: &Sessions, lanes: usize, connect: Duration) -> Self {
        let lane = |_| Lane {
            sessions: sessions.clone(),
            opening: Kept::default(),
            connect,
            state: Mutex::new(State::default()),
        };
        Self((0..lanes).map(lane).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn get(&self, lane: usize) -> &Lane {
        &self.0[lane]
    }
}

pub(super) struct Lane {
    sessions: Sessions,
    opening: Kept<Result<LaneSession, StorageError>>,
    connect: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    session: Option<LaneSession>,
    /// The session whose last write was never answered.
    unsettled: Option<SessionId>,
    /// When a write last held a key that the ledger held already.
    known_key: Option<Instant>,
    /// When a write last met a wallet that was kept locked.
    locked: Option<Instant>,
}

/// What a write was not expected to meet.
#[derive(Clone, Copy)]
pub(super) enum Obstacle {
    KnownKey,
    Locked,
}

/// A session that is ready to write.
pub(super) struct LaneSession {
    session: Session,
    pub commit: Statement,
    pub commit_wallet: Statement,
    pub commit_operation: Statement,
    pub commit_carefully: Statement,
}

/// The lane, taken for one write.
pub(super) struct Writing<'a> {
    state: MutexGuard<'a, State>,
    pub session: LaneSession,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum LaneError {
    #[error("could not open a session for group commits")]
    Unreachable(#[source] StorageError),
    #[error("an earlier write of the lane has an unknown outcome")]
    Unsettled,
}

impl Lane {
    /// Takes the lane for one write, connecting if need be. Nothing has been sent when this fails.
    pub async fn write(&self) -> Result<Writing<'_>, LaneError> {
        let mut state = self.state.lock().await;
        if state.unsettled.is_some() {
            return Err(LaneError::Unsettled);
        }
        let mut kept = state.session.take();
        let connector = self.sessions.connector();
        let session = match kept.take_if(|kept| kept.session.is_usable(connector)) {
            Some(kept) => kept,
            None => self.connect().await.map_err(LaneError::Unreachable)?,
        };
        state.unsettled = Some(session.session.id);
        Ok(Writing { state, session })
    }

    /// Settles the lane with what `settle` makes of the session whose write was never answered, if there is one.
    pub async fn settle<T>(
        &self,
        settle: impl AsyncFnOnce(Option<SessionId>) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let mut state = self.state.lock().await;
        let settled = settle(state.unsettled).await?;
        state.unsettled = None;
        Ok(settled)
    }

    async fn connect(&self) -> Result<LaneSession, StorageError> {
        let sessions = self.sessions.clone();
        let is_good = |opened: &mut Result<LaneSession, _>| {
            let connector = self.sessions.connector();
            let good = opened
                .as_mut()
                .map(|opened| opened.session.is_usable(connector));
            good.unwrap_or(false)
        };
        let opened = self
            .opening
            .make(is_good, || async move { open(&sessions).await });
        // The caller goes before the session is given up.
        let opened = timeout(self.connect, opened).await;
        let opened = opened.map_err(|_| StorageError::ConnectTooSlow(self.connect))?;
        opened.map_err(StorageError::Aborted)?
    }
}

/// Opens a lane's session.
async fn open(sessions: &Sessions) -> Result<LaneSession, StorageError> {
    let settings = sessions.connector().settings();
    let settings = settings
        .with("enable_seqscan", "off")
        .with("plan_cache_mode", "force_generic_plan")
        .with("lock_timeout", LOCK_WAIT.as_millis());
    let mut session = sessions.open(&settings).await?;
    let prepared = session.line.ask(async |client| {
        tokio::try_join!(
            client.prepare(sql::COMMIT),
            client.prepare(sql::COMMIT_WALLET),
            client.prepare(sql::COMMIT_OPERATION),
            client.prepare(sql::COMMIT_CAREFULLY),
        )
    });
    let (commit, commit_wallet, commit_operation, commit_carefully) = prepared
        .await
        .map_err(query_failed("prepare the group commit"))?;
    Ok(LaneSession {
        session,
        commit,
        commit_wallet,
        commit_operation,
        commit_carefully,
    })
}

impl LaneSession {
    pub async fn query(
        &mut self,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let line = &mut self.session.line;
        line.ask(|client| client.query(statement, parameters)).await
    }

    /// Whether the database became another one meanwhile: what an old primary answers now is lost.
    pub fn is_outdated(&self, incarnations: &Incarnations) -> bool {
        self.session.incarnation != incarnations.number()
    }

    /// Whether the answer came with a warning since this was asked last.
    pub fn take_warning(&mut self) -> bool {
        self.session.line.take_warning()
    }
}

impl Writing<'_> {
    /// Whether that is to be looked for before it is met.
    pub fn looks_out_for(&mut self, obstacle: Obstacle) -> bool {
        self.last(obstacle).is_some_and(|at| at.elapsed() < CAUTION)
    }

    /// A write met it.
    pub fn met(&mut self, obstacle: Obstacle) {
        *self.last(obstacle) = Some(Instant::now());
    }

    fn last(&mut self, obstacle: Obstacle) -> &mut Option<Instant> {
        match obstacle {
            Obstacle::KnownKey => &mut self.state.known_key,
            Obstacle::Locked => &mut self.state.locked,
        }
    }

    /// The write was answered, one way or the other: the session can be used again.
    pub fn answered(mut self) {
        self.state.unsettled = None;
        self.state.session = Some(self.session);
    }

    /// The write was answered, and the session is of no more use.
    pub fn discarded(mut self) {
        self.state.unsettled = None;
    }
}
