//! Commits over several nodes, through the coordinator: simple statements by the distributed tables' names in one transaction, which
//! Citus commits in two phases.
//!
//! 1. Sent together: the keys that may be known already, the guarded update of each wallet, and where on its node the feed is.
//! 2. If every guard held, sent together: the rows, the holds, and the COMMIT. Otherwise a ROLLBACK: a group of several units is then
//!    divided, and one unit is left out whole.
//!
//! An error before the COMMIT leaves nothing behind. From the COMMIT on, neither an error nor a warning says what happened, and not even
//! a success with a warning says that the rows can be seen: the outcome is unknown until it is settled (see
//! [`across_settle`](super::across_settle)).

use std::collections::BTreeSet;
use std::future::ready;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};
use uuid::Uuid;

use super::across_statements::{AcrossStatements, limit_waits};
use super::cluster::Cluster;
use super::guard::FEED_LOCK;
use crate::domain::WalletId;
use crate::engine::{CommitError, SetOutcome, WriteSet};
use crate::storage::commit_error::commit_error;
use crate::storage::commit_outcome::{Outcomes, recorded_of};
use crate::storage::commit_parameters::{CommitParameters, sorted};
use crate::storage::commit_session::{CommitSessionError, Writing};
use crate::storage::error::StorageError;
use crate::storage::full_parameters::FullParameters;
use crate::storage::pipeline::in_order;

/// Of the parameters of `commit_wallet.sql`, those that say which wallet is expected, and those of the wallet as a whole.
const EXPECTED: usize = 3;
const OF_WALLET: usize = 5;

type Parameters<'a> = Vec<&'a (dyn ToSql + Sync)>;

/// A set with what its statements take.
struct Part<'a> {
    set: &'a WriteSet,
    now: OffsetDateTime,
    wallet: Uuid,
    expected: i64,
    version: i64,
    common: CommitParameters<'a>,
    full: FullParameters<'a>,
}

/// Where a wallet's rows go in the feed, and when.
struct Place {
    at: OffsetDateTime,
    position: i64,
}

/// What the first half of the transaction said.
#[derive(Default)]
struct Guarded {
    outcomes: Outcomes,
    /// Of each set that has rows; `None`: its guard missed.
    places: Vec<Option<Place>>,
    /// The wallets whose ledgers hold one of the keys.
    known: BTreeSet<Uuid>,
    is_whole: bool,
}

/// Why the first half failed.
enum Unguarded {
    Failed(Error),
    Unreadable(StorageError),
}

impl Cluster {
    /// Writes a group over several nodes.
    pub async fn commit_across(
        &self,
        session: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        let attempt = self.health.commit();
        attempt.of(self.write_across(session, sets).await)
    }

    async fn write_across(
        &self,
        session: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        let now = self.coordinator().connector().clock().now();
        let parts: Vec<_> = sorted(sets)
            .into_iter()
            .map(|set| Part::of(set, now))
            .collect();
        let writing = self.commit_sessions.get(session).write().await;
        let mut writing = writing.map_err(CommitSessionError::meaning)?;
        writing.session.take_warning();
        let mut guarded = match guarded(&mut writing, &parts).await {
            Ok(guarded) => guarded,
            Err(Unguarded::Failed(error)) => return Err(undone(writing, error)),
            Err(Unguarded::Unreadable(error)) => {
                writing.discarded();
                return Err(CommitError::Rejected(Arc::new(error)));
            }
        };
        if !guarded.is_whole {
            if let Err(error) = end(&mut writing, &guarded).await {
                return Err(undone(writing, error));
            }
            if writing.session.take_warning() {
                // What the ledger holds already may be on its node alone.
                writing.discarded();
                return Err(CommitError::NotSent(Arc::new(StorageError::Unreplicated)));
            }
            writing.answered();
            let units: BTreeSet<_> = sets.iter().map(WriteSet::unit).collect();
            if units.len() > 1 || (units.contains(&None) && sets.len() > 1) {
                return Err(CommitError::Busy(Arc::new(StorageError::Torn)));
            }
            guarded.outcomes.set_undone();
            return Ok(guarded.outcomes.of(sets));
        }
        let (written, committed) = write(&mut writing, &parts, &guarded.places).await;
        if let Err(error) = written {
            // The COMMIT of a failed transaction is a ROLLBACK.
            return Err(undone(writing, error));
        }
        committed.map_err(|error| CommitError::Unknown(Arc::new(error)))?;
        if writing.session.take_warning() {
            return Err(CommitError::Unknown(Arc::new(StorageError::Unreplicated)));
        }
        let incarnations = self.coordinator().connector().incarnations();
        if writing.session.is_outdated(incarnations) {
            return Err(CommitError::Unknown(Arc::new(StorageError::Outdated)));
        }
        writing.answered();
        Ok(guarded.outcomes.of(sets))
    }
}

