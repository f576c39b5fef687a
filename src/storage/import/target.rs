//! The engine's database, as the import reads and writes it: a session of its own, a transaction a page.

use std::collections::HashMap;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::candidate::Candidate;
use super::columnar::{UserColumns, of_entries};
use super::entries::Entries;
use super::error::ImportError;
use super::names_settled::Holder;
use crate::domain::{Balance, OperationKind};
use crate::storage::admin::rows::Columns;
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;

/// The number of the advisory lock: that of migrations and two more.
const LOCK: i64 = 0x77_61_6c_6c_65_74 + 2;
/// An engine holds a row no longer.
const LOCK_WAIT_MS: u32 = 60_000;
const READ: &str = "read the users that the engine has";
const WRITE: &str = "write a page of users";

pub(super) struct Target {
    client: Client,
    /// The kinds that imports write.
    kinds: [&'static str; 2],
}

/// A user as the engine has them.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "columns of a row")]
pub(super) struct Known {
    pub username: String,
    pub email: String,
    /// The SHA-256 of the hash that was set, whether it was renewed since or not.
    pub password_tag: Vec<u8>,
    pub is_active: bool,
    pub is_staff: bool,
    pub joined: OffsetDateTime,
    pub is_imported: bool,
    pub wallet: Uuid,
    pub balance: Balance,
    pub version: i64,
    /// Whether the wallet has an operation of the engine's.
    pub has_begun: bool,
    /// The balance after the last row of the ledger.
    pub ledger_balance: Balance,
}

impl Known {
    pub fn holder(&self, id: i64) -> Holder {
        Holder {
            id,
            username: self.username.clone(),
            email: self.email.clone(),
            wallet: self.wallet,
        }
    }
}

/// A wallet that is to have another balance.
pub(super) struct Adjustment {
    pub wallet: Uuid,
    pub version: i64,
    pub from: Balance,
    pub to: Balance,
}

/// How much imports brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetTotals {
    pub users: i64,
    pub wallets: i64,
    /// The sum of their balances, as PostgreSQL writes it.
    pub balances: String,
}

/// Why a transaction was not committed.
pub(super) enum Unwritten {
    /// Somebody else wrote one of its rows, or took one of its names, meanwhile.
    Contended,
    Failed(StorageError),
}

impl From<StorageError> for Unwritten {
    fn from(error: StorageError) -> Self {
        let contended = [
            &SqlState::UNIQUE_VIOLATION,
            &SqlState::T_R_DEADLOCK_DETECTED,
            &SqlState::T_R_SERIALIZATION_FAILURE,
        ];
        match error.code() {
            Some(code) if contended.contains(&code) => Self::Contended,
            _ => Self::Failed(error),
        }
    }
}

impl Target {
    /// Opens a session, and keeps other imports out for as long as it lasts.
    pub async fn open(database: &Database) -> Result<Self, ImportError> {
        let settings = database.sessions.connector().settings().patient();
        let settings = settings
            .with("statement_timeout", 0)
            .with("lock_timeout", LOCK_WAIT_MS);
        let target = Self {
            client: database.sessions.connect(&settings).await?,
            kinds: OperationKind::OPENINGS.map(OperationKind::as_str),
        };
        let row = target
            .row("take the lock of imports", sql::IMPORT_LOCK, &[&LOCK])
            .await?;
        if row.try_get(0).map_err(query_failed(READ))? {
            Ok(target)
        } else {
            Err(ImportError::Running)
        }
    }

    /// Records a run, and returns its number.
    pub async fn begin_run(&self, source: &str, is_final: bool) -> Result<i64, StorageError> {
        self.row("record a run", sql::IMPORT_BEGIN, &[&source, &is_final])
            .await?
            .column("id")
    }

    pub async fn end_run(&self, run: i64, differences: i64) -> Result<(), StorageError> {
        let ended = [&run as &(dyn ToSql + Sync), &differences];
        self.rows("record a run", sql::IMPORT_END, &ended).await?;
        Ok(())
    }

