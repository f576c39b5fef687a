//! Who may sign in, and how often somebody tried to.

use std::time::Duration;

use time::OffsetDateTime;

use super::sessions::TokenHash;
use crate::domain::UserId;
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;

/// What is known of a user who wants to sign in.
#[derive(Debug)]
pub struct SignInUser {
    pub id: UserId,
    pub password_hash: String,
    /// They are active and staff.
    pub admitted: bool,
}

/// An attempt that is counted.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Within the window, this one included.
    pub number: i64,
    pub window_ends: OffsetDateTime,
}

impl Database {
    /// The user of that name.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked. So for the others.
    pub async fn sign_in_user(&self, username: &str) -> Result<Option<SignInUser>, StorageError> {
        let failed = query_failed("look for who signs in");
        let client = self.pooled().await?;
        let row = client
            .query_opt(sql::ADMIN_SIGN_IN_USER, &[&username])
            .await
            .map_err(&failed)?;
        client.give_back();
        row.map(|row| {
            Ok(SignInUser {
                id: UserId(row.try_get("id")?),
                password_hash: row.try_get("password_hash")?,
                admitted: row.try_get("admitted")?,
            })
        })
        .transpose()
        .map_err(&failed)
    }

    /// Counts an attempt of the subject, before it is made.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn sign_in_attempt(
        &self,
        subject: &TokenHash,
        window: Duration,
    ) -> Result<Attempt, StorageError> {
        let failed = query_failed("count an attempt to sign in");
        let client = self.pooled().await?;
        let row = client
            .query_one(
                sql::ADMIN_SIGN_IN_ATTEMPT,
                &[&subject.as_slice(), &window.as_secs_f64()],
            )
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(Attempt {
            number: row.try_get("attempts").map_err(&failed)?,
            window_ends: row.try_get("window_ends").map_err(&failed)?,
        })
    }

    /// Takes the attempt back from the address, and all of them from the account.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn sign_in_succeeded(
        &self,
        account: &TokenHash,
        address: &TokenHash,
    ) -> Result<(), StorageError> {
        self.take_back(sql::ADMIN_SIGN_IN_SUCCEEDED, account, address)
            .await
    }

    /// Takes the attempt back from both: nobody compared a password.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn sign_in_not_judged(
        &self,
        account: &TokenHash,
        address: &TokenHash,
    ) -> Result<(), StorageError> {
        self.take_back(sql::ADMIN_SIGN_IN_NOT_JUDGED, account, address)
            .await
    }

    async fn take_back(
        &self,
        statement: &'static str,
        account: &TokenHash,
        address: &TokenHash,
    ) -> Result<(), StorageError> {
        let failed = query_failed("forget failures to sign in");
        let client = self.pooled().await?;
        client
            .execute(statement, &[&account.as_slice(), &address.as_slice()])
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(())
    }

    /// Removes attempts whose window is over.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn sign_in_forget(&self) -> Result<(), StorageError> {
        let failed = query_failed("remove old attempts to sign in");
        let client = self.pooled().await?;
        client
            .execute(sql::ADMIN_SIGN_IN_FORGET, &[])
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(())
    }

    /// Makes a user staff, with this password if one is given; `None` if there is no such user.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn promote(
        &self,
        username: &str,
        password_hash: Option<&str>,
    ) -> Result<Option<UserId>, StorageError> {
        let failed = query_failed("make a user staff");
        let client = self.pooled().await?;
        let row = client
            .query_opt(sql::ADMIN_PROMOTE, &[&username, &password_hash])
            .await
            .map_err(&failed)?;
        client.give_back();
        row.map(|row| row.try_get("id").map(UserId))
            .transpose()
            .map_err(&failed)
    }
}