/// A transaction that failed before its COMMIT has written nothing, unless the connection broke. What Citus reports of a node that it
/// cannot reach, or that died, has the class of an internal error.
fn undone(writing: Writing<'_, AcrossStatements>, error: Error) -> CommitError {
    let is_internal = error.code() == Some(&SqlState::INTERNAL_ERROR);
    let is_error = error.as_db_error().is_some();
    let meaning = match commit_error(error) {
        CommitError::Unknown(cause) if is_error => CommitError::NotSent(cause),
        CommitError::Rejected(cause) if is_internal => CommitError::NotSent(cause),
        meaning => meaning,
    };
    match meaning {
        CommitError::Unknown(_) => {}
        // It is left in a failed transaction.
        _ => writing.discarded(),
    }
    meaning
}

/// Undoes the first half. What the ledgers hold already must be durable before it is told.
async fn end(writing: &mut Writing<'_, AcrossStatements>, guarded: &Guarded) -> Result<(), Error> {
    let session = &mut writing.session;
    let (connection, durable) = (&mut session.session.connection, &session.statements.durable);
    connection
        .run(async |client| {
            client.batch_execute("ROLLBACK").await?;
            // Each by itself: one statement is a transaction of its own.
            for wallet in &guarded.known {
                client.query(durable, &[wallet]).await?;
            }
            Ok(())
        })
        .await
}

