//! The readiness check: whether the database accepts deposits.
//!
//! A session of its own executes the guarded write of a deposit, for a wallet that does not exist, every [`EVERY`]. So a server
//! that accepts no writes, a missing privilege and a server that does not respond are detected before a request fails, and so is a
//! database that has changed (see [`server_identity`](super::server_identity)). The check is not a request: a session that is slow
//! to open is waited for.
//!
//! What only a real commit can meet is tracked by [`CommitHealth`](super::commit_health::CommitHealth).

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::commit_health::CommitHealth;
use super::connect::Session;
use super::database::Database;
use super::distributed::{Cluster, Node};
use super::error::{StorageError, query_failed};
use super::feed_epoch;
use super::last_check::LastCheck;
use super::placement::ShardTables;
use super::pool::{Sessions, cancel};
use super::sql;

/// The interval between two checks.
const EVERY: Duration = Duration::from_millis(250);
/// The timeout of a check.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// How long a result is valid: a check, and one that timed out.
const FRESH: Duration = Duration::from_millis(2_500);

impl Database {
    /// Checks the database, and each of its nodes if it is distributed, until its pool is closed.
    pub async fn watch(self) {
        if let Some(cluster) = self.distribution.cluster() {
            tokio::spawn(Arc::clone(cluster).watch());
            tokio::spawn(watch_nodes(Arc::clone(cluster)));
        }
        let write = if self.is_distributed() {
            CheckedWrite::None
        } else {
            CheckedWrite::Whole
        };
        watch_server(&self.sessions, &self.last_check, write).await;
    }

    /// Returns whether the database accepts deposits: of a distributed one, whether some node does.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn answers(&self) -> Result<(), Arc<StorageError>> {
        let Some(cluster) = self.distribution.cluster() else {
            return answers(&self.last_check, &self.commit_health).await;
        };
        let mut answer = Err(Arc::new(StorageError::NoAddress));
        for node in cluster.known().nodes() {
            answer = answers(&node.last_check, &node.health).await;
            if answer.is_ok() {
                break;
            }
        }
        answer
    }

    /// Returns the nodes of a distributed database, and the coordinator, with whether each accepts writes; empty if the database is not
    /// distributed.
    pub async fn nodes(&self) -> Vec<NodeState> {
        let Some(cluster) = self.distribution.cluster() else {
            return Vec::new();
        };
        let state = |name: String, is_up| NodeState { name, is_up };
        let coordinator = answers(&self.last_check, &self.commit_health).await;
        let mut states = vec![state("coordinator".to_owned(), coordinator.is_ok())];
        for node in cluster.known().nodes() {
            let answers = answers(&node.last_check, &node.health).await;
            states.push(state(node.name(), answers.is_ok()));
        }
        states
    }
}

/// A node of a distributed database, by where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeState {
    pub name: String,
    pub is_up: bool,
}

/// What a check writes, without changing anything.
#[derive(Clone, Copy)]
enum CheckedWrite {
    /// To the table of wallets.
    Whole,
    /// To the table of a shard.
    Shard(ShardTables),
    /// Nothing: the session takes writes, but has no table of wallets.
    None,
}

async fn answers(last_check: &LastCheck, health: &CommitHealth) -> Result<(), Arc<StorageError>> {
    let mut checks = last_check.subscribe();
    // At startup, waits for the first check.
    let first = timeout(ANSWER_MAX, checks.wait_for(Option::is_some)).await;
    let last = match first {
        Ok(Ok(last)) => last.clone(),
        _ => None,
    };
    match last {
        Some((at, Ok(()))) if at.elapsed() < FRESH => {}
        Some((_, Err(error))) => return Err(error),
        _ => return Err(Arc::new(StorageError::Silent(ANSWER_MAX))),
    }
    // A failed check names the cause; failing commits are one of its consequences.
    match health.stalled() {
        Some(since) => Err(Arc::new(StorageError::Stalled(since))),
        None => Ok(()),
    }
}

/// Checks each node by itself: one that is silent delays no other.
async fn watch_nodes(cluster: Arc<Cluster>) {
    let mut watched = HashSet::new();
    while !cluster.coordinator().is_closed() {
        for node in cluster.known().nodes() {
            if watched.insert(node.group) {
                tokio::spawn(watch_node(Arc::clone(&cluster), Arc::clone(node)));
            }
        }
        sleep(EVERY).await;
    }
}

