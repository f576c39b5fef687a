//! The index that finds users by any part of their name or address: trigrams, by the extension `pg_trgm`, which not every database has
//! and not every role may create.
//!
//! It is the only index that the engine can do without: searches find beginnings then, and the panel says so. So nothing here fails a
//! migration. Where the extension is neither there nor may be created, nothing is tried; it is built at a later migration, when it
//! can be. The schema check does not ask for it.
//!
//! A registration adds some thirty trigrams. They wait in a list that is short (`gin_pending_list_limit`), so that whoever fills it does
//! not wait long for it to be sorted in.

use tokio_postgres::{Client, Row};
use tracing::{info, warn};

use super::error::MigrateError;
use super::online::execute;
use crate::storage::error::query_failed;
use crate::storage::sql;
use crate::telemetry::chain;

const NAME: &str = "users_by_part";

struct State {
    is_built: bool,
    /// Where the extension is, as an identifier.
    schema: Option<String>,
    may_create: bool,
}

/// Returns whether there is nothing to do, or nothing that this role can do.
pub(super) async fn is_finished(client: &Client) -> Result<bool, MigrateError> {
    let state = state(client).await?;
    Ok(state.is_built || state.schema.is_none() && !state.may_create)
}

/// Builds it, if that is possible.
pub(super) async fn build(client: &Client) -> Result<(), MigrateError> {
    let mut found = state(client).await?;
    if found.is_built {
        return Ok(());
    }
    if found.schema.is_none() && found.may_create {
        let created = execute(client, "create pg_trgm", "CREATE EXTENSION pg_trgm").await;
        if let Err(error) = created {
            warn!(error = %chain(&error), "could not create the extension pg_trgm: searches find beginnings only");
            return Ok(());
        }
        found = state(client).await?;
    }
    let Some(schema) = found.schema else {
        info!("the database has no extension pg_trgm: searches find beginnings only");
        return Ok(());
    };
    if let Err(error) = build_in(client, &schema).await {
        warn!(index = NAME, error = %chain(&error), "could not build an index: searches find beginnings only");
    }
    Ok(())
}

async fn build_in(client: &Client, schema: &str) -> Result<(), MigrateError> {
    let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {NAME}");
    execute(client, &format!("drop {NAME}"), &drop).await?;
    info!(index = NAME, "building an index concurrently");
    let build = include_str!("../../../sql/online/users_by_part_build.sql");
    let build = build.replace("gin_trgm_ops", &format!("{schema}.gin_trgm_ops"));
    execute(client, &format!("build {NAME}"), &build).await?;
    // The planner has to know how common a part is: of a common one, a scan finds enough at once.
    execute(client, "analyze users", "ANALYZE users").await
}

async fn state(client: &Client) -> Result<State, MigrateError> {
    let failed = |e| MigrateError::Prepare(query_failed("search for an extension")(e));
    let row = client.query_one(sql::MIGRATE_PART_SEARCH, &[]).await;
    let state = |row: &Row| {
        Ok(State {
            is_built: row.try_get("is_built")?,
            schema: row.try_get("extension_schema")?,
            may_create: row.try_get("may_create")?,
        })
    };
    state(&row.map_err(failed)?).map_err(failed)
}