/// Sends the first half of the transaction.
async fn guarded(
    writing: &mut Writing<'_, AcrossStatements>,
    parts: &[Part<'_>],
) -> Result<Guarded, Unguarded> {
    let session = &mut writing.session;
    let (connection, statements) = (&mut session.session.connection, &session.statements);
    let (mut wallets, mut keys) = (Vec::new(), Vec::new());
    for part in parts {
        for key in part.set.keys() {
            wallets.push(part.wallet);
            keys.push(key.as_str());
        }
    }
    let limit_waits = limit_waits();
    let results = connection
        .run(async |client| {
            let asked: [&(dyn ToSql + Sync); 2] = [&wallets, &keys];
            let guards: Vec<_> = parts.iter().map(Part::guard).collect();
            let places: Vec<[&(dyn ToSql + Sync); 2]> = parts
                .iter()
                .map(|part| [&part.wallet as _, &FEED_LOCK as _])
                .collect();
            let mut sent: Vec<BoxFuture<'_, Result<Vec<Row>, Error>>> = Vec::new();
            for statement in ["BEGIN", &limit_waits] {
                let done = client.batch_execute(statement);
                sent.push(done.map(|it| it.map(|()| Vec::new())).boxed());
            }
            sent.push(if wallets.is_empty() {
                ready(Ok(Vec::new())).boxed()
            } else {
                client.query(&statements.known, &asked).boxed()
            });
            for ((part, guard), place) in parts.iter().zip(&guards).zip(&places) {
                if part.writes() {
                    sent.push(client.query(&statements.guard, guard).boxed());
                    sent.push(client.query(&statements.place, place).boxed());
                    sent.push(client.query(&statements.position, &place[..1]).boxed());
                } else {
                    sent.push(client.query(&statements.check, guard).boxed());
                }
            }
            let results = in_order(sent).await;
            results.into_iter().collect::<Result<Vec<_>, Error>>()
        })
        .await?;
    let mut results = results.into_iter().skip(2);
    let mut next = || results.next().unwrap_or_default();
    let mut guarded = Guarded {
        is_whole: true,
        ..Guarded::default()
    };
    let asked: BTreeSet<(Uuid, &str)> = wallets.iter().copied().zip(keys.iter().copied()).collect();
    for row in next() {
        let wallet: Uuid = row.try_get("wallet_id")?;
        if let Some(first) = recorded_of(&row)?
            && asked.contains(&(wallet, first.key.as_str()))
        {
            guarded.known.insert(wallet);
            guarded.outcomes.record(WalletId(wallet), first);
        }
    }
    for part in parts {
        let held = next();
        let (_, position) = if part.writes() {
            (next(), next())
        } else {
            Default::default()
        };
        let place = match (held.first(), position.first()) {
            (Some(held), Some(position)) => Some(Place {
                at: held.try_get("updated_at")?,
                position: position.try_get("position")?,
            }),
            _ => None,
        };
        if held.is_empty() {
            guarded.is_whole = false;
        } else {
            guarded
                .outcomes
                .hold(part.set.wallet(), place.as_ref().map(|place| place.at));
        }
        guarded.places.push(place);
    }
    guarded.is_whole &= guarded.known.is_empty();
    Ok(guarded)
}

/// Sends the second half; returns the first error before the COMMIT, and what the COMMIT said.
async fn write(
    writing: &mut Writing<'_, AcrossStatements>,
    parts: &[Part<'_>],
    places: &[Option<Place>],
) -> (Result<(), Error>, Result<(), Error>) {
    let session = &mut writing.session;
    let (connection, statements) = (&mut session.session.connection, &session.statements);
    let mut results = connection
        .run(async |client| {
            let mut queries: Vec<(&Statement, Parameters<'_>)> = Vec::new();
            for (part, place) in parts.iter().zip(places) {
                let Some(place) = place else { continue };
                queries.push((&statements.rows, part.rows(place)));
                if let Some(opened) = part.full.of_opened() {
                    let mut parameters: Parameters<'_> = vec![&part.wallet, &place.at];
                    parameters.extend(opened);
                    queries.push((&statements.opened, parameters));
                }
                for [seq, remaining] in part.full.of_changed() {
                    queries.push((&statements.changed, vec![&part.wallet, seq, remaining]));
                }
                if let Some(closed) = part.full.of_closed() {
                    queries.push((&statements.closed, vec![&part.wallet, closed]));
                }
            }
            let mut sent: Vec<BoxFuture<'_, Result<(), Error>>> = Vec::new();
            for (statement, parameters) in &queries {
                let done = client.execute(*statement, parameters);
                sent.push(done.map(|it| it.map(|_| ())).boxed());
            }
            sent.push(client.batch_execute("COMMIT").boxed());
            in_order(sent).await
        })
        .await;
    let committed = results.pop().unwrap_or(Ok(()));
    (results.into_iter().collect(), committed)
}

impl<'a> Part<'a> {
    fn of(set: &'a WriteSet, now: OffsetDateTime) -> Self {
        Self {
            now,
            set,
            wallet: set.wallet().0,
            expected: set.expected_version(),
            version: set.version(),
            common: CommitParameters::of(&[set]),
            full: FullParameters::of(&[set]),
        }
    }

    fn writes(&self) -> bool {
        self.version > self.expected
    }

    /// Those of `across_guard.sql`, or of `across_check.sql`.
    fn guard(&self) -> Parameters<'_> {
        let of_wallet = self.common.wallet_parameters();
        let [expected_held, terms @ ..] = self.full.of_terms();
        let mut parameters = of_wallet[..EXPECTED].to_vec();
        parameters.push(expected_held);
        if self.writes() {
            parameters.extend(&of_wallet[EXPECTED..OF_WALLET]);
            parameters.extend(terms);
            parameters.push(&self.now);
        }
        parameters
    }

    /// Those of `across_rows.sql`.
    fn rows<'p>(&'p self, place: &'p Place) -> Parameters<'p> {
        let mut parameters: Parameters<'_> = vec![
            &self.wallet,
            &self.expected,
            &self.version,
            &place.at,
            &place.position,
        ];
        parameters.extend(&self.common.wallet_parameters()[OF_WALLET..]);
        parameters.extend(self.full.of_rows());
        parameters
    }
}

impl From<Error> for Unguarded {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<StorageError> for Unguarded {
    fn from(error: StorageError) -> Self {
        Self::Unreadable(error)
    }
}
