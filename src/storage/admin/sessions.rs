//! Sessions of the admin panel. A session is known by the SHA-256 of what the browser holds.
//!
//! A session ends by itself when its time is over and when its user gets another password, which `find` compares. When
//! a user is deactivated or is no longer staff, `find` says so, and [`Database::sessions_end_of`] removes their sessions,
//! so that they do not come back with the right.

use std::time::Duration;

use crate::domain::UserId;
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;

/// The SHA-256 of a session's token.
pub type TokenHash = [u8; 32];

/// A session that is not over.
#[derive(Clone, Debug)]
pub struct Session {
    pub user: UserId,
    pub username: String,
    /// Its user is active and staff, now.
    pub admitted: bool,
    pub message: Option<SessionMessage>,
}

/// What a session's next page is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionMessage {
    pub text: String,
    /// It tells of something done; otherwise of something refused.
    pub good: bool,
}

impl SessionMessage {
    /// Something was done.
    pub fn good(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            good: true,
        }
    }

    /// Something was refused.
    pub fn bad(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            good: false,
        }
    }
}

impl Database {
    /// The session of the token.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked. So for the others.
    pub async fn session_find(&self, token: &TokenHash) -> Result<Option<Session>, StorageError> {
        let failed = query_failed("look for a session");
        let client = self.pooled().await?;
        let statement = client
            .prepare_cached(sql::ADMIN_SESSION_FIND)
            .await
            .map_err(&failed)?;
        let row = client
            .query_opt(&statement, &[&token.as_slice()])
            .await
            .map_err(&failed)?;
        client.give_back();
        row.map(|row| {
            let text: Option<String> = row.try_get("message")?;
            let tone: Option<&str> = row.try_get("message_tone")?;
            Ok(Session {
                user: UserId(row.try_get("id")?),
                username: row.try_get("username")?,
                admitted: row.try_get("admitted")?,
                message: text.map(|text| SessionMessage {
                    text,
                    good: tone == Some("good"),
                }),
            })
        })
        .transpose()
        .map_err(&failed)
    }

    /// Begins a session. It is of use only while the user's password hash is the given one.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn session_begin(
        &self,
        token: &TokenHash,
        user: UserId,
        password_hash: &str,
        lasts: Duration,
    ) -> Result<(), StorageError> {
        let failed = query_failed("begin a session");
        let client = self.pooled().await?;
        let values: &[&(dyn tokio_postgres::types::ToSql + Sync)] = &[
            &token.as_slice(),
            &user.0,
            &password_hash,
            &lasts.as_secs_f64(),
        ];
        let statement = client
            .prepare_cached(sql::ADMIN_SESSION_BEGIN)
            .await
            .map_err(&failed)?;
        client.execute(&statement, values).await.map_err(&failed)?;
        client.give_back();
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn session_end(&self, token: &TokenHash) -> Result<(), StorageError> {
        let failed = query_failed("end a session");
        let client = self.pooled().await?;
        client
            .execute(sql::ADMIN_SESSION_END, &[&token.as_slice()])
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(())
    }

    /// Ends every session of a user: whoever deactivates them, takes the staff flag or sets a password calls this after
    /// it is committed.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn sessions_end_of(&self, user: UserId) -> Result<(), StorageError> {
        let failed = query_failed("end a user's sessions");
        let client = self.pooled().await?;
        client
            .execute(sql::ADMIN_SESSIONS_END_OF_USER, &[&user.0])
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(())
    }

    /// Leaves a message for the session's next page, in place of one that is still there.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn session_say(
        &self,
        token: &TokenHash,
        message: &SessionMessage,
    ) -> Result<(), StorageError> {
        let failed = query_failed("leave a message in a session");
        let tone = if message.good { "good" } else { "bad" };
        let client = self.pooled().await?;
        client
            .execute(
                sql::ADMIN_SESSION_SAY,
                &[&token.as_slice(), &message.text, &tone],
            )
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(())
    }

    /// Takes the message back: it is being shown.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn session_heard(&self, token: &TokenHash, text: &str) -> Result<(), StorageError> {
        let failed = query_failed("take a message from a session");
        let client = self.pooled().await?;
        client
            .execute(sql::ADMIN_SESSION_HEARD, &[&token.as_slice(), &text])
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(())
    }
}
