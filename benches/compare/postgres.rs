//! The one PostgreSQL behind every system, and a database on it for each system and load.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::{Client, Config, NoTls};
use wallet_engine::config::{DatabaseLimits, PrivatePostgresConfig};
use wallet_engine::embedded::PrivatePostgres;
use wallet_engine::storage::{Audit, Database};

use crate::failure::{Failure, failed};
use crate::programs::Programs;
use crate::scratch::Scratch;

/// What the results say about the server, besides its version.
const SETTINGS: [&str; 6] = [
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
    "server_version",
];

/// The longest that an audit may wait for its connection.
const AUDIT_WAIT: Duration = Duration::from_secs(60);

/// Time between two looks at whether the server writes anything; so often at most, as it may do so by itself.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS_MAX: usize = 50;

pub struct Postgres {
    server: PrivatePostgres,
    /// May create databases.
    administrator: Client,
    socket_directory: PathBuf,
}

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
    pub async fn start(scratch: &Scratch) -> Result<Self, Failure> {
        let config = PrivatePostgresConfig {
            data_dir: scratch.path().join("data"),
        };
        let server = PrivatePostgres::start(&config)
            .await
            .map_err(failed("start the private PostgreSQL"))?;
        let administrator = connect(server.connection().user("postgres")).await?;
        Ok(Self {
            server,
            administrator,
            socket_directory: config.data_dir.join("postgres"),
        })
    }

    /// As the product reaches it.
    pub fn route(&self) -> Route {
        Route::Socket(self.socket_directory.clone())
    }

    /// The socket itself.
    pub fn socket(&self) -> PathBuf {
        self.socket_directory.join(".s.PGSQL.5432")
    }

    /// What the server runs with, as it says itself.
    pub async fn settings(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let mut settings = Vec::new();
        for name in SETTINGS {
            let row = self
                .administrator
                .query_one(&format!("SHOW {name}"), &[])
                .await
                .map_err(failed(format!("ask for {name}")))?;
            settings.push((name, row.get(0)));
        }
        Ok(settings)
    }

    /// Makes a database with that many empty wallets, numbered from 0.
    pub async fn create(
        &self,
        name: &str,
        wallets: u64,
        programs: &Programs,
        scratch: &Scratch,
    ) -> Result<WalletDatabase, Failure> {
        let create = format!("CREATE DATABASE {name} OWNER wallet");
        self.administrate(&create).await?;
        let migrated = scratch
            .command(&programs.engine)
            .arg("migrate")
            .env_clear()
            .env("DATABASE_URL", self.route().url(name))
            .env("WALLET_LOG", "warn")
            .stdout(Stdio::null())
            .status()
            .await
            .map_err(failed("run wallet-engine migrate"))?;
        if !migrated.success() {
            return Err(failed(format!("migrate {name}"))(migrated.to_string()));
        }
        let mut config = self.server.connection();
        config.dbname(name);
        let database = WalletDatabase {
            name: name.to_owned(),
            client: connect(&config).await?,
            config,
            wallets,
        };
        let count = signed(wallets);
        for insert in [
            include_str!("sql/users.sql"),
            include_str!("sql/wallets.sql"),
        ] {
            database.execute(insert, &[&count]).await?;
        }
        database.vacuum().await?;
        Ok(database)
    }

    pub async fn drop(&self, database: WalletDatabase) -> Result<(), Failure> {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", database.name);
        self.administrate(&drop).await
    }

    /// Every run begins on a quiet server right after a checkpoint, so that none pays for the requests that another
    /// one abandoned, or for the pages that it dirtied.
    pub async fn settle(&self) -> Result<(), Failure> {
        let asking = "ask how far the log has been written";
        let mut written = String::new();
        for _ in 0..LOOKS_MAX {
            let row = self
                .administrator
                .query_one("SELECT pg_current_wal_insert_lsn()::text", &[])
                .await
                .map_err(failed(asking))?;
            let now: String = row.get(0);
            if now == written {
                break;
            }
            written = now;
            sleep(LOOK).await;
        }
        self.administrate("CHECKPOINT").await
    }

    pub async fn stop(self) -> Result<(), Failure> {
        drop(self.administrator);
        let stopped = self.server.stop().await;
        stopped.map_err(failed("stop the private PostgreSQL"))
    }

    async fn administrate(&self, statement: &str) -> Result<(), Failure> {
        let done = self.administrator.batch_execute(statement).await;
        done.map_err(failed(statement))
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

    /// What `wallet-engine verify` finds.
    pub async fn audit(&self) -> Result<Audit, Failure> {
        let auditing = || failed(format!("audit {}", self.name));
        let database = Database::new(&self.config, 1, 1, &DatabaseLimits::of(AUDIT_WAIT))
            .map_err(auditing())?;
        let audit = database
            .audit()
            .await
            .map_err(failed(format!("audit {}", self.name)))?;
        database.close().await;
        Ok(audit)
    }

    /// Gives each wallet from number 1 to number `wallets` a history of `each` deposits.
    pub async fn add_history(&self, wallets: u64, each: u64) -> Result<(), Failure> {
        let counts: [i64; 2] = [signed(wallets), signed(each)];
        for statement in [
            include_str!("sql/history_operations.sql"),
            include_str!("sql/history_wallets.sql"),
        ] {
            self.execute(statement, &[&counts[0], &counts[1]]).await?;
        }
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

/// A connection that is driven until the client is dropped.
pub async fn connect(config: &Config) -> Result<Client, Failure> {
    let (client, connection) = config
        .connect(NoTls)
        .await
        .map_err(failed("connect to PostgreSQL"))?;
    // What goes wrong on it, the client reports.
    tokio::spawn(connection);
    Ok(client)
}

/// PostgreSQL counts with signs.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
