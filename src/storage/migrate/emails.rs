//! The preparation of migration 9: no e-mail address belongs to two users.
//!
//! Older engines allowed one registration of an address that another user had, if its domain was not in lower case.
//!
//! 1. Before anything is changed, users who share an address are reported: no program can decide whose it is.
//! 2. Domains that were written by hand are converted to lower case.
//! 3. The unique index is built concurrently. From then on it refuses what older engines would allow, by a name that begins like
//!    the one which they know, so that they report it correctly. The migration gives the index its final name.
//!
//! After an interruption it starts again at the first step. If an older engine allows another duplicate after that step, the index
//! is not built, and its users are reported.

use tokio_postgres::Client;
use tracing::info;

use super::error::MigrateError;
use super::online;
use super::shared_emails::SharedEmails;
use crate::storage::error::query_failed;
use crate::storage::migration_history::history;
use crate::storage::sql;

/// The last migration that does not need this.
pub(super) const BEFORE: i32 = 8;
const BUILD: &str = include_str!("../../../sql/online/users_email_key_build.sql");
const DROP: &str = "DROP INDEX CONCURRENTLY IF EXISTS users_email_key_bytes";

/// Returns whether the migration is still to be applied, to a database that may have users.
async fn is_due(client: &Client) -> Result<bool, MigrateError> {
    let applied = history(client).await.map_err(MigrateError::Prepare)?;
    let last = applied.and_then(|applied| applied.last().map(|(version, ..)| *version));
    Ok(last.is_some_and(|last| last <= BEFORE))
}

/// Step 1, before any migration.
pub(super) async fn check(client: &Client) -> Result<(), MigrateError> {
    if is_due(client).await? {
        refuse_shared(client).await?;
    }
    Ok(())
}

/// Steps 2 and 3.
pub(super) async fn make_unique(client: &Client) -> Result<(), MigrateError> {
    if !is_due(client).await? {
        return Ok(());
    }
    let failed = |e| MigrateError::Prepare(query_failed("convert domains to lower case")(e));
    let lowered = client.execute(sql::MIGRATE_LOWER_DOMAINS, &[]).await;
    let lowered = lowered.map_err(failed)?;
    if lowered > 0 {
        info!(
            users = lowered,
            "converted the domains of e-mail addresses to lower case"
        );
    }
    drop_unfinished(client).await?;
    info!("building the index of e-mail addresses concurrently");
    if let Err(source) = client.batch_execute(BUILD).await {
        // The invalid index would still refuse duplicates.
        drop_unfinished(client).await?;
        refuse_shared(client).await?;
        let step = "build the index of e-mail addresses".to_owned();
        return Err(MigrateError::Online { step, source });
    }
    Ok(())
}

async fn drop_unfinished(client: &Client) -> Result<(), MigrateError> {
    online::execute(client, "drop an unfinished index of e-mail addresses", DROP).await
}

async fn refuse_shared(client: &Client) -> Result<(), MigrateError> {
    let failed = |e| MigrateError::Prepare(query_failed("find users who share an address")(e));
    let rows = client.query(sql::MIGRATE_SHARED_EMAILS, &[]).await;
    let shared = rows
        .and_then(|rows| SharedEmails::read(&rows))
        .map_err(failed)?;
    if shared.addresses == 0 {
        return Ok(());
    }
    Err(MigrateError::SharedEmails(shared))
}