    /// Returns whether the engine has taken over, so that nothing is written any more.
    pub async fn is_over(&self) -> Result<bool, StorageError> {
        self.row(
            "find out whether the move is over",
            sql::IMPORT_IS_OVER,
            &[&self.kinds.as_slice()],
        )
        .await?
        .column("is_over")
    }

    /// Has registrations get numbers above this one.
    pub async fn reserve(&self, last_id: i64) -> Result<(), StorageError> {
        self.rows("reserve the numbers", sql::IMPORT_RESERVE, &[&last_id])
            .await?;
        Ok(())
    }

    pub async fn known(&self, ids: &[i64]) -> Result<HashMap<i64, Known>, StorageError> {
        let rows = self
            .rows(READ, sql::IMPORT_KNOWN, &[&ids, &self.kinds.as_slice()])
            .await?;
        rows.iter().map(read_known).collect()
    }

    /// Returns who has one of the names or wallets of the candidates.
    pub async fn holders(&self, of: &[&Candidate]) -> Result<Vec<Holder>, StorageError> {
        let usernames: Vec<_> = of.iter().map(|user| user.username.as_str()).collect();
        let emails: Vec<_> = of.iter().map(|user| user.email.as_str()).collect();
        let wallets: Vec<_> = of.iter().filter_map(|user| user.wallet).collect();
        let rows = self
            .rows(READ, sql::IMPORT_HOLDERS, &[&usernames, &emails, &wallets])
            .await?;
        let holder = |row: &Row| {
            Ok(Holder {
                id: row.column("id")?,
                username: row.column("username")?,
                email: row.column("email")?,
                wallet: row.column("wallet_id")?,
            })
        };
        rows.iter().map(holder).collect()
    }

    pub async fn begin(&self) -> Result<(), StorageError> {
        self.execute("BEGIN ISOLATION LEVEL READ COMMITTED").await
    }

    pub async fn commit(&self) -> Result<(), StorageError> {
        self.execute("COMMIT").await
    }

    pub async fn rollback(&self) -> Result<(), StorageError> {
        self.execute("ROLLBACK").await
    }

    /// Makes users what the candidates are, who have these numbers already. `renamed` are those who get other names.
    pub async fn change(&self, users: &[&Candidate], renamed: &[i64]) -> Result<(), Unwritten> {
        if !renamed.is_empty() {
            self.rows(WRITE, sql::IMPORT_PARK, &[&renamed]).await?;
        }
        if users.is_empty() {
            return Ok(());
        }
        let of = UserColumns::of(users);
        let row = self
            .row(WRITE, sql::IMPORT_CHANGE, &of.parameters())
            .await?;
        all_of(row.column("changed")?, users.len())
    }

    pub async fn insert(&self, users: &[&Candidate]) -> Result<(), Unwritten> {
        if users.is_empty() {
            return Ok(());
        }
        let of = UserColumns::of(users);
        let mut entries = Entries::default();
        let wallets: Vec<_> = users
            .iter()
            .map(|user| user.wallet.unwrap_or_else(Uuid::new_v4))
            .collect();
        let balances: Vec<_> = users.iter().map(|user| decimal(user.balance)).collect();
        let versions: Vec<_> = users
            .iter()
            .zip(&wallets)
            .map(|(user, wallet)| entries.add(*wallet, 0, Balance::ZERO, user.balance))
            .collect();
        let mut parameters = of.parameters();
        parameters.extend([&wallets as &(dyn ToSql + Sync), &balances, &versions]);
        parameters.extend(of_entries(&entries));
        self.rows(WRITE, sql::IMPORT_INSERT, &parameters).await?;
        Ok(())
    }

