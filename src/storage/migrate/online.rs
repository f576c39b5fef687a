//! Steps that cannot run in a transaction: refinery (0.9.2) runs every file in one without exception, and an index that is built
//! in a transaction blocks every writer.
//!
//! * **Unique indexes over text use byte order** (`COLLATE "C"`). The default collation comes from the system's C library, and an
//!   update of that changes the order of text under an existing index: a key is then not found, and a retry executes it again.
//! * **Constraints that were added `NOT VALID` are validated.** A row that violates one is reported, and stays.
//!
//! For each index: its successor is built concurrently, takes its name in a short transaction, and the old one is dropped. After an
//! interruption the catalogue shows what is left to do: an invalid successor is dropped and built again, a complete one takes over,
//! an old one is dropped. So every step can be repeated. Both names of an index begin alike, because errors are recognised by that
//! prefix.
//!
//! Until it is replaced, an older engine on the same database finds no index in its collation for keys and reads the wallet's rows:
//! slower, and as correct.
//!
//! One that does not exist at all is reported by the schema check instead.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Error, Row};
use tracing::{info, warn};

use super::error::MigrateError;
use super::retry::{RETRY_PAUSE, is_lock_unavailable};
use super::statements::statements;
use crate::storage::error::query_failed;
use crate::storage::sql;
use crate::telemetry::chain;

/// An index that is changed to byte order.
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

/// The state of one index.
struct State {
    name: String,
    is_sorted: bool,
    /// `None` without a successor.
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

/// Returns whether nothing is left to do.
pub(super) async fn is_finished(client: &Client) -> Result<bool, MigrateError> {
    let states = states(client).await?;
    Ok(states.iter().all(State::is_finished) && unvalidated(client).await?.is_empty())
}

/// Limits each wait for a lock to `wait`.
pub(super) async fn limit_waits(client: &Client, wait: Duration) -> Result<(), MigrateError> {
    let limit = format!("SET lock_timeout TO {}", wait.as_millis());
    execute(client, "set the lock timeout", &limit).await
}

/// Executes the steps that are left.
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
                "existing rows violate a constraint that new rows satisfy; `wallet-engine verify` lists them");
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
                "rebuilding an index concurrently, in byte order"
            );
            execute(client, &format!("rebuild {name}"), target.build).await?;
        }
        swap(client, target, wait).await?;
        info!(index = name, "index is now in byte order");
    }
    drop(client, "_old").await
}

/// Renames the successor, in a transaction that gives up soon if it does not get its locks, and is tried again.
async fn swap(client: &mut Client, target: &Target, wait: Duration) -> Result<(), MigrateError> {
    let began = Instant::now();
    loop {
        match swap_once(client, target).await {
            Err(error) if is_lock_unavailable(&error) && began.elapsed() < wait => {
                sleep(RETRY_PAUSE).await;
            }
            swapped => {
                return swapped.map_err(|source| MigrateError::Online {
                    step: format!("replace {} by its successor", target.name),
                    source,
                });
            }
        }
    }
}

async fn swap_once(client: &mut Client, target: &Target) -> Result<(), Error> {
    let transaction = client.transaction().await?;
    // Every writer queues behind a waiting ALTER TABLE.
    let limit = "SET LOCAL lock_timeout TO '200ms'";
    transaction.batch_execute(limit).await?;
    for statement in statements(target.swap) {
        transaction.batch_execute(statement).await?;
    }
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

/// Returns the constraints that are not validated, each with its table.
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
