//! Users who may sign in, and how many attempts to sign in there were.

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio_postgres::Row;

use super::rows::Columns;
use super::sessions::TokenHash;
use crate::auth::{Attempt, Named, SignInUser};
use crate::domain::staff_journal::{Action, Actor, Subject};
use crate::domain::{Role, UserId, WalletId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;
use crate::storage::staff_journal::SubjectOf;

impl Database {
    /// Returns the user of that name, and a decoy.
    ///
    /// # Errors
    /// [`StorageError`], here and below.
    pub async fn sign_in_user(&self, username: &str) -> Result<Named, StorageError> {
        const DOING: &str = "find a user to sign in";
        let values = &[&username as _, &draw(username) as _];
        let row = self.admin_row(DOING, sql::ACCESS_USER, values).await?;
        let Some(row) = row else {
            return Ok(Named::default());
        };
        let id: Option<i64> = row.column("id")?;
        Ok(Named {
            user: id.map(|_| user_of(&row)).transpose()?,
            decoy: row.column("decoy")?,
        })
    }

    /// Returns the user of that number.
    pub async fn sign_in_owner(&self, user: UserId) -> Result<Option<SignInUser>, StorageError> {
        const DOING: &str = "find a user to sign in";
        let row = self.admin_row(DOING, sql::ACCESS_OWNER, &[&user.0]).await?;
        row.as_ref().map(user_of).transpose()
    }

    /// Counts an attempt of the subject, before it is made.
    pub async fn sign_in_attempt(
        &self,
        subject: &TokenHash,
        window: Duration,
    ) -> Result<Attempt, StorageError> {
        const DOING: &str = "count an attempt to sign in";
        let values = &[&subject.as_slice() as _, &window.as_secs_f64() as _];
        let row = self.admin_row(DOING, sql::ADMIN_SIGN_IN_ATTEMPT, values);
        let row = row.await?.ok_or(StorageError::Corrupt {
            what: "no count of attempts",
        })?;
        Ok(Attempt {
            number: row.column("attempts")?,
            window_ends: row.column("window_ends")?,
        })
    }

    /// Uncounts the attempt of the address, and all attempts of the account.
    pub async fn sign_in_succeeded(
        &self,
        account: &TokenHash,
        address: &TokenHash,
    ) -> Result<(), StorageError> {
        self.uncount(sql::ADMIN_SIGN_IN_SUCCEEDED, account, address)
            .await
    }

    /// Uncounts the attempt of both, as no password was compared.
    pub async fn sign_in_not_judged(
        &self,
        account: &TokenHash,
        address: &TokenHash,
    ) -> Result<(), StorageError> {
        self.uncount(sql::ADMIN_SIGN_IN_NOT_JUDGED, account, address)
            .await
    }

    async fn uncount(
        &self,
        statement: &'static str,
        account: &TokenHash,
        address: &TokenHash,
    ) -> Result<(), StorageError> {
        let values = &[&account.as_slice() as _, &address.as_slice() as _];
        self.admin_rows("uncount an attempt to sign in", statement, values)
            .await
            .map(drop)
    }

    /// Removes attempts whose window is over.
    pub async fn sign_in_forget(&self) -> Result<(), StorageError> {
        const DOING: &str = "remove old attempts to sign in";
        self.admin_rows(DOING, sql::ADMIN_SIGN_IN_FORGET, &[])
            .await
            .map(drop)
    }

    /// Makes a user staff with that role, with this password if one is given; `None` if there is no such user.
    pub async fn promote(
        &self,
        username: &str,
        password_hash: Option<&str>,
        role: Role,
    ) -> Result<Option<UserId>, StorageError> {
        const DOING: &str = "make a user staff";
        let values = &[&username as _, &password_hash as _, &role.as_str() as _];
        let made: SubjectOf = |row| Ok(Subject::User(UserId(row.column("id")?)));
        let entry = Actor::COMMAND_LINE
            .did(Action::StaffMade)
            .with("role", role);
        let rows = self.rows_with(DOING, sql::ADMIN_PROMOTE, values, Some(&entry), Some(made));
        let rows = rows.await?;
        rows.first()
            .map(|row| row.column("id").map(UserId))
            .transpose()
    }
}

/// The number by which a name draws its decoy, from 0.
fn draw(username: &str) -> i64 {
    let digest: [u8; 32] = Sha256::digest(username).into();
    let first = digest.first_chunk().copied().unwrap_or_default();
    i64::from_be_bytes(first) & i64::MAX
}

fn user_of(row: &Row) -> Result<SignInUser, StorageError> {
    Ok(SignInUser {
        id: UserId(row.column("id")?),
        username: row.column("username")?,
        password_hash: row.column("password_hash")?,
        is_active: row.column("is_active")?,
        is_staff: row.column("is_staff")?,
        wallet: WalletId(row.column("wallet_id")?),
    })
}