async fn watch_node(cluster: Arc<Cluster>, node: Arc<Node>) {
    let mut session = None;
    while !node.sessions.is_closed() {
        let known = cluster.known();
        let write = match known.placement.any_of(node.group) {
            Some(shard) => CheckedWrite::Shard(shard.tables),
            None => CheckedWrite::None,
        };
        check_once(&node.sessions, &node.last_check, &mut session, write).await;
        sleep(EVERY).await;
    }
}

async fn watch_server(sessions: &Sessions, last_check: &LastCheck, write: CheckedWrite) {
    let mut session = None;
    while !sessions.is_closed() {
        check_once(sessions, last_check, &mut session, write).await;
        sleep(EVERY).await;
    }
}

async fn check_once(
    sessions: &Sessions,
    last_check: &LastCheck,
    session: &mut Option<CheckSession>,
    write: CheckedWrite,
) {
    let checked = check(sessions, session, write).await;
    if checked.is_err() {
        *session = None;
    }
    last_check.send_replace(Some((Instant::now(), checked.map_err(Arc::new))));
}

async fn check(
    sessions: &Sessions,
    idle: &mut Option<CheckSession>,
    write: CheckedWrite,
) -> Result<(), StorageError> {
    // A session of an earlier incarnation proves nothing about the present one, though its server may still respond.
    let connector = sessions.connector();
    let mut session = idle.take();
    let usable = session.take_if(|check| check.session.is_usable(connector));
    let mut check = match usable {
        Some(check) => check,
        None => CheckSession::open(sessions, write).await?,
    };
    let Ok(checked) = timeout(ANSWER_MAX, check.run(sessions)).await else {
        let token = check.session.connection.cancel_token();
        cancel(token, connector);
        return Err(StorageError::Silent(ANSWER_MAX));
    };
    checked?;
    *idle = Some(check);
    Ok(())
}

/// The session of the check.
struct CheckSession {
    session: Session,
    feed_base: i64,
    /// `None`: nothing is written.
    commit_operation: Option<Statement>,
}

impl CheckSession {
    async fn open(sessions: &Sessions, write: CheckedWrite) -> Result<Self, StorageError> {
        let mut session = sessions.open(&sessions.connector().settings()).await?;
        // As a commit session does: whoever takes writes has to be able to begin an epoch.
        let feed_base = match write {
            CheckedWrite::Shard(_) => feed_epoch::base_on_node(&mut session).await?,
            CheckedWrite::Whole => feed_epoch::base(&mut session).await?,
            CheckedWrite::None => 0,
        };
        let statement: Option<Cow<'_, str>> = match write {
            CheckedWrite::Whole => Some(sql::COMMIT_OPERATION.into()),
            CheckedWrite::Shard(tables) => Some(tables.named(sql::COMMIT_OPERATION).into()),
            CheckedWrite::None => None,
        };
        let commit_operation = match statement {
            Some(statement) => {
                let connection = &mut session.connection;
                let prepared = connection.run(|client| client.prepare(&statement));
                Some(prepared.await.map_err(query_failed(CHECK))?)
            }
            None => None,
        };
        Ok(Self {
            session,
            feed_base,
            commit_operation,
        })
    }

    async fn run(&mut self, sessions: &Sessions) -> Result<(), StorageError> {
        let connection = &mut self.session.connection;
        let (no_wallet, nothing) = (Uuid::nil(), Decimal::ZERO);
        let (text, hash): (Option<&str>, Option<Vec<u8>>) = (None, None);
        let write: [&(dyn ToSql + Sync); 11] = [
            &no_wallet,
            &0_i64,
            &nothing,
            &nothing,
            &no_wallet,
            &"",
            &nothing,
            &text,
            &hash,
            &text,
            &self.feed_base,
        ];
        let asked = OffsetDateTime::now_utc();
        let results = connection.run(async |client| {
            tokio::try_join!(client.query_typed(sql::SESSION_IDENTITY, &[]), async {
                match &self.commit_operation {
                    Some(statement) => client.query(statement, &write).await,
                    None => Ok(Vec::new()),
                }
            },)
        });
        let (identity, _) = results.await.map_err(query_failed(CHECK))?;
        sessions.connector().identify(&identity, asked)?;
        Ok(())
    }
}

const CHECK: &str = "check whether the database accepts writes";
