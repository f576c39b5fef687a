//! The audit: the ledger's promises, checked over the whole database in one snapshot.

use std::time::Duration;

use tokio_postgres::IsolationLevel;
use uuid::Uuid;

use super::{Database, StorageError, query_failed, sql};

/// What an audit looked at and what it found.
#[derive(Debug)]
pub struct Audit {
    pub users: i64,
    pub wallets: i64,
    pub operations: i64,
    pub breaches: Vec<Breach>,
}

/// Something that contradicts the ledger's promises.
#[derive(Debug)]
pub struct Breach {
    pub wallet: Uuid,
    /// A sentence with the numbers that disagree.
    pub text: String,
}

impl Database {
    /// Checks that every wallet's version, balance and ledger agree, and every user's wallet is theirs.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked.
    pub async fn audit(&self) -> Result<Audit, StorageError> {
        let failed = query_failed("audit the database");
        let mut config = self.connector.config().clone();
        // An audit reads everything, which takes longer than any request may.
        let options = config.get_options().unwrap_or_default();
        config.options(format!("{options} -c statement_timeout=0"));
        config.tcp_user_timeout(Duration::ZERO);
        let mut client = self.connector.connect_with(&config).await?;
        let snapshot = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(&failed)?;
        let counts = snapshot
            .query_one(sql::AUDIT_COUNTS, &[])
            .await
            .map_err(&failed)?;
        let rows = snapshot
            .query(sql::AUDIT_BREACHES, &[])
            .await
            .map_err(&failed)?;
        let breach = |row: &tokio_postgres::Row| {
            Ok(Breach {
                wallet: row.try_get("wallet_id")?,
                text: row.try_get("breach")?,
            })
        };
        Ok(Audit {
            users: counts.try_get("users").map_err(&failed)?,
            wallets: counts.try_get("wallets").map_err(&failed)?,
            operations: counts.try_get("operations").map_err(&failed)?,
            breaches: rows
                .iter()
                .map(breach)
                .collect::<Result<_, _>>()
                .map_err(&failed)?,
        })
    }
}
