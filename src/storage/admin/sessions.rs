//! Sessions of the admin panel. A session is found by the SHA-256 of the browser's token.
//!
//! A session ends when its time is over and when its user gets another password, which `session_find` compares. A user who
//! is deactivated or no longer staff keeps the session without being admitted, and [`Database::sessions_end_of`] removes
//! it, so that it does not come back with the right.

use std::time::Duration;

use super::rows::Columns;
use crate::domain::{Role, UserId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// The SHA-256 of a session's token.
pub type TokenHash = [u8; 32];

/// A session that is not over.
#[derive(Clone, Debug)]
pub struct Session {
    pub user: UserId,
    pub username: String,
    /// The user is active and staff at this moment.
    pub admitted: bool,
    pub role: Role,
    pub message: Option<FlashMessage>,
}

/// A message that the session's next page shows once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlashMessage {
    pub text: String,
    /// Something was done; otherwise it was refused.
    pub good: bool,
}

impl FlashMessage {
    /// Reports that something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            good: true,
        }
    }

    /// Reports that something was refused.
    pub fn refused(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            good: false,
        }
    }
}

impl Database {
    /// Returns the session of the token.
    ///
    /// # Errors
    /// [`StorageError`], here and below.
    pub async fn session_find(&self, token: &TokenHash) -> Result<Option<Session>, StorageError> {
        let row = self
            .admin_row(
                "find a session",
                sql::ADMIN_SESSION_FIND,
                &[&token.as_slice()],
            )
            .await?;
        let session = row.map(|row| {
            let text: Option<String> = row.column("message")?;
            let tone: Option<&str> = row.column("message_tone")?;
            Ok(Session {
                user: UserId(row.column("id")?),
                username: row.column("username")?,
                admitted: row.column("admitted")?,
                role: role(row.column("role")?)?,
                message: text.map(|text| FlashMessage {
                    text,
                    good: tone == Some("good"),
                }),
            })
        });
        session.transpose()
    }

    /// Begins a session. It is valid only while the user's password hash is the given one.
    pub async fn session_begin(
        &self,
        token: &TokenHash,
        user: UserId,
        password_hash: &str,
        lasts: Duration,
    ) -> Result<(), StorageError> {
        self.admin_rows(
            "begin a session",
            sql::ADMIN_SESSION_BEGIN,
            &[
                &token.as_slice(),
                &user.0,
                &password_hash,
                &lasts.as_secs_f64(),
            ],
        )
        .await
        .map(drop)
    }

    /// Ends a session.
    pub async fn session_end(&self, token: &TokenHash) -> Result<(), StorageError> {
        let values = &[&token.as_slice() as _];
        self.admin_rows("end a session", sql::ADMIN_SESSION_END, values)
            .await
            .map(drop)
    }

    /// Ends every session of a user, for the caller that has deactivated them, taken the staff flag or set a password.
    pub async fn sessions_end_of(&self, user: UserId) -> Result<(), StorageError> {
        const DOING: &str = "end a user's sessions";
        self.admin_rows(DOING, sql::ADMIN_SESSIONS_END_OF_USER, &[&user.0])
            .await
            .map(drop)
    }

    /// Stores the flash message of the session's next page, in place of one that was not shown yet.
    pub async fn flash_set(
        &self,
        token: &TokenHash,
        message: &FlashMessage,
    ) -> Result<(), StorageError> {
        let tone = if message.good { "good" } else { "bad" };
        self.admin_rows(
            "store a flash message",
            sql::ADMIN_FLASH_SET,
            &[&token.as_slice(), &message.text, &tone],
        )
        .await
        .map(drop)
    }

    /// Removes the flash message, which the current page shows.
    pub async fn flash_take(&self, token: &TokenHash, text: &str) -> Result<(), StorageError> {
        self.admin_rows(
            "remove a flash message",
            sql::ADMIN_FLASH_TAKE,
            &[&token.as_slice(), &text],
        )
        .await
        .map(drop)
    }
}

/// Returns the role that a row names.
pub(super) fn role(name: &str) -> Result<Role, StorageError> {
    Role::parse(name).ok_or(StorageError::Corrupt { what: "a role" })
}
