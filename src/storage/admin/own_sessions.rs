//! The sessions of one user: listed, counted and ended.

use time::OffsetDateTime;
use tokio_postgres::Row;

use super::rows::Columns;
use super::sessions::{HALF_OPEN, TokenHash};
use crate::domain::UserId;
use crate::domain::staff_journal::StaffAction;
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// Sessions that are listed; whoever has more ends them all.
pub const SESSIONS_LISTED: i64 = 50;

/// A session as its user sees it.
#[derive(Clone, Debug)]
pub struct ListedSession {
    pub id: i64,
    pub began_at: OffsetDateTime,
    pub seen_at: OffsetDateTime,
    /// `None`: an engine of an earlier version began it.
    pub address: Option<String>,
    /// `None`: it does not say what it is.
    pub agent: Option<String>,
    /// It is the one that asks.
    pub is_this: bool,
    /// The password was right, and no code was typed yet.
    pub awaits_code: bool,
}

/// What staff see of another's access.
#[derive(Clone, Copy, Debug)]
pub struct UserAccess {
    pub sessions: i64,
    /// Since when the user has a second factor; `None`: they have none.
    pub factor_since: Option<OffsetDateTime>,
}

impl Database {
    /// Returns the newest sessions of a user, that of the token first.
    ///
    /// # Errors
    /// [`StorageError`], here and below.
    pub async fn sessions_of(
        &self,
        user: UserId,
        own: &TokenHash,
    ) -> Result<Vec<ListedSession>, StorageError> {
        const DOING: &str = "list the sessions of a user";
        let values = &[
            &user.0 as _,
            &own.as_slice() as _,
            &HALF_OPEN.as_secs_f64() as _,
            &SESSIONS_LISTED as _,
        ];
        let rows = self.admin_rows(DOING, sql::ADMIN_SESSIONS_OF_USER, values);
        rows.await?.iter().map(listed).collect()
    }

    /// Ends one session of a user, but not that of the token; `false` if there is no such session.
    pub async fn session_end_one(
        &self,
        user: UserId,
        session: i64,
        own: &TokenHash,
        entry: &StaffAction,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "end a session";
        let values = &[&user.0 as _, &session as _, &own.as_slice() as _];
        let ended = self.rows_with(DOING, sql::ADMIN_SESSION_END_ONE, values, Some(entry), None);
        Ok(!ended.await?.is_empty())
    }

    /// Ends all sessions of a user but that of the token, which may be another user's; `false` if there were none.
    pub async fn sessions_end_others(
        &self,
        user: UserId,
        own: &TokenHash,
        entry: &StaffAction,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "end the sessions of a user";
        let values = &[&user.0 as _, &own.as_slice() as _];
        let ended = self.rows_with(
            DOING,
            sql::ADMIN_SESSIONS_END_OTHERS,
            values,
            Some(entry),
            None,
        );
        Ok(!ended.await?.is_empty())
    }

    /// Returns how many sessions a user has, and since when a second factor; `None` if there is no such user.
    pub async fn user_access(&self, user: UserId) -> Result<Option<UserAccess>, StorageError> {
        const DOING: &str = "count the sessions of a user";
        let values = &[&user.0 as _, &HALF_OPEN.as_secs_f64() as _];
        let row = self.admin_row(DOING, sql::ADMIN_USER_ACCESS, values);
        let access = row.await?.map(|row| {
            Ok(UserAccess {
                sessions: row.column("sessions")?,
                factor_since: row.column("confirmed_at")?,
            })
        });
        access.transpose()
    }
}

fn listed(row: &Row) -> Result<ListedSession, StorageError> {
    Ok(ListedSession {
        id: row.column("id")?,
        began_at: row.column("created_at")?,
        seen_at: row.column("seen_at")?,
        address: row.column("address")?,
        agent: row
            .column::<Option<String>>("agent")?
            .filter(|agent| !agent.is_empty()),
        is_this: row.column("is_this")?,
        awaits_code: row.column("awaits_code")?,
    })
}
