//! The database of the other service, which is read and never written: one snapshot of it, through cursors.
//!
//! A whole pass sees one moment of it, however long it takes. The names of tables and columns are not known before, so these
//! statements are made here.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::{Client, Row};

use super::candidate::SourceUser;
use super::error::ImportError;
use super::finding::{Finding, Reason, Subject};
use super::names::{Names, Quoted};
use crate::config::{DatabaseAddress, DatabaseLimits};
use crate::storage::connect::with_limits;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::tls;

/// How long to wait for an answer that takes no work.
const OPEN_MAX: Duration = Duration::from_secs(30);
/// What other sessions hold the tables for, such as a migration of theirs, is not waited for longer.
const SETTINGS: &str = "
    SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = 0;
    SET lock_timeout = '30s';
    SET TimeZone = 'UTC';
    SET DateStyle = 'ISO, YMD';
    SET extra_float_digits = 3;
    SET cursor_tuple_fraction = 1;
";

/// A session there.
pub(super) struct Source {
    client: Client,
    driving: JoinHandle<()>,
    quoted: Quoted,
}

/// How much there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTotals {
    pub users: i64,
    /// Of them, those without a wallet.
    pub without_wallet: i64,
    pub wallets: i64,
    /// The sum of all balances, as PostgreSQL writes it.
    pub balances: String,
    /// The highest number of a user; 0 without any.
    pub last_id: i64,
}

impl Source {
    pub async fn open(
        address: &DatabaseAddress,
        limits: &DatabaseLimits,
        names: &Names,
    ) -> Result<Self, ImportError> {
        let quoted = names.quoted()?;
        let tls = tls::connector(&address.certificate).map_err(StorageError::Tls)?;
        let mut config = with_limits(address, limits);
        // A page is read as slowly as the engine's database takes it.
        config.tcp_user_timeout(Duration::ZERO);
        let connected = timeout(OPEN_MAX, config.connect(tls)).await;
        let connected = connected.map_err(|_| StorageError::ConnectTooSlow(OPEN_MAX));
        let (client, connection) = connected
            .map_err(ImportError::Source)?
            .map_err(|error| ImportError::Source(StorageError::Connect(error)))?;
        // Ends with the client; its error is the query's too.
        let driving = tokio::spawn(async move {
            let _ = connection.await;
        });
        let source = Self {
            client,
            driving,
            quoted,
        };
        source.execute("prepare the session", SETTINGS).await?;
        Ok(source)
    }

    /// Begins a snapshot; the one before ends.
    pub async fn begin(&self) -> Result<(), ImportError> {
        let begin = "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        self.execute("begin a snapshot", begin).await
    }

    pub async fn totals(&self) -> Result<SourceTotals, ImportError> {
        let Quoted {
            users,
            user_id,
            wallets,
            wallet_user,
            balance,
            ..
        } = &self.quoted;
        let row = self
            .rows(
                "count users and wallets",
                &format!(
                    "SELECT
                        (SELECT count(*) FROM {users}),
                        (SELECT count(*) FROM {users} u
                            WHERE NOT EXISTS (SELECT FROM {wallets} w WHERE w.{wallet_user} = u.{user_id})),
                        (SELECT count(*) FROM {wallets}),
                        (SELECT coalesce(sum({balance}), 0)::text FROM {wallets}),
                        (SELECT coalesce(max({user_id}), 0)::bigint FROM {users})"
                ),
            )
            .await?;
        let row = row.first().ok_or(ImportError::Empty)?;
        Ok(SourceTotals {
            users: column(row, 0)?,
            without_wallet: column(row, 1)?,
            wallets: column(row, 2)?,
            balances: column(row, 3)?,
            last_id: column(row, 4)?,
        })
    }

    /// Opens the cursor of all users with their wallets, by number.
    pub async fn open_users(&self) -> Result<(), ImportError> {
        let declare = format!(
            "DECLARE users NO SCROLL CURSOR FOR {} ORDER BY u.{}",
            self.users(&self.quoted.users),
            self.quoted.user_id
        );
        self.execute("read the users", &declare).await
    }

    /// Returns the next rows of that cursor: at most so many, none at its end. A user with several wallets has several.
    pub async fn next_rows(&self, batch: u32) -> Result<Vec<SourceUser>, ImportError> {
        let fetch = format!("FETCH {batch} FROM users");
        let rows = self.rows("read the users", &fetch).await?;
        rows.iter().map(read_user).collect()
    }

    /// Returns so many users by chance, with their wallets.
    pub async fn sample(&self, users: u32) -> Result<Vec<SourceUser>, ImportError> {
        let of = format!(
            "(SELECT * FROM {} ORDER BY random() LIMIT {users})",
            self.quoted.users
        );
        let text = format!("{} ORDER BY u.{}", self.users(&of), self.quoted.user_id);
        let rows = self.rows("read a sample of the users", &text).await?;
        let rows: Result<Vec<_>, _> = rows.iter().map(read_user).collect();
        Ok(merged(rows?))
    }

    /// Opens the cursor of users whose address is, with its domain in lower case, another one's as well.
    pub async fn open_doubles(&self) -> Result<(), ImportError> {
        let Quoted {
            users,
            user_id,
            username,
            email,
            ..
        } = &self.quoted;
        let domain = "'[^@]*$'";
        let declare = format!(
            "DECLARE doubles NO SCROLL CURSOR FOR
                SELECT id, username, first, address = '' FROM (
                    SELECT id, username, address, min(id) OVER (PARTITION BY address) AS first FROM (
                        SELECT {user_id}::bigint AS id, coalesce({username}::text, '') AS username, CASE
                            WHEN strpos({email}, '@') = 0 THEN {email}::text
                            ELSE regexp_replace({email}, {domain}, '') || lower(substring({email} from {domain}))
                        END AS address FROM {users}
                    ) normalised
                ) numbered WHERE id <> first"
        );
        self.execute("compare the addresses", &declare).await
    }

