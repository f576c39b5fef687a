//! The private PostgreSQL: a server of the engine's own, where there is no `DATABASE_URL`.
//!
//! It lives in `WALLET_DATA_DIR` and nowhere else, opens no port, and is as durable as any other:
//!
//! | path               | what                                                                        |
//! |--------------------|-----------------------------------------------------------------------------|
//! | `engine.lock`      | locked while an engine works here; has its process ID                       |
//! | `postgres/`        | the cluster, with the server's Unix socket in it; only its user may enter   |
//! | `postgres.log`     | the server's log since its start; `postgres.log.1` is of the run before     |
//!
//! A start has these steps; each may fail with an error that has a hint:
//!
//! 1. Lock the directory (`directory`). It must be new, empty or an engine's, and in no other engine's use.
//! 2. Choose the user that the server runs as (`account`): never root.
//! 3. Find the server's programs (`programs`), of the version that made the data.
//! 4. The first time, make a cluster under another name and rename it (`cluster`): a kill in the middle leaves
//!    rubbish that the next start removes, never half a cluster.
//! 5. Stop a server that a killed engine left running (`orphans`).
//! 6. Start the server (`server`) and wait until it accepts connections, after a crash with all that was
//!    committed; create role and database if they are missing.
//!
//! Only the engine's user may connect, as the system reports it (`peer`); there is no password. The engine
//! works as the role `wallet`, which owns the database and nothing else. An operator connects as the same user
//! with `psql -h "$PWD/data/postgres" -U wallet`.
//!
//! The server is in a process group of its own: Ctrl-C in a terminal reaches the engine, which stops the
//! server last. A command that only needs the database, while an engine serves, connects to that engine's server
//! (`running_server`). An engine that panics still signals its server to stop; one that is killed leaves it to
//! step 5 of the next start.

mod account;
mod cluster;
mod connection;
mod directory;
mod error;
mod orphans;
mod programs;
mod running_server;
mod server;

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use crate::config::PrivatePostgresConfig;

pub use error::EmbeddedError;
pub use running_server::RunningServer;

use account::Account;
use cluster::Cluster;
use connection::{DATABASE, ROLE, SUPERUSER, connection};
use directory::{CLUSTER, DataDirectory};
use programs::Programs;
use server::Server;

/// The longest that a stop takes.
const STOP_MAX: Duration = Duration::from_secs(30);

/// Whether an engine has worked in the directory before.
///
/// # Errors
/// The directory cannot be entered.
pub fn exists(config: &PrivatePostgresConfig) -> Result<bool, EmbeddedError> {
    let path = config.data_dir.join(CLUSTER);
    path.try_exists().map_err(EmbeddedError::file("find", path))
}

/// A PostgreSQL that runs for this engine alone. [`PrivatePostgres::stop`] it after everything that uses it.
#[derive(Debug)]
pub struct PrivatePostgres {
    // Dropped in this order: the server is signalled before the lock is released.
    server: Server,
    cluster: Cluster,
    socket_directory: PathBuf,
    _directory: DataDirectory,
}

impl PrivatePostgres {
    /// Starts the server under `config.data_dir`, on a new cluster or on the existing one, and returns once it
    /// accepts connections and the database exists. Must be called in a Tokio runtime.
    ///
    /// # Errors
    /// Why it does not run. A server that was already started is signalled to stop.
    pub async fn start(config: &PrivatePostgresConfig) -> Result<Self, EmbeddedError> {
        let directory = DataDirectory::claim(&config.data_dir)?;
        directory.remove_unfinished_clusters()?;
        let path = directory.cluster();
        let account = Account::of_server(&path)?;
        let made_by = Cluster::version(&path)?;
        let programs = Programs::find(&path, made_by.as_deref()).await?;
        let cluster = match made_by {
            Some(_) => Cluster::open(path, account).await?,
            None => Cluster::make(&directory, account, &programs).await?,
        };
        let socket_directory = cluster.socket_directory()?;

        orphans::stop(&cluster).await?;
        cluster.admit_engine()?;
        let server = Server::spawn(&cluster, &programs, directory.new_log()?)?;
        let mut postgres = Self {
            server,
            cluster,
            socket_directory,
            _directory: directory,
        };
        postgres.create_database().await?;
        tracing::info!(cluster = %postgres.cluster.path().display(), "the private PostgreSQL runs");
        Ok(postgres)
    }

    /// How to connect: the socket's directory as host, the engine's role and database. Valid in this process
    /// while this value lives.
    pub fn connection(&self) -> tokio_postgres::Config {
        connection(&self.socket_directory, ROLE, DATABASE)
    }

    /// Stops the server as [`PrivatePostgres::stop_within`] half a minute.
    ///
    /// # Errors
    /// The process is still there.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        self.stop_within(STOP_MAX).await
    }

    /// Stops the server and waits until it is gone: open transactions are rolled back; a server that does not
    /// stop in time is killed in the end.
    ///
    /// # Errors
    /// The process is still there.
    pub async fn stop_within(mut self, limit: Duration) -> Result<(), EmbeddedError> {
        if self.server.stop(limit).await.map_err(EmbeddedError::Wait)? {
            Ok(())
        } else {
            Err(EmbeddedError::NotStopped {
                cluster: self.cluster.path().to_owned(),
            })
        }
    }

    /// Resolves if the server's process ends by itself.
    ///
    /// # Errors
    /// Waiting for the process failed.
    pub async fn ended(&mut self) -> std::io::Result<ExitStatus> {
        self.server.ended().await
    }

    /// Waits for the server and creates role and database if they are missing, as after an interrupted start.
    async fn create_database(&mut self) -> Result<(), EmbeddedError> {
        let maintenance = connection(&self.socket_directory, SUPERUSER, "postgres");
        let client = self.server.ready(&maintenance).await?;
        for (find, create) in [
            (
                format!("SELECT FROM pg_roles WHERE rolname = '{ROLE}'"),
                format!("CREATE ROLE {ROLE} LOGIN"),
            ),
            (
                format!("SELECT FROM pg_database WHERE datname = '{DATABASE}'"),
                format!("CREATE DATABASE {DATABASE} OWNER {ROLE}"),
            ),
        ] {
            let found = client.query_opt(&find, &[]).await;
            if found.map_err(EmbeddedError::Database)?.is_none() {
                let created = client.batch_execute(&create).await;
                created.map_err(EmbeddedError::Database)?;
            }
        }
        Ok(())
    }
}
