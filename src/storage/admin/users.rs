//! Users as staff look for them.
//!
//! * A list in one of four orders costs a page of an index, however many users there are, whatever flags are asked for
//!   (`sql/queries/admin_users_by_username.sql`). A page begins after the last user of the one before, so nobody is
//!   missed or seen twice because somebody registers meanwhile.
//! * A search finds the beginnings of names and of addresses. No index has both in any other order, so what was found is
//!   put in order here: the first [`USERS_FOUND_MAX`] by name and as many by address, and whoever asks is told that there
//!   are more.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::domain::{Balance, UserId, WalletId};
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
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
    pub is_staff: bool,
    pub created_at: OffsetDateTime,
}

/// The wallet that a user's row names.
#[derive(Clone, Debug)]
pub struct UserWallet {
    pub id: WalletId,
    /// As committed. `None`: there is no such wallet, which an audit tells as well.
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

/// Flags that are asked for; `None`: either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserFlags {
    pub is_active: Option<bool>,
    pub is_staff: Option<bool>,
}

/// A page of a list that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct UserPageQuery {
    pub flags: UserFlags,
    pub order: UserOrder,
    /// The last user of the page before.
    pub after: Option<UserId>,
    pub limit: usize,
}

/// The beginning of a user's name or of their address; neither has NUL in it.
#[derive(Clone, Copy, Debug)]
pub struct UserSought<'a> {
    pub username: &'a str,
    pub email: &'a str,
}

/// What was found of a page.
#[derive(Clone, Debug, Default)]
pub struct UserPage {
    pub users: Vec<User>,
    /// There are more in this order.
    pub has_more: bool,
    /// There were more than a search looks for.
    pub is_cut: bool,
}

impl Database {
    /// A page of all users.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked. So for the others.
    pub async fn users_page(&self, query: &UserPageQuery) -> Result<UserPage, StorageError> {
        let statement = match query.order {
            UserOrder::Newest => sql::ADMIN_USERS_NEWEST,
            UserOrder::Oldest => sql::ADMIN_USERS_OLDEST,
            UserOrder::Username => sql::ADMIN_USERS_BY_USERNAME,
            UserOrder::Email => sql::ADMIN_USERS_BY_EMAIL,
        };
        let after = query.after.map(|user| user.0);
        let one_more = i64::try_from(query.limit + 1).unwrap_or(i64::MAX);
        let flags = query.flags;
        let values: &[&(dyn ToSql + Sync)] =
            &[&flags.is_active, &flags.is_staff, &after, &one_more];
        let rows = self.user_rows(statement, values).await?;
        let users = rows.iter().map(user).collect::<Result<_, _>>();
        let users = users.map_err(query_failed("read a page of users"))?;
        Ok(page_of(users, query.limit))
    }

    /// A page of the users who are sought.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn users_found(
        &self,
        sought: &UserSought<'_>,
        query: &UserPageQuery,
    ) -> Result<UserPage, StorageError> {
        let failed = query_failed("look for users");
        let one_more = i64::from(USERS_FOUND_MAX) + 1;
        let flags = query.flags;
        let values: &[&(dyn ToSql + Sync)] = &[
            &sought.username,
            &sought.email,
            &flags.is_active,
            &flags.is_staff,
            &one_more,
        ];
        let rows = self.user_rows(sql::ADMIN_USERS_FOUND, values).await?;
        let is_cut = rows.first().map(|row| row.try_get("is_cut")).transpose();
        let users = rows.iter().map(user).collect::<Result<Vec<_>, _>>();
        let mut users = users.map_err(&failed)?;
        users.sort_by(|a, b| query.order.compare(a, b));
        if let Some(after) = query.after
            && let Some(place) = users.iter().position(|user| user.id == after)
        {
            users.drain(..=place);
        }
        Ok(UserPage {
            is_cut: is_cut.map_err(&failed)?.unwrap_or(false),
            ..page_of(users, query.limit)
        })
    }

    /// A user and their wallet.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn user_find(
        &self,
        user_id: UserId,
    ) -> Result<Option<(User, UserWallet)>, StorageError> {
        let failed = query_failed("read a user");
        let rows = self.user_rows(sql::ADMIN_USER_FIND, &[&user_id.0]).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let wallet: Uuid = row.try_get("wallet_id").map_err(&failed)?;
        let balance: Option<Decimal> = row.try_get("balance").map_err(&failed)?;
        let wallet = UserWallet {
            id: WalletId(wallet),
            balance: match balance {
                Some(balance) => Some(
                    Balance::from_decimal(balance)
                        .ok_or(StorageError::Corrupt { what: "a balance" })?,
                ),
                None => None,
            },
        };
        Ok(Some((user(row).map_err(failed)?, wallet)))
    }

    async fn user_rows(
        &self,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let failed = query_failed("ask for users");
        let client = self.pooled().await?;
        let statement = client.prepare_cached(statement).await.map_err(&failed)?;
        let rows = client.query(&statement, values).await.map_err(&failed)?;
        client.give_back();
        Ok(rows)
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

fn page_of(mut users: Vec<User>, limit: usize) -> UserPage {
    let has_more = users.len() > limit;
    users.truncate(limit);
    UserPage {
        users,
        has_more,
        is_cut: false,
    }
}

fn user(row: &Row) -> Result<User, tokio_postgres::Error> {
    Ok(User {
        id: UserId(row.try_get("id")?),
        username: row.try_get("username")?,
        email: row.try_get("email")?,
        is_active: row.try_get("is_active")?,
        is_staff: row.try_get("is_staff")?,
        created_at: row.try_get("created_at")?,
    })
}
