//! API keys: made, listed and revoked. Only their digests are stored.

#![expect(
    clippy::missing_errors_doc,
    reason = "each fails with a `StorageError` alone, as its signature says"
)]

use std::collections::HashSet;
use std::time::Duration;

use time::OffsetDateTime;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use super::database::Database;
use super::directory::scopes_of;
use super::error::{StorageError, query_failed};
use super::sql;
use crate::auth::{Digest, Scope, Scopes};
use crate::domain::WalletId;
use crate::domain::staff_journal::{StaffAction, Subject};

/// The longest name of a key.
pub const KEY_NAME_CHARS_MAX: usize = 64;
/// The keys of one name that can be live at once.
const KEYS_OF_NAME_MAX: usize = 2;
/// The wallets that a key can be tied to.
pub const KEY_WALLETS_MAX: usize = 100;

/// The name of a key: 1 to [`KEY_NAME_CHARS_MAX`] letters and digits of ASCII, dots, hyphens and underscores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    /// Returns the name, if the text is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=KEY_NAME_CHARS_MAX).contains(&text.len());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (fits && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A key to be made.
#[derive(Debug)]
pub struct NewKey<'a> {
    pub name: &'a KeyName,
    pub digest: Digest,
    pub scopes: Scopes,
    /// `None`: every wallet.
    pub wallets: Option<&'a [WalletId]>,
    /// `None`: it never expires.
    pub lasts: Option<Duration>,
    /// The form of the panel that asks for it.
    pub form: Option<Uuid>,
    /// What the journal of the staff has of it, and who makes it.
    pub entry: Option<&'a StaffAction>,
}

/// What became of a key that was to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyMade {
    Made {
        id: i64,
        expires_at: Option<OffsetDateTime>,
    },
    /// Two keys of the name are live.
    TwoLive,
    /// The form was sent before: its key was shown then.
    FormSent,
}

/// A key, as it is listed.
#[derive(Clone, Debug)]
pub struct ListedKey {
    pub id: i64,
    pub name: String,
    pub scopes: Scopes,
    pub wallets: Option<Vec<WalletId>>,
    pub created_at: OffsetDateTime,
    /// The name of the member of the staff; `None`: the command line.
    pub created_by: Option<String>,
    pub expires_at: Option<OffsetDateTime>,
    /// Within half a minute.
    pub last_used_at: Option<OffsetDateTime>,
    pub revoked_at: Option<OffsetDateTime>,
    pub revoked_by: Option<String>,
    /// Neither revoked nor expired.
    pub is_live: bool,
}

/// The member of the staff; `None`: the command line.
fn by(entry: Option<&StaffAction>) -> Option<i64> {
    entry?.by.staff.map(|user| user.0)
}

impl Database {
    /// Makes a key.
    pub async fn key_create(&self, key: &NewKey<'_>) -> Result<KeyMade, StorageError> {
        // Another session may take the place that was free: with both taken, there is none to try.
        for _ in 0..KEYS_OF_NAME_MAX {
            if let Some(made) = self.key_insert(key).await? {
                return Ok(made);
            }
        }
        self.key_refused(key).await
    }

    /// Makes a key; `None`: there was no place for it, or another session took it.
    async fn key_insert(&self, key: &NewKey<'_>) -> Result<Option<KeyMade>, StorageError> {
        const DOING: &str = "make a key";
        let name = key.name.as_str();
        self.rows(DOING, sql::KEY_EXPIRE, &[&name]).await?;
        let scopes: Vec<_> = key.scopes.iter().map(Scope::as_str).collect();
        let wallets: Option<Vec<Uuid>> = key
            .wallets
            .map(|wallets| wallets.iter().map(|wallet| wallet.0).collect());
        let lasts = key.lasts.map(|lasts| lasts.as_secs_f64());
        let by = by(key.entry);
        let made = self
            .rows_with(
                DOING,
                sql::KEY_INSERT,
                &[
                    &name,
                    &key.digest.as_bytes(),
                    &scopes,
                    &wallets,
                    &key.form,
                    &lasts,
                    &by,
                ],
                key.entry,
                Some(|row| {
                    let id = row.try_get("id").map_err(query_failed(DOING))?;
                    Ok(Subject::Key(id))
                }),
            )
            .await;
        let rows = match made {
            Ok(rows) => rows,
            Err(StorageError::Query { source, .. })
                if source.code() == Some(&SqlState::UNIQUE_VIOLATION) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let failed = query_failed(DOING);
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(KeyMade::Made {
            id: row.try_get("id").map_err(&failed)?,
            expires_at: row.try_get("expires_at").map_err(&failed)?,
        }))
    }

