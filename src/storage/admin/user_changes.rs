//! Changes of users by staff. One statement writes a change and its record.

use time::OffsetDateTime;
use tokio_postgres::Row;

use super::page::{Page, rows_to_read};
use super::rows::Columns;
use crate::domain::registration::Email;
use crate::domain::staff_journal::StaffAction;
use crate::domain::{Role, UserId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;
use crate::storage::users::name_taken;

/// The values that the form of a user showed.
#[derive(Clone, Debug)]
pub struct UserSeen {
    pub email: String,
    pub is_active: bool,
    /// `None`: not staff.
    pub role: Option<Role>,
}

/// The values that staff entered.
#[derive(Clone)]
pub struct UserEdit {
    pub email: Email,
    pub is_active: bool,
    /// `None`: not staff.
    pub role: Option<Role>,
    /// Of the password of a user who is made staff: the first role is set together with one alone.
    pub password_hash: Option<String>,
}

/// The outcome of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserEdited {
    Done,
    /// The user was changed since the form was shown, or does not exist; or would be staff without a new password.
    Stale,
    /// Another user has this e-mail address.
    EmailTaken,
}

/// A change of one field. A password is recorded without its values.
#[derive(Clone, Debug)]
pub struct UserChange {
    pub id: i64,
    /// The staff member; `None` for `wallet-engine create-admin`.
    pub staff: Option<String>,
    pub field: ChangedField,
    pub at: OffsetDateTime,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangedField {
    Email {
        old_value: String,
        new_value: String,
    },
    /// The new value.
    IsActive(bool),
    /// Of before there were roles.
    IsStaff(bool),
    Role {
        old_value: Option<Role>,
        new_value: Option<Role>,
    },
    Password,
}

impl Database {
    /// Changes a user, unless they were changed since the form was shown, and records the changes, with an entry in the journal of the
    /// staff.
    ///
    /// # Errors
    /// [`StorageError`], here and below.
    pub async fn user_edit(
        &self,
        staff: UserId,
        user: UserId,
        seen: &UserSeen,
        edit: &UserEdit,
        entry: Option<&StaffAction>,
    ) -> Result<UserEdited, StorageError> {
        let edited = self
            .rows_with(
                "change a user",
                sql::ADMIN_USER_EDIT,
                &[
                    &staff.0,
                    &user.0,
                    &seen.email,
                    &seen.is_active,
                    &role_name(seen.role),
                    &edit.email.as_str(),
                    &edit.is_active,
                    &role_name(edit.role),
                    &edit.password_hash,
                ],
                entry,
                None,
            )
            .await;
        match edited {
            Ok(rows) if rows.is_empty() => Ok(UserEdited::Stale),
            Ok(_) => Ok(UserEdited::Done),
            Err(StorageError::Query { source, .. }) if name_taken(&source).is_some() => {
                Ok(UserEdited::EmailTaken)
            }
            Err(error) => Err(error),
        }
    }

    /// Sets a user's password, and records that; `false` if there is no such user, or they are staff and it does not suit staff, or
    /// the one who sets it may not do so to other staff (`of_staff`).
    pub async fn user_password_set(
        &self,
        staff: UserId,
        user: UserId,
        password_hash: &str,
        suits_staff: bool,
        of_staff: bool,
        entry: Option<&StaffAction>,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "set a user's password";
        let values = &[
            &staff.0 as _,
            &user.0 as _,
            &password_hash as _,
            &suits_staff as _,
            &of_staff as _,
        ];
        let set = self.rows_with(DOING, sql::ADMIN_USER_PASSWORD_SET, values, entry, None);
        Ok(!set.await?.is_empty())
    }

    /// Returns how many valid tokens a user has.
    pub async fn user_tokens(&self, user: UserId) -> Result<i64, StorageError> {
        const DOING: &str = "count the tokens of a user";
        let values = &[&user.0 as _];
        let row = self
            .admin_row(DOING, sql::ADMIN_USER_TOKENS, values)
            .await?;
        row.map_or(Ok(0), |row| row.column("tokens"))
    }

    /// Ends all tokens of a user; `false` if there is no such user.
    pub async fn user_tokens_end(
        &self,
        user: UserId,
        entry: Option<&StaffAction>,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "end the tokens of a user";
        let values = &[&user.0 as _];
        let told = self.rows_with(DOING, sql::ADMIN_USER_TOKENS_END, values, entry, None);
        Ok(!told.await?.is_empty())
    }

    /// Returns a page of a user's changes, newest first: those before the change `below`.
    pub async fn user_changes(
        &self,
        user: UserId,
        below: Option<i64>,
        limit: u16,
    ) -> Result<Page<UserChange, i64>, StorageError> {
        const DOING: &str = "read the changes of a user";
        let values = &[&user.0 as _, &below as _, &rows_to_read(limit) as _];
        let rows = self.admin_rows(DOING, sql::ADMIN_USER_CHANGES, values);
        let changes = rows.await?.iter().map(change).collect::<Result<_, _>>()?;
        Ok(Page::of(changes, limit, |change: &UserChange| change.id))
    }
}

/// The text of a role in the table of changes and in the statements; `none` of who is not staff.
fn role_name(role: Option<Role>) -> &'static str {
    role.map_or("none", Role::as_str)
}

fn change(row: &Row) -> Result<UserChange, StorageError> {
    let field: &str = row.column("field")?;
    let field = match (field, row.column("old_value")?, row.column("new_value")?) {
        ("email", Some(old_value), Some(new_value)) => ChangedField::Email {
            old_value,
            new_value,
        },
        ("is_active", _, Some(new)) => ChangedField::IsActive(new == "true"),
        ("is_staff", _, Some(new)) => ChangedField::IsStaff(new == "true"),
        ("role", Some(old), Some(new)) => ChangedField::Role {
            old_value: Role::parse(&old),
            new_value: Role::parse(&new),
        },
        ("password", None, None) => ChangedField::Password,
        _ => {
            return Err(StorageError::Corrupt {
                what: "a change of a user",
            });
        }
    };
    Ok(UserChange {
        id: row.column("id")?,
        staff: row.column("staff")?,
        field,
        at: row.column("changed_at")?,
    })
}
