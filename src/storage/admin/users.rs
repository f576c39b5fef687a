//! Lists of users, and one of them.
//!
//! * A list in one of four orders reads a page of an index, however many users there are and whatever flags are filtered
//!   (`sql/queries/admin_users_by_username.sql`). A page begins after the last user of the previous one, so a registration
//!   meanwhile neither hides nor repeats a user.
//! * A search finds the beginnings of names and of e-mail addresses. No index has both in any other order, so the users
//!   found are sorted here: the first [`USERS_FOUND_MAX`] by name and as many by address. If there are more, the page is
//!   marked as cut.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;

use super::page::{Page, rows_to_read};
use super::rows::Columns;
use super::sessions::role;
use crate::domain::{Balance, Role, UserId, WalletId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// Users that a search finds by name, and as many by address.
pub const USERS_FOUND_MAX: u16 = 1_000;

/// A user of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub email: String,
    pub is_active: bool,
    /// Of the staff; `None`: not staff.
    pub role: Option<Role>,
    pub created_at: OffsetDateTime,
}

/// The wallet that a user's row names.
#[derive(Clone, Debug)]
pub struct UserWallet {
    pub id: WalletId,
    /// As committed. `None` if there is no such wallet, which an audit reports too.
    pub balance: Option<Balance>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserOrder {
    #[default]
    Newest,
    Oldest,
    Username,
    Email,
}

/// A filter by flags; `None` takes both values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserFlags {
    pub is_active: Option<bool>,
    pub is_staff: Option<bool>,
}

/// Which users, and where in their list a page begins.
#[derive(Clone, Copy, Debug)]
pub struct UserQuery {
    pub flags: UserFlags,
    pub order: UserOrder,
    /// The last user of the previous page.
    pub after: Option<UserId>,
    pub limit: u16,
}

/// The beginning of a username or of an e-mail address, without U+0000.
#[derive(Clone, Copy, Debug)]
pub struct UserSearch<'a> {
    pub username: &'a str,
    pub email: &'a str,
}

impl Database {
    /// Returns a page of all users.
    ///
    /// # Errors
    /// [`StorageError`], here and below.
    pub async fn users_page(&self, query: &UserQuery) -> Result<Page<User, UserId>, StorageError> {
        let statement = match query.order {
            UserOrder::Newest => sql::ADMIN_USERS_NEWEST,
            UserOrder::Oldest => sql::ADMIN_USERS_OLDEST,
            UserOrder::Username => sql::ADMIN_USERS_BY_USERNAME,
            UserOrder::Email => sql::ADMIN_USERS_BY_EMAIL,
        };
        let rows = self
            .admin_rows(
                "read a page of users",
                statement,
                &[
                    &query.flags.is_active,
                    &query.flags.is_staff,
                    &query.after.map(|user| user.0),
                    &rows_to_read(query.limit),
                ],
            )
            .await?;
        let users = rows.iter().map(user).collect::<Result<_, _>>()?;
        Ok(Page::of(users, query.limit, |user: &User| user.id))
    }

    /// Returns a page of the users that a search finds.
    pub async fn users_found(
        &self,
        search: &UserSearch<'_>,
        query: &UserQuery,
    ) -> Result<Page<User, UserId>, StorageError> {
        let rows = self
            .admin_rows(
                "search for users",
                sql::ADMIN_USERS_FOUND,
                &[
                    &search.username,
                    &search.email,
                    &query.flags.is_active,
                    &query.flags.is_staff,
                    &rows_to_read(USERS_FOUND_MAX),
                ],
            )
            .await?;
        let is_cut = rows.first().map(|row| row.column("is_cut")).transpose()?;
        let mut users = rows.iter().map(user).collect::<Result<Vec<_>, _>>()?;
        users.sort_by(|a, b| query.order.compare(a, b));
        if let Some(after) = query.after
            && let Some(place) = users.iter().position(|user| user.id == after)
        {
            users.drain(..=place);
        }
        Ok(Page {
            is_cut: is_cut.unwrap_or(false),
            ..Page::of(users, query.limit, |user| user.id)
        })
    }

    /// Returns a user and their wallet.
    pub async fn user_find(
        &self,
        user_id: UserId,
    ) -> Result<Option<(User, UserWallet)>, StorageError> {
        let row = self
            .admin_row("read a user", sql::ADMIN_USER_FIND, &[&user_id.0])
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let balance: Option<Decimal> = row.column("balance")?;
        let read = |balance| {
            Balance::from_decimal(balance).ok_or(StorageError::Corrupt { what: "a balance" })
        };
        let wallet = UserWallet {
            id: WalletId(row.column("wallet_id")?),
            balance: balance.map(read).transpose()?,
        };
        Ok(Some((user(&row)?, wallet)))
    }
}

impl UserOrder {
    fn compare(self, a: &User, b: &User) -> Ordering {
        let by_name = |a: &str, b: &str| a.to_lowercase().cmp(&b.to_lowercase());
        match self {
            Self::Newest => (b.created_at, b.id.0).cmp(&(a.created_at, a.id.0)),
            Self::Oldest => (a.created_at, a.id.0).cmp(&(b.created_at, b.id.0)),
            Self::Username => by_name(&a.username, &b.username).then(a.id.0.cmp(&b.id.0)),
            Self::Email => by_name(&a.email, &b.email).then(a.id.0.cmp(&b.id.0)),
        }
    }
}

fn user(row: &Row) -> Result<User, StorageError> {
    Ok(User {
        id: UserId(row.column("id")?),
        username: row.column("username")?,
        email: row.column("email")?,
        is_active: row.column("is_active")?,
        role: role_of(row)?,
        created_at: row.column("created_at")?,
    })
}

/// Staff without a role were made so by an engine that knew none.
fn role_of(row: &Row) -> Result<Option<Role>, StorageError> {
    if !row.column("is_staff")? {
        return Ok(None);
    }
    let name: Option<&str> = row.column("role")?;
    name.map_or(Ok(Role::Viewer), role).map(Some)
}
