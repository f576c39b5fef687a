//! Sessions of the admin panel. A session is found by the SHA-256 of the browser's token.
//!
//! A session of a user with a second factor is half open until a code is accepted in it: its handler admits it to nothing, and after
//! [`HALF_OPEN`] it is over. That is so of a session that an engine of an earlier version began, too.
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

/// How long a session waits for a code of its user's second factor.
pub const HALF_OPEN: Duration = Duration::from_secs(10 * 60);

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
    pub factor: SessionFactor,
    /// More than a minute ago, or never.
    pub was_seen_long_ago: bool,
}

/// Whether the session has a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionFactor {
    /// The user has none.
    None,
    /// The user has one, and no code was accepted in this session.
    Awaited,
    Verified,
}

/// From where a session is used, as its user sees it in the list of their sessions.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: String,
    /// What kind of browser it is.
    pub agent: String,
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
        let values = &[&token.as_slice() as _, &HALF_OPEN.as_secs_f64() as _];
        let row = self
            .admin_row("find a session", sql::ADMIN_SESSION_FIND, values)
            .await?;
        let session = row.map(|row| {
            let text: Option<String> = row.column("message")?;
            let tone: Option<&str> = row.column("message_tone")?;
            let factor = match (row.column("has_factor")?, row.column("is_verified")?) {
                (false, _) => SessionFactor::None,
                (true, false) => SessionFactor::Awaited,
                (true, true) => SessionFactor::Verified,
            };
            Ok(Session {
                user: UserId(row.column("id")?),
                username: row.column("username")?,
                admitted: row.column("admitted")?,
                role: role(row.column("role")?)?,
                message: text.map(|text| FlashMessage {
                    text,
                    good: tone == Some("good"),
                }),
                factor,
                was_seen_long_ago: row.column("was_seen_long_ago")?,
            })
        });
        session.transpose()
    }

    /// Begins a session; `true` if it awaits a code of a second factor. It is valid only while the user's password hash is the given
    /// one.
    pub async fn session_begin(
        &self,
        token: &TokenHash,
        user: UserId,
        password_hash: &str,
        lasts: Duration,
        client: &Client,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "begin a session";
        let values = &[
            &token.as_slice() as _,
            &user.0 as _,
            &password_hash as _,
            &lasts.as_secs_f64() as _,
            &client.address as _,
            &client.agent as _,
        ];
        let row = self.admin_row(DOING, sql::ADMIN_SESSION_BEGIN, values);
        let row = row.await?.ok_or(StorageError::Corrupt {
            what: "no row of a new session",
        })?;
        row.column("has_factor")
    }

    /// Records that a session is used, if that was not recorded within the last minute.
    pub async fn session_seen(
        &self,
        token: &TokenHash,
        client: &Client,
    ) -> Result<(), StorageError> {
        const DOING: &str = "record that a session is used";
        let values = &[
            &token.as_slice() as _,
            &client.address as _,
            &client.agent as _,
        ];
        self.admin_rows(DOING, sql::ADMIN_SESSION_SEEN, values)
            .await
            .map(drop)
    }

    /// Ends a session. `address`: of who signs out; `None`: a new session takes its place.
    pub async fn session_end(
        &self,
        token: &TokenHash,
        address: Option<&str>,
    ) -> Result<(), StorageError> {
        let values = &[&token.as_slice() as _, &address as _];
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
