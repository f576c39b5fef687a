//! Second factors of staff. Each change is one statement, guarded by what it takes a code for: of two with the same code one succeeds,
//! whichever engines they reach, and nothing is half done. The clock is the database's.

use std::time::Duration;

use time::OffsetDateTime;

use super::rows::Columns;
use super::sessions::TokenHash;
use crate::auth::{FactorSecret, Proof, RecoveryCode};
use crate::domain::UserId;
use crate::domain::staff_journal::StaffAction;
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// How long a secret waits for its first code.
const OFFER: Duration = Duration::from_secs(15 * 60);

/// A second factor in force.
#[derive(Clone, Debug)]
pub struct Factor {
    pub secret: FactorSecret,
    pub confirmed_at: OffsetDateTime,
    /// Recovery codes that are unused.
    pub codes_left: i64,
    /// The database's time, in seconds of Unix time.
    pub now_s: i64,
}

/// A secret that waits for its first code.
#[derive(Clone, Debug)]
pub struct OfferedSecret {
    pub secret: FactorSecret,
    /// The database's time, in seconds of Unix time.
    pub now_s: i64,
}

impl Database {
    /// Returns a user's second factor, if they have one.
    ///
    /// # Errors
    /// [`StorageError`], here and below.
    pub async fn factor_find(&self, user: UserId) -> Result<Option<Factor>, StorageError> {
        const DOING: &str = "find a second factor";
        let row = self.admin_row(DOING, sql::FACTOR_FIND, &[&user.0]).await?;
        let factor = row.map(|row| {
            Ok(Factor {
                secret: secret(row.column("secret")?)?,
                confirmed_at: row.column("confirmed_at")?,
                codes_left: row.column("codes_left")?,
                now_s: row.column("now_s")?,
            })
        });
        factor.transpose()
    }

    /// Stores a secret that is shown in a session; `false` if its user has a second factor.
    pub async fn factor_offer(
        &self,
        token: &TokenHash,
        secret: &FactorSecret,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "offer a second factor";
        let values = &[
            &token.as_slice() as _,
            &secret.as_bytes() as _,
            &OFFER.as_secs_f64() as _,
        ];
        let row = self.admin_row(DOING, sql::FACTOR_OFFER, values).await?;
        Ok(row.is_some())
    }

    /// Returns the secret that waits in a session.
    pub async fn factor_offered(
        &self,
        token: &TokenHash,
    ) -> Result<Option<OfferedSecret>, StorageError> {
        const DOING: &str = "find an offered second factor";
        let values = &[&token.as_slice() as _];
        let row = self.admin_row(DOING, sql::FACTOR_OFFERED, values).await?;
        let offered = row.map(|row| {
            Ok(OfferedSecret {
                secret: secret(row.column("secret")?)?,
                now_s: row.column("now_s")?,
            })
        });
        offered.transpose()
    }

    /// Puts the secret that waits in a session in force, by a code of that step, with these recovery codes; the session goes on under
    /// the new token, and the user's others end. `false` if it waits there no more, or the user has a factor already.
    pub async fn factor_confirm(
        &self,
        [token, new_token]: [&TokenHash; 2],
        secret: &FactorSecret,
        step: i64,
        codes: &[RecoveryCode],
        entry: &StaffAction,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "turn a second factor on";
        let values = &[
            &token.as_slice() as _,
            &new_token.as_slice() as _,
            &secret.as_bytes() as _,
            &step as _,
            &digests(codes) as _,
        ];
        let rows = self.rows_with(DOING, sql::FACTOR_CONFIRM, values, Some(entry), None);
        Ok(!rows.await?.is_empty())
    }

    /// Opens a session that awaits a code, under the new token; `false` if the code was used before, or the session is over.
    pub async fn factor_verify(
        &self,
        [token, new_token]: [&TokenHash; 2],
        user: UserId,
        secret: &FactorSecret,
        proof: Proof,
        entry: &StaffAction,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "accept a code";
        let (step, recovery) = parts(proof);
        let values = &[
            &token.as_slice() as _,
            &user.0 as _,
            &new_token.as_slice() as _,
            &secret.as_bytes() as _,
            &step as _,
            &recovery as _,
            &entry.by.address as _,
        ];
        let rows = self.rows_with(DOING, sql::FACTOR_VERIFY, values, Some(entry), None);
        Ok(!rows.await?.is_empty())
    }

    /// Removes a user's second factor, and ends their sessions but that of the token; `false` if the code was used before.
    pub async fn factor_remove(
        &self,
        token: &TokenHash,
        user: UserId,
        secret: &FactorSecret,
        proof: Proof,
        entry: &StaffAction,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "turn a second factor off";
        let (step, recovery) = parts(proof);
        let values = &[
            &token.as_slice() as _,
            &user.0 as _,
            &secret.as_bytes() as _,
            &step as _,
            &recovery as _,
            &entry.by.address as _,
        ];
        let rows = self.rows_with(DOING, sql::FACTOR_REMOVE, values, Some(entry), None);
        Ok(!rows.await?.is_empty())
    }

    /// Replaces a user's recovery codes; `false` if the code was used before.
    pub async fn recovery_codes_renew(
        &self,
        user: UserId,
        secret: &FactorSecret,
        proof: Proof,
        codes: &[RecoveryCode],
        entry: &StaffAction,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "make recovery codes";
        let (step, recovery) = parts(proof);
        let values = &[
            &user.0 as _,
            &secret.as_bytes() as _,
            &step as _,
            &recovery as _,
            &digests(codes) as _,
            &entry.by.address as _,
        ];
        let rows = self.rows_with(DOING, sql::RECOVERY_CODES_RENEW, values, Some(entry), None);
        Ok(!rows.await?.is_empty())
    }

    /// Removes the second factor of a user who cannot give a code, and ends all their sessions; `false` if they have none.
    pub async fn factor_reset(
        &self,
        user: UserId,
        entry: &StaffAction,
    ) -> Result<bool, StorageError> {
        const DOING: &str = "reset a second factor";
        let values = &[&user.0 as _];
        let rows = self.rows_with(DOING, sql::FACTOR_RESET, values, Some(entry), None);
        Ok(!rows.await?.is_empty())
    }
}

fn secret(stored: &[u8]) -> Result<FactorSecret, StorageError> {
    FactorSecret::stored(stored).ok_or(StorageError::Corrupt {
        what: "the secret of a second factor",
    })
}

fn digests(codes: &[RecoveryCode]) -> Vec<Vec<u8>> {
    let digest = |code: &RecoveryCode| code.digest().as_bytes().to_vec();
    codes.iter().map(digest).collect()
}

/// The two parameters of a statement, of which one is NULL.
fn parts(proof: Proof) -> (Option<i64>, Option<Vec<u8>>) {
    match proof {
        Proof::Step(step) => (Some(step), None),
        Proof::Recovery(digest) => (None, Some(digest.as_bytes().to_vec())),
    }
}