    /// Returns the next of them: at most so many, none at the end.
    pub async fn next_doubles(&self, batch: u32) -> Result<Vec<Finding>, ImportError> {
        let fetch = format!("FETCH {batch} FROM doubles");
        let rows = self.rows("compare the addresses", &fetch).await?;
        let finding = |row: &Row| {
            let other = column(row, 2)?;
            let reason = if column(row, 3)? {
                Reason::EmailMissingTwice(other)
            } else {
                Reason::EmailTaken(other)
            };
            Ok(Finding::of_user(
                column(row, 0)?,
                column::<String>(row, 1)?,
                reason,
            ))
        };
        rows.iter().map(finding).collect()
    }

    /// Opens the cursor of wallets whose user does not exist.
    pub async fn open_orphans(&self) -> Result<(), ImportError> {
        let Quoted {
            users,
            user_id,
            wallets,
            wallet_id,
            wallet_user,
            ..
        } = &self.quoted;
        let declare = format!(
            "DECLARE orphans NO SCROLL CURSOR FOR
                SELECT w.{wallet_id}::text, coalesce(w.{wallet_user}::text, 'NULL') FROM {wallets} w
                WHERE NOT EXISTS (SELECT FROM {users} u WHERE u.{user_id} = w.{wallet_user})"
        );
        self.execute("read the wallets without a user", &declare)
            .await
    }

    /// Returns the next of them: at most so many, none at the end.
    pub async fn next_orphans(&self, batch: u32) -> Result<Vec<Finding>, ImportError> {
        let fetch = format!("FETCH {batch} FROM orphans");
        let rows = self.rows("read the wallets without a user", &fetch).await?;
        let finding = |row: &Row| {
            Ok(Finding {
                subject: Subject::Wallet(column(row, 0)?),
                reason: Reason::NoUser(column(row, 1)?),
            })
        };
        rows.iter().map(finding).collect()
    }

    /// Returns whether it is a copy, which may lack what the original has.
    pub async fn is_standby(&self) -> Result<bool, ImportError> {
        let rows = self
            .rows("find out what server it is", "SELECT pg_is_in_recovery()")
            .await?;
        column(rows.first().ok_or(ImportError::Empty)?, 0)
    }

    /// Returns the other sessions of that database, a line each. A role without `pg_read_all_stats` sees that they are there, and not of
    /// which type: those of a user are clients.
    pub async fn sessions(&self) -> Result<Vec<String>, ImportError> {
        let rows = self
            .rows(
                "list the sessions",
                "SELECT format('%s of %s', pid, coalesce(usename, '?')) || coalesce(' from ' || client_addr, '')
                    || coalesce(' (' || nullif(application_name, '') || ')', '')
                FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                    AND (backend_type = 'client backend' OR backend_type IS NULL AND usesysid IS NOT NULL)
                ORDER BY pid",
            )
            .await?;
        rows.iter().map(|row| column(row, 0)).collect()
    }

    /// Users of a table, or of a part of it, with their wallets.
    fn users(&self, of: &str) -> String {
        let Quoted {
            user_id,
            user_columns,
            wallets,
            wallet_id,
            wallet_user,
            balance,
            ..
        } = &self.quoted;
        format!(
            "SELECT {user_columns}, w.{wallet_id}::text AS wallet, w.{balance}::text AS balance
            FROM {of} u LEFT JOIN {wallets} w ON w.{wallet_user} = u.{user_id}"
        )
    }

    async fn execute(&self, doing: &'static str, text: &str) -> Result<(), ImportError> {
        let done = self.client.batch_execute(text).await;
        done.map_err(|error| ImportError::Source(query_failed(doing)(error)))
    }

    async fn rows(&self, doing: &'static str, text: &str) -> Result<Vec<Row>, ImportError> {
        let rows = self.client.query(text, &[]).await;
        rows.map_err(|error| ImportError::Source(query_failed(doing)(error)))
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.driving.abort();
    }
}

/// The rows of users, each with all of their wallets. Rows of one user are neighbours.
pub(super) fn merged(rows: Vec<SourceUser>) -> Vec<SourceUser> {
    let mut users: Vec<SourceUser> = Vec::with_capacity(rows.len());
    for row in rows {
        match users.last_mut() {
            Some(last) if last.id == row.id => last.wallets.extend(row.wallets),
            _ => users.push(row),
        }
    }
    users
}

fn read_user(row: &Row) -> Result<SourceUser, ImportError> {
    let wallet: Option<String> = column(row, 8)?;
    let balance = column(row, 9)?;
    Ok(SourceUser {
        id: column(row, 0)?,
        username: column(row, 1)?,
        email: column(row, 2)?,
        password: column(row, 3)?,
        is_active: column(row, 4)?,
        is_staff: column(row, 5)?,
        is_superuser: column(row, 6)?,
        joined: column(row, 7)?,
        wallets: wallet.map(|id| (id, balance)).into_iter().collect(),
    })
}

fn column<'r, T: tokio_postgres::types::FromSql<'r>>(
    row: &'r Row,
    index: usize,
) -> Result<T, ImportError> {
    row.try_get(index)
        .map_err(|error| ImportError::Source(query_failed("read a row")(error)))
}
