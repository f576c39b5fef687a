//! The migrations of this program, and the history of those that a database has.

use tokio_postgres::{Client, Row};

use super::error::{StorageError, query_failed};
use super::sql;

mod files {
    refinery::embed_migrations!("sql/migrations");
}

/// Returns refinery's runner of this program's migrations.
pub(super) fn runner() -> refinery::Runner {
    files::migrations::runner()
}

/// Returns whether the history is exactly this program's. A migration whose text differs from the one that was applied is left to
/// refinery, which names it.
pub(super) async fn has_seen_all(client: &Client) -> Result<bool, StorageError> {
    let known = known();
    Ok(history(client)
        .await?
        .is_some_and(|applied| applied == known))
}

/// Version, name and checksum of a migration.
pub(super) type Applied = (i32, String, String);

/// Returns the migrations of this program, in order.
pub(super) fn known() -> Vec<Applied> {
    let runner = runner();
    let files = runner.get_migrations().iter();
    let mut known: Vec<_> = files
        .map(|file| {
            (
                file.version(),
                file.name().to_owned(),
                file.checksum().to_string(),
            )
        })
        .collect();
    known.sort();
    known
}

/// Returns the migrations that the database has, in order; `None` if there is no history.
pub(super) async fn history(client: &Client) -> Result<Option<Vec<Applied>>, StorageError> {
    let failed = query_failed("read the history of migrations");
    let found = client.query_one(sql::MIGRATE_HAS_HISTORY, &[]).await;
    if !found
        .and_then(|row| row.try_get("has_history"))
        .map_err(&failed)?
    {
        return Ok(None);
    }
    let rows = client
        .query(sql::MIGRATE_HISTORY, &[])
        .await
        .map_err(&failed)?;
    let applied = |row: &Row| {
        Ok((
            row.try_get("version")?,
            row.try_get("name")?,
            row.try_get("checksum")?,
        ))
    };
    let applied = rows.iter().map(applied).collect::<Result<_, _>>();
    applied.map(Some).map_err(failed)
}
