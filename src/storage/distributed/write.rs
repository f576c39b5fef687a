//! Group commits on a node: for each shard the statement of one PostgreSQL, on the shard's tables, all in one transaction.
//!
//! 1. A set whose wallet is on another node by now is left out as stale, and is not sent: it is submitted again, on the right lane.
//! 2. The guard, the statements of all shards and the COMMIT are sent in one round trip. What fails leaves nothing behind, as the
//!    COMMIT of a failed transaction is a ROLLBACK.
//! 3. Wallets that are linked over several shards of the node stand or fall together: then the COMMIT is sent once all of them are
//!    seen to be written, and otherwise a ROLLBACK.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::FutureExt;
use tokio_postgres::{Error, Row};

use super::cluster::{Cluster, Known};
use super::guard::{GUARDED, Guarded, LOOK, is_elsewhere, simple};
use super::node::{Node, NodeStatements, prepare_for};
use crate::engine::{CommitError, SetOutcome, WriteSet};
use crate::storage::commit_error::{Conflict, conflict};
use crate::storage::commit_outcome::Outcomes;
use crate::storage::commit_parameters::sorted;
use crate::storage::commit_session::{CommitSessionError, Writing};
use crate::storage::commit_statements::{CommitStatement, CommitStatements};
use crate::storage::error::StorageError;
use crate::storage::feed_epoch;
use crate::storage::pipeline::in_order;
use crate::storage::placement::{Group, ShardTables};

/// The sets of one shard.
struct Part<'a> {
    tables: ShardTables,
    sets: Vec<&'a WriteSet>,
}

/// Why a transaction on a node wrote nothing.
enum Unwritten {
    /// The guard failed: a shard has moved, or the base of the feed was raised.
    Elsewhere,
    Conflict(Conflict),
    /// Sets that are linked over several shards are not all there.
    Torn(Outcomes),
    Failed(Error),
    /// It may be written: rows cannot be read.
    Unreadable(StorageError),
}

impl Cluster {
    /// Writes a group on a lane of a node.
    pub async fn commit_on_node(
        &self,
        group: Group,
        session: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        let known = self.known();
        let parts = parts(&known, group, sets);
        let Some(node) = known.node(group).filter(|_| !parts.is_empty()) else {
            self.set_outdated();
            return Ok(vec![SetOutcome::Stale; sets.len()]);
        };
        let attempt = node.health.commit();
        let written = attempt.of(self.write_on(node, session, &parts).await);
        Ok(written?.of(sets))
    }

    async fn write_on(
        &self,
        node: &Node,
        session: usize,
        parts: &[Part<'_>],
    ) -> Result<Outcomes, CommitError> {
        let writing = node.commit_sessions.get(session).write().await;
        let mut writing = writing.map_err(CommitSessionError::meaning)?;
        let incarnations = node.sessions.connector().incarnations();
        writing.session.take_warning();
        let mut checks_first = false;
        let mut has_looked = false;
        loop {
            let written = transact(&mut writing, parts, checks_first).await;
            return match written {
                Ok(_) if writing.session.take_warning() => {
                    Err(CommitError::Unknown(Arc::new(StorageError::Unreplicated)))
                }
                Ok(_) if writing.session.is_outdated(incarnations) => {
                    Err(CommitError::Unknown(Arc::new(StorageError::Outdated)))
                }
                Ok(outcomes) => {
                    writing.answered();
                    Ok(outcomes)
                }
                Err(Unwritten::Conflict(conflict)) => {
                    writing.met(conflict);
                    checks_first = true;
                    continue;
                }
                Err(Unwritten::Elsewhere) => {
                    self.set_outdated();
                    let session = &mut writing.session;
                    match feed_epoch::base_on_node(&mut session.session).await {
                        Ok(base) if base != session.feed_base && !has_looked => {
                            session.feed_base = base;
                            has_looked = true;
                            continue;
                        }
                        // Left out: what has moved is loaded where it is now.
                        Ok(_) => {
                            writing.answered();
                            Ok(Outcomes::default())
                        }
                        Err(error) => {
                            writing.discarded();
                            Err(CommitError::NotSent(Arc::new(error)))
                        }
                    }
                }
                Err(Unwritten::Torn(outcomes)) => {
                    writing.answered();
                    torn(parts, outcomes)
                }
                Err(Unwritten::Failed(error)) => Err(writing.failed(error)),
                Err(Unwritten::Unreadable(error)) => Err(CommitError::Unknown(Arc::new(error))),
            };
        }
    }
}

/// Returns the sets by shard, without those whose wallets, or wallets that they are linked with, are on another node by now.
fn parts<'a>(known: &Known, group: Group, sets: &'a [WriteSet]) -> Vec<Part<'a>> {
    let shard = |set: &WriteSet| {
        let shard = known.placement.shard(set.wallet());
        shard.filter(|shard| shard.group == group)
    };
    let away = sets.iter().filter(|set| shard(set).is_none());
    let torn: BTreeSet<usize> = away.filter_map(WriteSet::unit).collect();
    let mut parts: BTreeMap<i64, (ShardTables, Vec<&WriteSet>)> = BTreeMap::new();
    for set in sets {
        if let Some(shard) = shard(set)
            && set.unit().is_none_or(|unit| !torn.contains(&unit))
        {
            let tables = shard.tables;
            let (_, of_shard) = parts
                .entry(tables.wallets)
                .or_insert_with(|| (tables, Vec::new()));
            of_shard.push(set);
        }
    }
    parts
        .into_values()
        .map(|(tables, sets)| Part {
            tables,
            sets: sorted(sets),
        })
        .collect()
}

