//! Users who may sign in, and how many attempts to sign in there were.

use std::time::Duration;

use time::OffsetDateTime;

use super::rows::Columns;
use super::sessions::TokenHash;
use crate::domain::UserId;
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// What sign-in checks of a user.
#[derive(Debug)]
pub struct SignInUser {
    pub id: UserId,
    pub password_hash: String,
    /// The user is active and staff.
    pub admitted: bool,
}

/// A counted attempt.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Its number within the window, from 1.
    pub number: i64,
    pub window_ends: OffsetDateTime,
}

impl Database {
    /// Returns the user of that name.
    ///
    /// # Errors
    /// [`StorageError`], here and below.
    pub async fn sign_in_user(&self, username: &str) -> Result<Option<SignInUser>, StorageError> {
        const DOING: &str = "find a user to sign in";
        let row = self
            .admin_row(DOING, sql::ADMIN_SIGN_IN_USER, &[&username])
            .await?;
        let user = row.map(|row| {
            Ok(SignInUser {
                id: UserId(row.column("id")?),
                password_hash: row.column("password_hash")?,
                admitted: row.column("admitted")?,
            })
        });
        user.transpose()
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

    /// Makes a user staff, with this password if one is given; `None` if there is no such user.
    pub async fn promote(
        &self,
        username: &str,
        password_hash: Option<&str>,
    ) -> Result<Option<UserId>, StorageError> {
        let values = &[&username as _, &password_hash as _];
        let row = self.admin_row("make a user staff", sql::ADMIN_PROMOTE, values);
        let id = row.await?.map(|row| row.column("id").map(UserId));
        id.transpose()
    }
}
