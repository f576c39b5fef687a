//! A real PostgreSQL, the product's own private one, with databases that have the engine's schema: one server for all
//! tests of a process, with a database of its own for each of them, or a server for whoever starts one.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use tokio_postgres::{Client, Config, NoTls};
use wallet_engine::config::{DatabaseLimits, PrivatePostgresConfig};
use wallet_engine::embedded::PrivatePostgres;
use wallet_engine::storage::{Audit, Database};

use crate::servers::{SUPERUSER, WALLET, version};
use crate::watchdog::Watchdog;

/// What new databases are copies of.
const TEMPLATE: &str = "template_wallet";

/// The longest that a connection may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a server says of its version and of how durable it is: a measurement means little without them.
const FACTS: [&str; 6] = [
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
    "server_version",
];

/// A fresh, migrated database on the server of this process, as its administrator reaches it.
pub async fn database() -> Config {
    copy_named(TEMPLATE).await
}

/// One that has nothing in it.
pub async fn empty_database() -> Config {
    copy_named("template1").await
}

/// A copy of a database of this process, to which no one is connected.
pub async fn copy_of(database: &Config) -> Config {
    copy_named(database.get_dbname().unwrap()).await
}

async fn copy_named(template: &str) -> Config {
    static DATABASES: AtomicUsize = AtomicUsize::new(0);
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let administrator = connect(server()).await;
    no_session(&administrator, template).await;
    copy(&administrator, template, &name).await;
    let mut config = server().clone();
    config.dbname(&name);
    config
}

/// A connection for a test's own questions.
pub async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    // What goes wrong on it, the client reports.
    tokio::spawn(connection);
    client
}

/// The server of the directory, of an engine that was there before or a new one.
pub async fn private(data_dir: &Path) -> PrivatePostgres {
    let data_dir = data_dir.to_owned();
    let config = PrivatePostgresConfig { data_dir };
    PrivatePostgres::start(&config).await.unwrap()
}

/// What `wallet-engine verify` finds in a database.
pub async fn audit(config: &Config) -> Audit {
    let database = Database::new(config, 1, 1, &DatabaseLimits::of(PATIENCE)).unwrap();
    database.find_distribution().await.unwrap();
    let audit = database.audit().await.unwrap();
    database.close().await;
    audit
}

/// A server of one's own.
pub struct Postgres {
    server: PrivatePostgres,
    administrator: Client,
    socket_directory: PathBuf,
}

impl Postgres {
    /// Starts a new one in the directory.
    pub async fn start(directory: &Path) -> Self {
        let server = private(directory).await;
        let administrator = connect(server.connection().user(SUPERUSER)).await;
        version::assert_asked_for(&administrator).await;
        make_template(&administrator, &server.connection()).await;
        Self {
            server,
            administrator,
            socket_directory: directory.join("postgres"),
        }
    }

    /// A connection as the server's superuser.
    pub fn administrator(&self) -> &Client {
        &self.administrator
    }

    /// Where the server's Unix socket is.
    pub fn socket_directory(&self) -> &Path {
        &self.socket_directory
    }

    /// Makes a database with the engine's schema, as the engine reaches it.
    pub async fn create(&self, name: &str) -> Config {
        create(&self.administrator, name).await;
        self.config(name)
    }

    /// A database of this server, as the engine reaches it.
    pub fn config(&self, name: &str) -> Config {
        let mut config = self.server.connection();
        config.dbname(name);
        config
    }

    pub async fn drop(&self, name: &str) {
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        self.administrator.batch_execute(&drop).await.unwrap();
    }

    /// Its version and how durable it is, as it says itself.
    pub async fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        for name in FACTS {
            let show = format!("SHOW {name}");
            let row = self.administrator.query_one(&show, &[]).await.unwrap();
            facts.push((name, row.get(0)));
        }
        facts
    }

    pub async fn stop(self) {
        drop(self.administrator);
        self.server.stop().await.unwrap();
    }
}

/// How the administrator reaches the server that runs for this process.
fn server() -> &'static Config {
    static SERVER: OnceLock<Config> = OnceLock::new();
    SERVER.get_or_init(|| {
        let (started, server) = mpsc::channel();
        // In a thread of its own, because it outlives the runtime of any single test.
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let directory = tempfile::Builder::new()
                    .prefix("wallet-api-test-")
                    .tempdir()
                    .unwrap();
                let postgres = Postgres::start(directory.path()).await;
                let directory = directory.keep();
                let _watchdog = Watchdog::over(&directory).unwrap();
                let mut server = postgres.server.connection();
                server.user(SUPERUSER);
                started.send(server).unwrap();
                std::future::pending::<()>().await;
            });
        });
        server.recv_timeout(PATIENCE).unwrap()
    })
}

async fn create(administrator: &Client, name: &str) {
    copy(administrator, TEMPLATE, name).await;
}

async fn copy(administrator: &Client, template: &str, name: &str) {
    let create = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {WALLET}");
    administrator.batch_execute(&create).await.unwrap();
}

/// Migrated as an engine would, so that everything in it is the engine's.
async fn make_template(administrator: &Client, engine: &Config) {
    let create = format!("CREATE DATABASE {TEMPLATE} OWNER {WALLET}");
    administrator.batch_execute(&create).await.unwrap();
    let mut template = engine.clone();
    template.dbname(TEMPLATE);
    let database = Database::new(&template, 1, 1, &DatabaseLimits::of(PATIENCE)).unwrap();
    database.migrate().await.unwrap();
    database.close().await;
    no_session(administrator, TEMPLATE).await;
}

/// A template must have no session; that of a migration ends soon after it.
async fn no_session(administrator: &Client, database: &str) {
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1";
    let count = async || -> i64 {
        let row = administrator.query_one(sessions, &[&database]).await;
        row.unwrap().get(0)
    };
    while count().await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
