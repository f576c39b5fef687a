//! What migration 9 needs done before it: no e-mail address belongs to two users.
//!
//! Engines of before let one registration of an address that another user had pass, if its domain was not in lower case.
//!
//! 1. Before anything is changed, users who share an address are reported: whose it is, no program can tell.
//! 2. Domains that were written by hand get their lower case.
//! 3. The unique index is built beside writers. From then on it refuses what engines of before would let pass, by a name that
//!    begins as the one which they know, so they answer it as they should. The migration gives it its own name.
//!
//! Whatever interrupts this, it begins again at the first step. If an engine of before lets one more pass after that step, the
//! index is not built, and its users are reported.

use std::fmt;

use tokio_postgres::{Client, Row};
use tracing::info;

use super::{MigrateError, history, online};
use crate::storage::{query_failed, sql};

/// The last migration that does without this.
pub(super) const BEFORE: i32 = 8;
const BUILD: &str = include_str!("../../../sql/online/users_email_key_build.sql");
const DROP: &str = "DROP INDEX CONCURRENTLY IF EXISTS users_email_key_bytes";

/// Users who share e-mail addresses.
#[derive(Debug)]
pub struct SharedEmails {
    addresses: i64,
    /// The first of them, each with ids of its users.
    first: Vec<(String, String)>,
}

impl SharedEmails {
    fn read(rows: &[Row]) -> Result<Self, tokio_postgres::Error> {
        let first = rows
            .iter()
            .map(|row| Ok((row.try_get("address")?, row.try_get("users")?)));
        Ok(Self {
            addresses: rows.first().map_or(Ok(0), |row| row.try_get("addresses"))?,
            first: first.collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Display for SharedEmails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "users share an e-mail address, which belongs to one user alone from now on: ",
        )?;
        for (n, (address, users)) in self.first.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{address:?} of users {users}")?;
        }
        let more = self.addresses - i64::try_from(self.first.len()).unwrap_or(i64::MAX);
        if more > 0 {
            write!(f, "; and {more} more addresses")?;
        }
        f.write_str(
            ". Nothing was changed. Give each but one of them another address, at /admin/users/ID/ of an engine of before, \
             which goes on serving, or by: UPDATE users SET email = 'new@example.com', email_key = 'new@example.com' \
             WHERE id = ID; then migrate again",
        )
    }
}

impl std::error::Error for SharedEmails {}

/// Whether the migration is yet to be applied to users who may be there.
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
    let failed = |e| MigrateError::Prepare(query_failed("write domains in lower case")(e));
    let lowered = client.execute(sql::MIGRATE_LOWER_DOMAINS, &[]).await;
    let lowered = lowered.map_err(failed)?;
    if lowered > 0 {
        info!(
            users = lowered,
            "wrote the domains of e-mail addresses in lower case"
        );
    }
    drop_unfinished(client).await?;
    info!("building an index of e-mail addresses beside writers");
    if let Err(source) = client.batch_execute(BUILD).await {
        // What is left of it would go on refusing.
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