    pub async fn adjust(&self, wallets: &[&Adjustment]) -> Result<(), Unwritten> {
        if wallets.is_empty() {
            return Ok(());
        }
        let mut entries = Entries::default();
        let ids: Vec<_> = wallets.iter().map(|wallet| wallet.wallet).collect();
        let expected: Vec<_> = wallets.iter().map(|wallet| wallet.version).collect();
        let balances: Vec<_> = wallets.iter().map(|wallet| decimal(wallet.to)).collect();
        let versions: Vec<_> = wallets
            .iter()
            .map(|to| entries.add(to.wallet, to.version, to.from, to.to))
            .collect();
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&ids, &expected, &balances, &versions];
        parameters.extend(of_entries(&entries));
        let row = self.row(WRITE, sql::IMPORT_ADJUST, &parameters).await?;
        all_of(row.column("moved")?, wallets.len())
    }

    /// Returns users of these numbers whom imports brought, and who are none of `ids`: the first so many.
    pub async fn gone(
        &self,
        (from, to): (i64, i64),
        ids: &[i64],
        limit: i64,
    ) -> Result<Vec<(i64, String)>, StorageError> {
        let rows = self
            .rows(READ, sql::IMPORT_GONE, &[&from, &to, &ids, &limit])
            .await?;
        let user = |row: &Row| Ok((row.column("id")?, row.column("username")?));
        rows.iter().map(user).collect()
    }

    /// Removes a user whom imports brought; `false` if the engine has had to do with them.
    pub async fn remove(&self, id: i64) -> Result<bool, StorageError> {
        self.begin().await?;
        let removed = async {
            let locked = self.rows(WRITE, sql::IMPORT_GONE_LOCK, &[&id]).await?;
            let Some(row) = locked.first() else {
                return Ok(false);
            };
            let wallet: Uuid = row.column("id")?;
            let removed = self
                .rows(
                    WRITE,
                    sql::IMPORT_REMOVE,
                    &[&id, &wallet, &self.kinds.as_slice()],
                )
                .await?;
            Ok(!removed.is_empty())
        };
        match removed.await {
            Ok(is_removed) => self.commit().await.map(|()| is_removed),
            Err(StorageError::Query { source, .. })
                if source.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) =>
            {
                self.rollback().await.map(|()| false)
            }
            Err(error) => Err(error),
        }
    }

    pub async fn totals(&self) -> Result<TargetTotals, StorageError> {
        let row = self.row("count what was imported", sql::IMPORT_TOTALS, &[]);
        let row = row.await?;
        Ok(TargetTotals {
            users: row.column("users")?,
            wallets: row.column("wallets")?,
            balances: row.column("balances")?,
        })
    }

    async fn execute(&self, text: &str) -> Result<(), StorageError> {
        let done = self.client.batch_execute(text).await;
        done.map_err(query_failed(WRITE))
    }

    async fn rows(
        &self,
        doing: &'static str,
        text: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let rows = self.client.query(text, parameters).await;
        rows.map_err(query_failed(doing))
    }

    async fn row(
        &self,
        doing: &'static str,
        text: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, StorageError> {
        let row = self.client.query_one(text, parameters).await;
        row.map_err(query_failed(doing))
    }
}

fn all_of(done: i64, wanted: usize) -> Result<(), Unwritten> {
    if usize::try_from(done) == Ok(wanted) {
        Ok(())
    } else {
        Err(Unwritten::Contended)
    }
}

fn decimal(balance: Balance) -> Decimal {
    Decimal::new(balance.cents(), 2)
}

fn read_known(row: &Row) -> Result<(i64, Known), StorageError> {
    let corrupt = || StorageError::Corrupt {
        what: "the balance of a wallet",
    };
    let known = Known {
        username: row.column("username")?,
        email: row.column("email")?,
        password_tag: row.column("password_tag")?,
        is_active: row.column("is_active")?,
        is_staff: row.column("is_staff")?,
        joined: row.column("created_at")?,
        is_imported: row.column("is_imported")?,
        wallet: row.column("wallet_id")?,
        balance: Balance::from_decimal(row.column("balance")?).ok_or_else(corrupt)?,
        version: row.column("version")?,
        has_begun: row.column("has_begun")?,
        ledger_balance: Balance::from_decimal(row.column("ledger_balance")?).ok_or_else(corrupt)?,
    };
    Ok((row.column("id")?, known))
}
