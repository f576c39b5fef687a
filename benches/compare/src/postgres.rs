//! The one PostgreSQL behind every system, and a database on it for each system and load.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use testkit::failure::{Failure, failed};
use testkit::postgres::{self, connect};
use tokio::time::sleep;
use tokio_postgres::{Client, Config};
use wallet_engine::auth::{Digest, Scope, Secret};
use wallet_engine::storage::Audit;

use crate::scratch::Scratch;

/// Time between two looks at whether the server writes anything; so often at most, as it may do so by itself.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS_MAX: usize = 50;
/// What a wallet has before it sends anything: a hundred million transfers of a cent, and as much as a deposit can be.
const FUNDS_CENTS: u64 = 100_000_000;

pub struct Postgres(postgres::Postgres);

/// Where a system finds PostgreSQL.
#[derive(Clone, Debug)]
pub enum Route {
    /// As the product does: the Unix socket in this directory.
    Socket(PathBuf),
    /// Through something that listens there and takes its time.
    Tcp(std::net::SocketAddr),
}

/// A database with the engine's schema.
pub struct WalletDatabase {
    name: String,
    config: Config,
    client: Client,
    pub wallets: u64,
}

impl Postgres {
    pub async fn start(scratch: &Scratch) -> Self {
        Self(postgres::Postgres::start(&scratch.path().join("data")).await)
    }

    /// As the product reaches it.
    pub fn route(&self) -> Route {
        Route::Socket(self.0.socket_directory().to_owned())
    }

    /// The socket itself.
    pub fn socket(&self) -> PathBuf {
        self.0.socket_directory().join(".s.PGSQL.5432")
    }

    /// What the server runs with, as it says itself.
    pub async fn facts(&self) -> Vec<(&'static str, String)> {
        self.0.facts().await
    }

    /// Makes a database with that many empty wallets, numbered from 0.
    pub async fn create(&self, name: &str, wallets: u64) -> Result<WalletDatabase, Failure> {
        self.0.create(name).await;
        self.fill(name, wallets).await
    }

    /// Makes a database without a schema.
    pub async fn create_blank(&self, name: &str) -> Result<(), Failure> {
        let create = format!("CREATE DATABASE {name} OWNER wallet");
        let created = self.0.administrator().batch_execute(&create).await;
        created.map_err(failed(format!("create {name}")))
    }

    /// Makes that many empty wallets, numbered from 0, in a database that has none.
    pub async fn fill(&self, name: &str, wallets: u64) -> Result<WalletDatabase, Failure> {
        let config = self.0.config(name);
        let database = WalletDatabase {
            name: name.to_owned(),
            client: connect(&config).await,
            config,
            wallets,
        };
        let count = signed(wallets);
        for insert in [
            include_str!("../sql/users.sql"),
            include_str!("../sql/wallets.sql"),
        ] {
            database.execute(insert, &[&count]).await?;
        }
        database.vacuum().await?;
        Ok(database)
    }

    pub async fn drop(&self, database: WalletDatabase) {
        self.0.drop(&database.name).await;
    }

    /// Every run begins on a quiet server right after a checkpoint, so that none pays for the requests that another
    /// one abandoned, or for the pages that it dirtied.
    pub async fn settle(&self) -> Result<(), Failure> {
        let settling = || failed("let the server settle");
        let administrator = self.0.administrator();
        let mut written = String::new();
        for _ in 0..LOOKS_MAX {
            let row = administrator
                .query_one("SELECT pg_current_wal_insert_lsn()::text", &[])
                .await
                .map_err(settling())?;
            let now: String = row.get(0);
            if now == written {
                break;
            }
            written = now;
            sleep(LOOK).await;
        }
        let done = administrator.batch_execute("CHECKPOINT").await;
        done.map_err(settling())
    }

    pub async fn stop(self) {
        self.0.stop().await;
    }
}

impl Route {
    /// The address of a database, as the systems' `DATABASE_URL` has it.
    pub fn url(&self, database: &str) -> String {
        match self {
            Self::Socket(directory) => format!(
                "host='{}' user=wallet dbname={database}",
                directory.display()
            ),
            Self::Tcp(address) => format!(
                "host={} port={} user=wallet dbname={database}",
                address.ip(),
                address.port()
            ),
        }
    }
}

impl WalletDatabase {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Rows in the ledger.
    pub async fn operations(&self) -> Result<u64, Failure> {
        let counting = "count the ledger's rows";
        let row = self
            .client
            .query_one("SELECT count(*) FROM operations", &[])
            .await
            .map_err(failed(counting))?;
        u64::try_from(row.get::<_, i64>(0)).map_err(failed(counting))
    }

    /// What was deposited and not captured, and is in no wallet, in cents.
    pub async fn missing_cents(&self) -> Result<i64, Failure> {
        let summing = "sum up the wallets";
        let row = self
            .client
            .query_one(include_str!("../sql/missing.sql"), &[])
            .await
            .map_err(failed(summing))?;
        Ok(row.get(0))
    }

    /// What `wallet-engine verify` finds.
    pub async fn audit(&self) -> Audit {
        postgres::audit(&self.config).await
    }

    /// Gives each of these wallets, by their numbers, a history of so many deposits of so many cents.
    pub async fn add_history(
        &self,
        wallets: RangeInclusive<u64>,
        deposits: u64,
        cents: u64,
    ) -> Result<(), Failure> {
        let [first, last, deposits, cents] =
            [*wallets.start(), *wallets.end(), deposits, cents].map(signed);
        for statement in [
            include_str!("../sql/history_operations.sql"),
            include_str!("../sql/history_wallets.sql"),
        ] {
            self.execute(statement, &[&first, &last, &deposits, &cents])
                .await?;
        }
        self.vacuum().await
    }

    /// Makes these keys, each with these scopes.
    pub async fn add_keys(&self, keys: &[Secret], scopes: &[Scope]) -> Result<(), Failure> {
        let digests: Vec<_> = keys.iter().map(Secret::digest).collect();
        let digests: Vec<_> = digests.iter().map(Digest::as_bytes).collect();
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let insert = include_str!("../sql/keys.sql");
        self.execute(insert, &[&digests, &scopes]).await?;
        self.vacuum().await
    }

    /// Gives every wallet more than it can send in a comparison.
    pub async fn add_funds(&self) -> Result<(), Failure> {
        self.add_history(0..=self.wallets - 1, 1, FUNDS_CENTS).await
    }

    /// Opens a snapshot, which lasts until [`WalletDatabase::end_snapshot`]: until then no row version that it can see is removed.
    pub async fn open_snapshot(&self) -> Result<(), Failure> {
        let open = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM wallets";
        let opened = self.client.batch_execute(open).await;
        opened.map_err(failed(format!("open a snapshot of {}", self.name)))
    }

    /// Ends it, and removes what it kept.
    pub async fn end_snapshot(&self) -> Result<(), Failure> {
        let ended = self.client.batch_execute("ROLLBACK").await;
        ended.map_err(failed(format!("end the snapshot of {}", self.name)))?;
        self.vacuum().await
    }

    /// Leaves no work on what was inserted for later.
    async fn vacuum(&self) -> Result<(), Failure> {
        let vacuumed = self.client.batch_execute("VACUUM ANALYZE").await;
        vacuumed.map_err(failed(format!("vacuum {}", self.name)))
    }

    async fn execute(
        &self,
        statement: &str,
        parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<(), Failure> {
        let done = self.client.execute(statement, parameters).await;
        done.map(drop)
            .map_err(failed(format!("fill {}", self.name)))
    }
}

/// PostgreSQL counts with signs.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
