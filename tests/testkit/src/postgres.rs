//! One real PostgreSQL for all tests of this process, and a database of its own for each of them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use tokio_postgres::{Client, Config, NoTls};
use wallet_engine::config::{DatabaseLimits, PrivatePostgresConfig};
use wallet_engine::embedded::PrivatePostgres;
use wallet_engine::storage::Database;

use crate::servers::version;
use crate::watchdog::Watchdog;

const TEMPLATE: &str = "template_wallet";

/// A fresh, migrated database.
pub async fn database() -> Config {
    static DATABASES: AtomicUsize = AtomicUsize::new(0);
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let administrator = connect(server()).await;
    administrator
        .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
        .await
        .unwrap();
    let mut config = server().clone();
    config.dbname(&name);
    config
}

/// A connection for a test's own questions.
pub async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    actix_web::rt::spawn(connection);
    client
}

/// The server's administrator, on the server that runs for this process.
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
                let config = PrivatePostgresConfig {
                    data_dir: directory.path().to_owned(),
                };
                let postgres = PrivatePostgres::start(&config).await.unwrap();
                let directory = directory.keep();
                let _watchdog = Watchdog::over(&directory).unwrap();
                let mut server = postgres.connection();
                server.user("postgres");
                make_template(&server).await;
                started.send(server).unwrap();
                std::future::pending::<()>().await;
            });
        });
        server.recv_timeout(Duration::from_secs(60)).unwrap()
    })
}

async fn make_template(server: &Config) {
    let administrator = connect(server).await;
    version::assert_asked_for(&administrator).await;
    administrator
        .batch_execute(&format!("CREATE DATABASE {TEMPLATE}"))
        .await
        .unwrap();
    let mut template = server.clone();
    template.dbname(TEMPLATE);
    let database = Database::new(
        &template,
        1,
        1,
        &DatabaseLimits::of(Duration::from_secs(20)),
    )
    .unwrap();
    database.migrate().await.unwrap();
    // A template must have no session; the migration's own ends soon after it.
    let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{TEMPLATE}'");
    while administrator
        .query_one(&sessions, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        > 0
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
