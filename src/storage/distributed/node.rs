//! A node: a PostgreSQL that holds shards.

use std::collections::HashMap;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres::Error;

use super::guard::Guard;
use crate::config::DatabaseLimits;
use crate::storage::commit_health::CommitHealth;
use crate::storage::commit_session::{CommitSessions, Prepare, PreparedSession, settings};
use crate::storage::commit_statements::CommitStatements;
use crate::storage::connect::NodeAddress;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::feed_epoch;
use crate::storage::last_check::LastCheck;
use crate::storage::placement::{Group, ShardTables};
use crate::storage::pool::Sessions;

/// How each node is used.
#[derive(Clone, Debug)]
pub(in crate::storage) struct Parameters {
    /// The most sessions besides those of the committers.
    pub pool_max: usize,
    pub committers: usize,
    pub limits: DatabaseLimits,
}

/// A node, with the sessions to it.
pub(in crate::storage) struct Node {
    pub group: Group,
    pub sessions: Sessions,
    pub commit_sessions: CommitSessions<NodeStatements>,
    pub health: CommitHealth,
    pub last_check: LastCheck,
}

impl Node {
    /// Prepares to use a node; connections are opened when they are needed.
    pub(super) fn new(
        coordinator: &Sessions,
        group: Group,
        address: NodeAddress,
        parameters: &Parameters,
    ) -> Result<Self, StorageError> {
        let Parameters {
            pool_max,
            committers,
            limits,
        } = parameters;
        let connector = coordinator.connector().of_node(address);
        let sessions = Sessions::new(connector, *pool_max, limits)?;
        // As for the sessions of an undistributed database.
        let commit_sessions = CommitSessions::new(&sessions, *committers, limits.connect * 4 / 5);
        Ok(Self {
            group,
            sessions,
            commit_sessions,
            health: CommitHealth::default(),
            last_check: LastCheck::new(None),
        })
    }

    /// Leads later sessions to where the node is now.
    pub fn lead_to(&self, address: NodeAddress) {
        self.sessions.connector().lead_to(address);
    }

    /// Where it is.
    pub fn name(&self) -> String {
        let address = self.sessions.connector().node();
        address.map_or_else(String::new, |address| address.to_string())
    }

    pub fn incarnation(&self) -> u64 {
        self.sessions.connector().incarnations().number()
    }
}

/// What a commit session of a node has prepared: the guard, and the statements for each shard that was written on it.
pub(in crate::storage) struct NodeStatements {
    pub(super) guard: Guard,
    /// By the number of the shard's wallets.
    shards: HashMap<i64, CommitStatements>,
}

impl Prepare for NodeStatements {
    fn open(sessions: &Sessions) -> BoxFuture<'_, Result<PreparedSession<Self>, StorageError>> {
        async move {
            let mut session = sessions.open(&settings(sessions)).await?;
            let feed_base = feed_epoch::base_on_node(&mut session).await?;
            let guard = session.connection.run(Guard::prepare).await;
            let guard = guard.map_err(query_failed("prepare the group commit on a node"))?;
            Ok(PreparedSession {
                session,
                feed_base,
                statements: Self {
                    guard,
                    shards: HashMap::new(),
                },
            })
        }
        .boxed()
    }
}

/// Prepares the statements for the shard on this session, unless it has.
pub(super) async fn prepare_for(
    prepared: &mut PreparedSession<NodeStatements>,
    tables: &ShardTables,
) -> Result<CommitStatements, Error> {
    if let Some(statements) = prepared.statements.shards.get(&tables.wallets) {
        return Ok(statements.clone());
    }
    let named = |statement: &'static str| tables.named(statement).into();
    let statements = prepared
        .session
        .connection
        .run(|client| CommitStatements::prepare(client, named))
        .await?;
    let shards = &mut prepared.statements.shards;
    shards.insert(tables.wallets, statements.clone());
    Ok(statements)
}