/// The outcome of a group that was rolled back as linked wallets were not all there: one unit is answered, several are divided.
fn torn(parts: &[Part<'_>], mut outcomes: Outcomes) -> Result<Outcomes, CommitError> {
    let units = parts.iter().flat_map(|part| &part.sets);
    let units: BTreeSet<_> = units.map(|set| set.unit()).collect();
    if units.len() > 1 {
        return Err(CommitError::Busy(Arc::new(StorageError::Torn)));
    }
    outcomes.set_undone();
    Ok(outcomes)
}

/// Sends one transaction.
async fn transact(
    writing: &mut Writing<'_, NodeStatements>,
    parts: &[Part<'_>],
    checks_first: bool,
) -> Result<Outcomes, Unwritten> {
    let mut prepared: Vec<CommitStatements> = Vec::with_capacity(parts.len());
    let mut statements = Vec::with_capacity(parts.len());
    for part in parts {
        let known = prepare_for(&mut writing.session, &part.tables).await;
        prepared.push(known.map_err(Unwritten::of)?);
        let mut statement =
            CommitStatement::of(&part.sets, |conflict| writing.checks_for(conflict));
        if checks_first {
            statement.check_first(&part.sets);
        }
        statements.push(statement);
    }
    let is_linked = is_linked_over_parts(parts);
    let base = writing.session.feed_base;
    let guarded = Guarded::of(parts.iter().map(|part| &part.tables), Some(base));
    let guard = writing.session.statements.guard.clone();
    let connection = &mut writing.session.session.connection;
    let results = connection
        .run(async |client| {
            let parameters: Vec<_> = statements.iter().map(|it| it.parameters(&base)).collect();
            let mut sent = guard.begin(client, &guarded);
            for ((statement, prepared), parameters) in
                statements.iter().zip(&prepared).zip(&parameters)
            {
                let query = client.query(statement.prepared(prepared), parameters);
                sent.push(query.boxed());
            }
            if !is_linked {
                sent.push(simple(client, "COMMIT").boxed());
            }
            in_order(sent).await
        })
        .await;
    let read = read(results, &statements);
    if !is_linked {
        return read;
    }
    let mut sets = parts.iter().flat_map(|part| &part.sets);
    let is_whole = matches!(&read, Ok(outcomes) if sets.all(|set| outcomes.is_held(set)));
    let end = if is_whole { "COMMIT" } else { "ROLLBACK" };
    let ended = connection.run(|client| client.batch_execute(end)).await;
    match (read, ended) {
        (Ok(outcomes), Ok(())) if is_whole => Ok(outcomes),
        (Ok(_), Err(error)) if is_whole => Err(Unwritten::Failed(error)),
        (Ok(outcomes), _) => Err(Unwritten::Torn(outcomes)),
        (Err(unwritten), _) => Err(unwritten),
    }
}

/// Reads the results of the statements that were sent together.
fn read(
    results: Vec<Result<Vec<Row>, Error>>,
    statements: &[CommitStatement<'_>],
) -> Result<Outcomes, Unwritten> {
    let mut outcomes = Outcomes::default();
    for (place, result) in results.into_iter().enumerate() {
        let statement = place.checked_sub(GUARDED).and_then(|at| statements.get(at));
        match (result, statement) {
            (Ok(_), None) => {}
            (Ok(rows), Some(statement)) => {
                let read = outcomes.add(&rows, statement.is_careful());
                read.map_err(Unwritten::Unreadable)?;
            }
            (Err(error), Some(statement)) => {
                return Err(match conflict(&error) {
                    Some(conflict) if !statement.is_careful() => Unwritten::Conflict(conflict),
                    _ => Unwritten::of(error),
                });
            }
            (Err(error), None) if place == LOOK => return Err(Unwritten::of(error)),
            (Err(error), None) => return Err(Unwritten::Failed(error)),
        }
    }
    Ok(outcomes)
}

/// Whether wallets of several shards are linked.
fn is_linked_over_parts(parts: &[Part<'_>]) -> bool {
    let mut seen = BTreeSet::new();
    parts.iter().any(|part| {
        let units: BTreeSet<_> = part.sets.iter().filter_map(|set| set.unit()).collect();
        let is_seen = !seen.is_disjoint(&units);
        seen.extend(units);
        is_seen
    })
}

impl Unwritten {
    fn of(error: Error) -> Self {
        if is_elsewhere(&error) {
            Self::Elsewhere
        } else {
            Self::Failed(error)
        }
    }
}
