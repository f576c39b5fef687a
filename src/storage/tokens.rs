//! Owners' tokens, and passwords that owners change or that are renewed. Only the digest of a token is stored.

use std::time::Duration;

use tokio_postgres::types::ToSql;

use super::database::Database;
use super::error::StorageError;
use super::sql;
use crate::auth::Digest;
use crate::domain::UserId;

/// Tokens of one user; beyond it, the oldest ends.
const TOKENS_MAX: i64 = 20;

/// The values of a statement's parameters.
type Values<'a, const N: usize> = [&'a (dyn ToSql + Sync); N];

impl Database {
    /// Makes a token of a user; `false` if the user is not active, or has another password hash than this one, which was checked.
    pub(super) async fn user_token_begin(
        &self,
        token: Digest,
        user: UserId,
        password_hash: &str,
        lasts: Duration,
    ) -> Result<bool, StorageError> {
        let values: Values<'_, 5> = [
            &token.as_bytes(),
            &user.0,
            &password_hash,
            &lasts.as_secs_f64(),
            &TOKENS_MAX,
        ];
        let begun = self.rows("make a token", sql::TOKEN_BEGIN, &values).await?;
        Ok(!begun.is_empty())
    }

    /// Ends a token.
    pub(super) async fn user_token_end(&self, token: Digest) -> Result<(), StorageError> {
        self.rows("end a token", sql::TOKEN_END, &[&token.as_bytes()])
            .await
            .map(drop)
    }

    /// Sets the password hash of a user in place of this one, which was checked, and ends their sessions and tokens; `false` if the
    /// user is not active, or has another one.
    pub(super) async fn user_password_change(
        &self,
        user: UserId,
        checked: &str,
        hash: &str,
    ) -> Result<bool, StorageError> {
        let values: Values<'_, 3> = [&user.0, &checked, &hash];
        let set = self
            .rows("set a password", sql::PASSWORD_SET, &values)
            .await?;
        Ok(!set.is_empty())
    }

    /// Replaces the password hash of a user, this one, which was compared, by another one of the same password; `false` if the user has
    /// another one.
    pub(super) async fn user_password_renew(
        &self,
        user: UserId,
        compared: &str,
        hash: &str,
    ) -> Result<bool, StorageError> {
        let values: Values<'_, 3> = [&user.0, &compared, &hash];
        let renewed = self
            .rows("renew a password hash", sql::PASSWORD_RENEW, &values)
            .await?;
        Ok(!renewed.is_empty())
    }
}
