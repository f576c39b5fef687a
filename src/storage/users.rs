//! Users and the names that they hold.

use std::sync::Arc;

use tokio_postgres::error::SqlState;

use super::{Database, StorageError, query_failed, sql};
use crate::domain::{NamesTaken, Registration, UserId, WalletId};
use crate::engine::{Cause, NamesSought, RegisterError};

impl Database {
    pub(super) async fn user_names_taken(
        &self,
        names: NamesSought<'_>,
    ) -> Result<NamesTaken, StorageError> {
        let failed = query_failed("look for taken names");
        let client = self.pooled().await?;
        let statement = client
            .prepare_cached(sql::NAMES_TAKEN)
            .await
            .map_err(&failed)?;
        let row = client
            .query_one(&statement, &[&names.username, &names.email])
            .await
            .map_err(&failed)?;
        client.give_back();
        Ok(NamesTaken {
            username: row.try_get("username").map_err(&failed)?,
            email: row.try_get("email").map_err(&failed)?,
        })
    }

    pub(super) async fn user_insert(
        &self,
        registration: &Registration,
        password_hash: &str,
        wallet: WalletId,
    ) -> Result<UserId, RegisterError> {
        let failed = |error: StorageError| RegisterError::Failed(Arc::new(error) as Cause);
        let insert_failed = |error| failed(query_failed("insert the user")(error));
        let client = self.pooled().await.map_err(failed)?;
        let statement = client
            .prepare_cached(sql::USER_INSERT)
            .await
            .map_err(insert_failed)?;
        let inserted = client
            .query_one(
                &statement,
                &[
                    &registration.username.as_str(),
                    &registration.email.as_str(),
                    &password_hash,
                    &registration.email.is_as_given(),
                    &wallet.0,
                ],
            )
            .await;
        let taken = inserted.as_ref().err().and_then(name_taken);
        if inserted.is_ok() || taken.is_some() {
            client.give_back();
        }
        if let Some(taken) = taken {
            return Err(RegisterError::Taken(taken));
        }
        let row = inserted.map_err(insert_failed)?;
        row.try_get("user_id").map(UserId).map_err(insert_failed)
    }
}

/// The name that a unique constraint refused. Constraints of a distributed table carry a suffix, so only the
/// beginning of the name counts.
pub(super) fn name_taken(error: &tokio_postgres::Error) -> Option<NamesTaken> {
    let error = error.as_db_error()?;
    if *error.code() != SqlState::UNIQUE_VIOLATION {
        return None;
    }
    let constraint = error.constraint()?;
    let taken = NamesTaken {
        username: constraint.starts_with("users_username_key"),
        email: constraint.starts_with("users_email_key"),
    };
    (taken != NamesTaken::default()).then_some(taken)
}
