//! Lists of users, and one of them.
//!
//! * A list in one of four orders reads a page of an index, however many users there are and whatever flags are filtered
//!   (`sql/queries/admin_users_by_username.sql`). A page begins after the last user of the previous one, so a registration
//!   meanwhile neither hides nor repeats a user.
//! * A search (`search`) finds a number, the wallet's id, and the beginnings or any parts of names and of e-mail addresses. No index
//!   has them in any other order, so the users found are sorted here: the first [`USERS_FOUND_MAX`] by name, as many by address and
//!   as many by a part. If there are more, the page is marked as cut.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use super::page::{Page, rows_to_read};
use super::rows::Columns;
use super::search::{TextSearch, USERS_FOUND_MAX, UserFlags};
use super::sessions::role;
use crate::domain::{Balance, Role, UserId, WalletId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

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

/// Which users, and where in their list a page begins.
#[derive(Clone, Copy, Debug)]
pub struct UserQuery {
    pub flags: UserFlags,
    pub order: UserOrder,
    /// The last user of the previous page.
    pub after: Option<UserId>,
    pub limit: u16,
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
        search: &TextSearch,
        query: &UserQuery,
    ) -> Result<Page<User, UserId>, StorageError> {
        let flags = query.flags;
        let rows = self
            .admin_rows(
                "search for users",
                sql::ADMIN_USERS_FOUND,
                &[
                    &search.username,
                    &search.text,
                    &flags.is_active,
                    &flags.is_staff,
                    &rows_to_read(USERS_FOUND_MAX),
                    &search.number,
                    &search.ids.map(|(first, _)| first),
                    &search.ids.map(|(_, last)| last),
                ],
            )
            .await?;
        let is_cut = rows.first().map(|row| row.column("is_cut")).transpose()?;
        let (parts, reach) = self.users_by_part(search, flags).await?;
        let is_cut = is_cut.unwrap_or(false) || parts.len() > usize::from(USERS_FOUND_MAX);
        let found = rows.iter().chain(&parts).map(user);
        let mut users = found.collect::<Result<Vec<_>, _>>()?;
        // Who is found by a part may be found by a beginning as well; a user is at one place of the order.
        users.sort_by(|a, b| query.order.compare(a, b));
        users.dedup_by_key(|user| user.id);
        if let Some(after) = query.after
            && let Some(place) = users.iter().position(|user| user.id == after)
        {
            users.drain(..=place);
        }
        Ok(Page {
            is_cut,
            reach,
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
        let wallet: Uuid = row.column("wallet_id")?;
        // By its id: a join would ask every node of a distributed database.
        let found = self
            .admin_row("read a user's wallet", sql::ADMIN_USER_WALLET, &[&wallet])
            .await?;
        let balance: Option<Decimal> = found.map(|row| row.column("balance")).transpose()?;
        let read = |balance| {
            Balance::from_decimal(balance).ok_or(StorageError::Corrupt { what: "a balance" })
        };
        let wallet = UserWallet {
            id: WalletId(wallet),
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
