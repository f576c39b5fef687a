//! What a migration cannot do inside a transaction: refinery (0.9.2) runs every file in one and has no way out, and an index
//! that is built in one keeps every writer waiting until it is there.
//!
//! * **Unique indexes over text are in the order of bytes** (`COLLATE "C"`). The database's own order comes from the
//!   system's C library, and an update of that reorders text under an index that stays as it was: a key that is there is
//!   then not found, and a retry under it happens again.
//! * **Constraints that were added without a scan are validated.** A row that breaks one is reported, and stays.
//!
//! For each index: its successor is built beside it and beside writers, takes its name in a short transaction, and the old
//! one is dropped. What an interrupted attempt left is seen in the catalogue: an invalid successor is dropped and built
//! again, a complete one takes over, an old one goes. So every step can be repeated, and the catalogue alone says whether
//! anything is left. Both names of an index begin alike, because errors are recognised by that beginning.
//!
//! Until an older engine beside this one ends, its searches for keys find no index in their order and read the wallet's
//! rows: slower, and as right.
//!
//! An index that is not there at all is none of this: the check of the schema names it.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Error, Row};
use tracing::{info, warn};

use super::{MigrateError, RETRY_PAUSE, is_for_now};
use crate::storage::{query_failed, sql};
use crate::telemetry::chain;

/// An index that gets the order of bytes.
struct Target {
    name: &'static str,
    build: &'static str,
    swap: &'static str,
}

macro_rules! target {
    ($name:literal) => {
        Target {
            name: $name,
            build: include_str!(concat!("../../../sql/online/", $name, "_build.sql")),
            swap: include_str!(concat!("../../../sql/online/", $name, "_swap.sql")),
        }
    };
}

const TARGETS: [Target; 3] = [
    target!("operations_idempotency_key"),
    target!("users_username_key"),
    target!("adjustments_pkey"),
];

/// How far one index is.
struct State {
    name: String,
    is_sorted: bool,
    /// `None`: there is no successor beside it.
    is_built: Option<bool>,
    has_old: bool,
}

impl State {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            name: row.try_get("name")?,
            is_sorted: row.try_get("is_sorted")?,
            is_built: row.try_get("is_built")?,
            has_old: row.try_get("has_old")?,
        })
    }

    fn is_finished(&self) -> bool {
        self.is_sorted && self.is_built.is_none() && !self.has_old
    }
}

/// Whether nothing is left to do.
pub(super) async fn is_finished(client: &Client) -> Result<bool, MigrateError> {
    let states = states(client).await?;
    Ok(states.iter().all(State::is_finished) && unvalidated(client).await?.is_empty())
}

/// Lets no single wait of the steps last for longer than `wait`.
pub(super) async fn limit_waits(client: &Client, wait: Duration) -> Result<(), MigrateError> {
    let limit = format!("SET lock_timeout TO {}", wait.as_millis());
    execute(client, "limit the waits of the steps", &limit).await
}

/// Does what is left.
pub(super) async fn finish(client: &mut Client, wait: Duration) -> Result<(), MigrateError> {
    for state in states(client).await? {
        let target = TARGETS.iter().find(|target| target.name == state.name);
        if let Some(target) = target.filter(|_| !state.is_finished()) {
            sort(client, target, &state, wait).await?;
        }
    }
    for (constraint, table) in unvalidated(client).await? {
        let validate = format!("ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}");
        if let Err(error) = client.batch_execute(&validate).await {
            warn!(table, constraint, error = %chain(&error),
                "rows of a table break a constraint that new rows keep; `wallet-engine verify` names them");
        }
    }
    Ok(())
}

async fn sort(
    client: &mut Client,
    target: &Target,
    state: &State,
    wait: Duration,
) -> Result<(), MigrateError> {
    let name = target.name;
    let drop = async |client: &Client, suffix: &str| {
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {name}{suffix}");
        execute(client, &format!("drop {name}{suffix}"), &drop).await
    };
    if state.is_sorted {
        drop(client, "_bytes").await?;
    } else {
        if state.is_built != Some(true) {
            drop(client, "_bytes").await?;
            info!(
                index = name,
                "building an index anew beside writers, in the order of bytes"
            );
            execute(client, &format!("build {name} anew"), target.build).await?;
        }
        swap(client, target, wait).await?;
        info!(index = name, "an index is in the order of bytes");
    }
    drop(client, "_old").await
}

/// Lets the successor take over, in a transaction that gives up its locks at once and tries again.
async fn swap(client: &mut Client, target: &Target, wait: Duration) -> Result<(), MigrateError> {
    let began = Instant::now();
    loop {
        match swap_once(client, target).await {
            Err(error) if is_for_now(&error) && began.elapsed() < wait => sleep(RETRY_PAUSE).await,
            swapped => {
                return swapped.map_err(|source| MigrateError::Online {
                    step: format!("let the new {} take over", target.name),
                    source,
                });
            }
        }
    }
}

async fn swap_once(client: &mut Client, target: &Target) -> Result<(), Error> {
    let transaction = client.transaction().await?;
    // Every writer queues behind the one who waits for the table.
    let limit = "SET LOCAL lock_timeout TO '200ms'";
    transaction.batch_execute(limit).await?;
    transaction.batch_execute(target.swap).await?;
    transaction.commit().await
}

async fn states(client: &Client) -> Result<Vec<State>, MigrateError> {
    let failed = |e| MigrateError::Prepare(query_failed("read the state of the indexes")(e));
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let rows = client.query(sql::MIGRATE_INDEX_STATES, &[&names]).await;
    let rows = rows.map_err(failed)?;
    rows.iter()
        .map(State::read)
        .collect::<Result<_, _>>()
        .map_err(failed)
}

/// Constraints that were not validated, each with its table.
async fn unvalidated(client: &Client) -> Result<Vec<(String, String)>, MigrateError> {
    let failed = |e| MigrateError::Prepare(query_failed("read the state of the constraints")(e));
    let rows = client
        .query(sql::MIGRATE_UNVALIDATED, &[])
        .await
        .map_err(failed)?;
    let named = |row: &Row| Ok((row.try_get("name")?, row.try_get("on_table")?));
    rows.iter()
        .map(named)
        .collect::<Result<_, _>>()
        .map_err(failed)
}

pub(super) async fn execute(
    client: &Client,
    step: &str,
    statement: &str,
) -> Result<(), MigrateError> {
    let done = client.batch_execute(statement).await;
    done.map_err(|source| MigrateError::Online {
        step: step.to_owned(),
        source,
    })
}
