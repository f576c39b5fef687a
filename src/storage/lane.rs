//! A committer's own line to the database.
//!
//! 1. A lane connects on its first use, under a name that no other session has, and prepares the
//!    statements that it will send. Their plans are made once and kept, whatever a batch's size, as planning takes
//!    longer than a better plan would save; maybe they are made while the tables are empty, of which PostgreSQL
//!    would rather read the whole; so it may not.
//! 2. Before a write is sent the lane counts as *unsettled*; when the write was answered, one way or the
//!    other, no longer. So a write that is abandoned half-way, by a timeout or a panic, leaves the mark.
//! 3. An unsettled lane writes nothing. It is settled by ending its session from a new connection
//!    (`pg_terminate_backend`) and waiting until `pg_stat_activity` no longer shows its name: from then on
//!    nothing that was sent on it can land.
//! 4. Nothing is expected to be in the way. A key that is known after all fails the statement by the index of keys, and a
//!    wallet that somebody keeps locked by a short wait ([`LOCK_WAIT`]). Looking for keys beforehand would cost a hot
//!    wallet a tenth of its throughput, stepping around locks a group a tenth of PostgreSQL's work. An obstacle costs a
//!    statement that failed, and a line in the server's log; where one was, others follow, so the lane then looks
//!    beforehand for a while ([`CAUTION`]).

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use super::connect::Connector;
use super::line::Line;
use super::{StorageError, query_failed, sql};

/// How long a lane looks out for the same obstacle.
const CAUTION: Duration = Duration::from_secs(10);

/// How long a write waits for a lock: some commits of another engine. Whoever keeps one for longer must not make the
/// wallet's neighbours wait.
const LOCK_WAIT: Duration = Duration::from_millis(100);

/// The lanes of all committers.
pub(super) struct Lanes(Vec<Lane>);

impl Lanes {
    pub fn new(connector: &Connector, lanes: usize) -> Self {
        let lane = |_| Lane {
            connector: connector.clone(),
            state: Mutex::new(State::default()),
        };
        Self((0..lanes).map(lane).collect())
    }

    pub fn get(&self, lane: usize) -> &Lane {
        &self.0[lane]
    }
}

pub(super) struct Lane {
    connector: Connector,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    session: Option<Session>,
    /// The name of the session whose last write was never answered.
    unsettled: Option<String>,
    /// When a write last held a key that the ledger held already.
    known_key: Option<Instant>,
    /// When a write last met a wallet that somebody kept locked.
    locked: Option<Instant>,
}

/// What a write was not expected to meet.
#[derive(Clone, Copy)]
pub(super) enum Obstacle {
    KnownKey,
    Locked,
}

/// A session that is ready to write.
pub(super) struct Session {
    line: Line,
    pub commit: Statement,
    pub commit_wallet: Statement,
    pub commit_operation: Statement,
    pub commit_carefully: Statement,
    name: String,
}

/// The lane, taken for one write.
pub(super) struct Writing<'a> {
    state: MutexGuard<'a, State>,
    pub session: Session,
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
        let session = match kept.take_if(|session| !session.line.is_closed()) {
            Some(session) => session,
            None => self.connect().await.map_err(LaneError::Unreachable)?,
        };
        state.unsettled = Some(session.name.clone());
        Ok(Writing { state, session })
    }

    /// Makes sure that nothing which this lane sent can land any more.
    pub async fn settle(&self) -> Result<(), StorageError> {
        let mut state = self.state.lock().await;
        if let Some(name) = &state.unsettled {
            end_session(&self.connector, name).await?;
            state.unsettled = None;
        }
        Ok(())
    }

    async fn connect(&self) -> Result<Session, StorageError> {
        // Within the 63 characters that PostgreSQL keeps of a name.
        let name = format!("wallet-engine {}", Uuid::new_v4().simple());
        let mut config = self.connector.config().clone();
        config.application_name(&name);
        let options = config.get_options().unwrap_or_default();
        config.options(format!(
            "{options} -c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c lock_timeout={}",
            LOCK_WAIT.as_millis()
        ));
        let mut line = self.connector.line(&config).await?;
        let mut prepare = async |statement| {
            let prepared = line.ask(|client| client.prepare(statement)).await;
            prepared.map_err(query_failed("prepare the group commit"))
        };
        let commit = prepare(sql::COMMIT).await?;
        let commit_wallet = prepare(sql::COMMIT_WALLET).await?;
        let commit_operation = prepare(sql::COMMIT_OPERATION).await?;
        let commit_carefully = prepare(sql::COMMIT_CAREFULLY).await?;
        Ok(Session {
            line,
            commit,
            commit_wallet,
            commit_operation,
            commit_carefully,
            name,
        })
    }
}

impl Session {
    pub async fn query(
        &mut self,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        self.line
            .ask(|client| client.query(statement, parameters))
            .await
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
}

/// Ends the session of that name and waits until it is gone.
async fn end_session(connector: &Connector, name: &str) -> Result<(), StorageError> {
    const PAUSE: Duration = Duration::from_millis(10);
    let client = connector.connect().await?;
    loop {
        let row = client
            .query_one(sql::SESSION_END, &[&name])
            .await
            .map_err(query_failed("end an unsettled session"))?;
        let sessions: i64 = row
            .try_get(0)
            .map_err(query_failed("count the unsettled sessions"))?;
        if sessions == 0 {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}