    /// Returns why a key was not made.
    async fn key_refused(&self, key: &NewKey<'_>) -> Result<KeyMade, StorageError> {
        if let Some(form) = key.form {
            const DOING: &str = "find the key of a form";
            let rows = self.rows(DOING, sql::KEY_OF_FORM, &[&form]).await?;
            if !rows.is_empty() {
                return Ok(KeyMade::FormSent);
            }
        }
        Ok(KeyMade::TwoLive)
    }

    /// Revokes a key, by whoever the entry of the journal names; `false` if there is no such live key.
    pub async fn key_revoke(
        &self,
        id: i64,
        entry: Option<&StaffAction>,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "revoke a key";
        let by = by(entry);
        let revoked = self
            .rows_with(DOING, sql::KEY_REVOKE, &[&id, &by], entry, None)
            .await?;
        Ok(!revoked.is_empty())
    }

    /// Returns the live keys of a name, newest first.
    pub async fn keys_of(&self, name: &KeyName) -> Result<Vec<i64>, StorageError> {
        const DOING: &str = "find the keys of a name";
        let rows = self
            .rows(DOING, sql::KEYS_OF_NAME, &[&name.as_str()])
            .await?;
        let ids = rows.iter().map(|row| row.try_get("id"));
        ids.collect::<Result<_, _>>().map_err(query_failed(DOING))
    }

    /// Returns those of the wallets that do not exist.
    pub async fn wallets_missing(
        &self,
        wallets: &[WalletId],
    ) -> Result<Vec<WalletId>, StorageError> {
        const DOING: &str = "find the wallets of a key";
        if wallets.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = wallets.iter().map(|wallet| wallet.0).collect();
        let rows = self.rows(DOING, sql::WALLETS_KNOWN, &[&ids]).await?;
        let known = rows.iter().map(|row| row.try_get("id").map(WalletId));
        let known = known.collect::<Result<HashSet<_>, _>>();
        let known = known.map_err(query_failed(DOING))?;
        let missing = wallets.iter().filter(|wallet| !known.contains(wallet));
        Ok(missing.copied().collect())
    }

    /// Returns keys, newest first: those below this number, at most so many.
    pub async fn keys(&self, below: Option<i64>, max: i64) -> Result<Vec<ListedKey>, StorageError> {
        let rows = self
            .rows("list keys", sql::KEYS_PAGE, &[&below, &max])
            .await?;
        rows.iter().map(listed).collect()
    }

    /// Returns the keys of a name, as [`Self::keys`] all of them.
    pub async fn keys_named(
        &self,
        name: &str,
        below: Option<i64>,
        max: i64,
    ) -> Result<Vec<ListedKey>, StorageError> {
        const DOING: &str = "list the keys of a name";
        let rows = self
            .rows(DOING, sql::KEYS_PAGE_OF_NAME, &[&below, &max, &name])
            .await?;
        rows.iter().map(listed).collect()
    }

    /// Returns a key.
    pub async fn key_find(&self, id: i64) -> Result<Option<ListedKey>, StorageError> {
        let at_most = self.keys(id.checked_add(1), 1).await?;
        Ok(at_most.into_iter().find(|key| key.id == id))
    }
}

fn listed(row: &Row) -> Result<ListedKey, StorageError> {
    let failed = query_failed("read a key");
    let wallets: Option<Vec<Uuid>> = row.try_get("wallets").map_err(&failed)?;
    Ok(ListedKey {
        id: row.try_get("id").map_err(&failed)?,
        name: row.try_get("name").map_err(&failed)?,
        scopes: scopes_of(row)?,
        wallets: wallets.map(|wallets| wallets.into_iter().map(WalletId).collect()),
        created_at: row.try_get("created_at").map_err(&failed)?,
        created_by: row.try_get("created_by").map_err(&failed)?,
        expires_at: row.try_get("expires_at").map_err(&failed)?,
        last_used_at: row.try_get("last_used_at").map_err(&failed)?,
        revoked_at: row.try_get("revoked_at").map_err(&failed)?,
        revoked_by: row.try_get("revoked_by").map_err(&failed)?,
        is_live: row.try_get("is_live").map_err(&failed)?,
    })
}
