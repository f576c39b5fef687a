//! Users, the names that they hold, and the keys that they were registered under.

use std::sync::atomic::Ordering;

use tokio_postgres::types::ToSql;

use super::commit_error::commit_error;
use super::constraint::is_duplicate;
use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;
use crate::domain::{IdempotencyKey, NamesTaken, UserId, WalletId};
use crate::engine::{CommitError, NamesSought, NewUser, RegisterError, RegisteredUser};

impl Database {
    pub(super) async fn user_names_taken(
        &self,
        names: NamesSought<'_>,
    ) -> Result<NamesTaken, StorageError> {
        let failed = query_failed("query the taken names");
        let client = self.pooled().await?;
        let statement = client.prepare_cached(sql::NAMES_TAKEN).await;
        let row = client
            .query_one(
                &statement.map_err(&failed)?,
                &[&names.username, &names.email],
            )
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(NamesTaken {
            username: row.try_get("username").map_err(&failed)?,
            email: row.try_get("email").map_err(&failed)?,
        })
    }

    /// Returns the user who was registered under the key.
    pub(super) async fn user_registered(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<RegisteredUser>, StorageError> {
        const DOING: &str = "query a registration";
        let failed = query_failed(DOING);
        let parameters: [&(dyn ToSql + Sync); 1] = [&key.as_str()];
        let rows = self.rows(DOING, sql::USER_REGISTERED, &parameters).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        if row.try_get("is_read_only").map_err(&failed)? {
            return Err(StorageError::ReadOnly);
        }
        Ok(Some(RegisteredUser {
            username: row.try_get("username").map_err(&failed)?,
            email: row.try_get("email").map_err(&failed)?,
            password_hash: row.try_get("password_hash").map_err(&failed)?,
            wallet: WalletId(row.try_get("wallet_id").map_err(&failed)?),
        }))
    }

    pub(super) async fn user_insert(&self, user: &NewUser<'_>) -> Result<UserId, RegisterError> {
        let not_sent = |error: StorageError| RegisterError::NotSent(error.into());
        let failed = query_failed("insert the user");
        let client = self.pooled().await.map_err(not_sent)?;
        let statement = client.prepare_cached(sql::USER_INSERT).await;
        let statement = statement.map_err(|error| not_sent(failed(error)))?;
        user.sent.store(true, Ordering::Release);
        let inserted = client
            .query_one(
                &statement,
                &[
                    &user.registration.username.as_str(),
                    &user.registration.email.as_str(),
                    &user.password_hash,
                    &user.wallet.0,
                    &user.key.map(IdempotencyKey::as_str),
                ],
            )
            .await;
        let taken = inserted.as_ref().err().and_then(taken);
        if inserted.is_ok() || taken.is_some() {
            client.give_back();
        }
        if let Some(taken) = taken {
            return Err(taken);
        }
        let row = inserted.map_err(|error| match commit_error(error) {
            CommitError::NotSent(cause) | CommitError::Busy(cause) => RegisterError::NotSent(cause),
            CommitError::Rejected(cause) | CommitError::Unknown(cause) => {
                RegisterError::Failed(cause)
            }
        })?;
        let id = row.try_get("user_id").map(UserId);
        id.map_err(|error| RegisterError::Failed(failed(error).into()))
    }
}

/// Returns the name or the key that a unique constraint rejected.
fn taken(error: &tokio_postgres::Error) -> Option<RegisterError> {
    if is_duplicate(error, "registration_keys_pkey") {
        return Some(RegisterError::KeyTaken);
    }
    name_taken(error).map(RegisterError::Taken)
}

/// Returns the name that a unique constraint rejected.
pub(super) fn name_taken(error: &tokio_postgres::Error) -> Option<NamesTaken> {
    let taken = NamesTaken {
        username: is_duplicate(error, "users_username_key"),
        email: is_duplicate(error, "users_email_key"),
    };
    (taken != NamesTaken::default()).then_some(taken)
}
