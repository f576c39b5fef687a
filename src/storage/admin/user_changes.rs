//! What staff change of a user, each change together with its record: one statement writes both.

use time::OffsetDateTime;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::domain::UserId;
use crate::domain::registration::Email;
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;
use crate::storage::users::name_taken;

/// What the form of a user showed when it was asked for.
#[derive(Clone, Debug)]
pub struct UserSeen {
    pub email: String,
    pub is_active: bool,
    pub is_staff: bool,
}

/// What staff want a user to be.
#[derive(Clone, Debug)]
pub struct UserEdit {
    pub email: Email,
    pub is_active: bool,
    pub is_staff: bool,
}

/// What came of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserEdited {
    Done,
    /// The user is no longer what the form showed, or is not there at all.
    Stale,
    /// Another user holds the address.
    EmailTaken,
}

/// A change of one field. A password is recorded without its values.
#[derive(Clone, Debug)]
pub struct UserChange {
    pub id: i64,
    /// Who changed it; `None`: `wallet-engine create-admin`.
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
    /// To this.
    IsActive(bool),
    IsStaff(bool),
    Password,
}

/// Changes of a user, newest first.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    pub changes: Vec<UserChange>,
    /// There are older ones.
    pub has_more: bool,
}

impl Database {
    /// Changes a user whom nobody changed since they were seen, and records it.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked. So for the others.
    pub async fn user_edit(
        &self,
        staff: UserId,
        user: UserId,
        seen: &UserSeen,
        edit: &UserEdit,
    ) -> Result<UserEdited, StorageError> {
        let failed = query_failed("change a user");
        let values: &[&(dyn ToSql + Sync)] = &[
            &staff.0,
            &user.0,
            &seen.email,
            &seen.is_active,
            &seen.is_staff,
            &edit.email.as_str(),
            &edit.is_active,
            &edit.is_staff,
        ];
        let client = self.pooled().await?;
        let edited = client.query_opt(sql::ADMIN_USER_EDIT, values).await;
        let taken = edited.as_ref().err().and_then(name_taken);
        if edited.is_ok() || taken.is_some() {
            client.give_back();
        }
        if taken.is_some() {
            return Ok(UserEdited::EmailTaken);
        }
        let edited = edited.map_err(failed)?;
        Ok(edited.map_or(UserEdited::Stale, |_| UserEdited::Done))
    }

    /// Gives a user another password, and records that; `false`: there is no such user.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn user_password_set(
        &self,
        staff: UserId,
        user: UserId,
        password_hash: &str,
    ) -> Result<bool, StorageError> {
        let failed = query_failed("set a user's password");
        let client = self.pooled().await?;
        let values: &[&(dyn ToSql + Sync)] = &[&staff.0, &user.0, &password_hash];
        let set = client.query_opt(sql::ADMIN_USER_PASSWORD_SET, values);
        let set = set.await.map_err(failed)?;
        client.give_back();
        Ok(set.is_some())
    }

    /// Changes of a user, newest first: those before the change `below`, `limit` at most.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn user_changes(
        &self,
        user: UserId,
        below: Option<i64>,
        limit: usize,
    ) -> Result<UserChanges, StorageError> {
        let failed = query_failed("read the changes of a user");
        let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let client = self.pooled().await?;
        let values: &[&(dyn ToSql + Sync)] = &[&user.0, &below, &one_more];
        let rows = client.query(sql::ADMIN_USER_CHANGES, values).await;
        let rows = rows.map_err(&failed)?;
        client.give_back();
        let changes = rows.iter().take(limit).map(|row| change(row, &failed));
        Ok(UserChanges {
            changes: changes.collect::<Result<_, _>>()?,
            has_more: rows.len() > limit,
        })
    }
}

fn change(
    row: &Row,
    failed: impl Fn(tokio_postgres::Error) -> StorageError,
) -> Result<UserChange, StorageError> {
    let text = |name| row.try_get::<_, Option<String>>(name).map_err(&failed);
    let (old, new) = (text("old_value")?, text("new_value")?);
    let field: &str = row.try_get("field").map_err(&failed)?;
    let field = match (field, old, new) {
        ("email", Some(old_value), Some(new_value)) => ChangedField::Email {
            old_value,
            new_value,
        },
        ("is_active", _, Some(new)) => ChangedField::IsActive(new == "true"),
        ("is_staff", _, Some(new)) => ChangedField::IsStaff(new == "true"),
        ("password", None, None) => ChangedField::Password,
        _ => {
            return Err(StorageError::Corrupt {
                what: "a change of a user",
            });
        }
    };
    Ok(UserChange {
        id: row.try_get("id").map_err(&failed)?,
        staff: row.try_get("staff").map_err(&failed)?,
        field,
        at: row.try_get("changed_at").map_err(&failed)?,
    })
}
