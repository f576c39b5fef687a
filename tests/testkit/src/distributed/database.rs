//! A database on every node of the cluster.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::{Client, Config};
use uuid::Uuid;
use wallet_engine::config::{Config as EngineConfig, DatabaseLimits};
use wallet_engine::storage::Database;

use super::nodes::{Cluster, Node};
use crate::app::TestApp;
use crate::postgres::connect;

/// The longest that a statement of the engine's may take here.
const PATIENCE: Duration = Duration::from_secs(60);
/// A session that a server restarts may be in the way of dropping a database.
const ATTEMPTS: usize = 50;

/// A database of one test. It is dropped, on all nodes, with this.
pub struct ClusterDatabase {
    cluster: Cluster,
    name: String,
    _permit: Arc<OwnedSemaphorePermit>,
}

impl Cluster {
    /// An empty database on every node, which know nothing of each other.
    pub async fn empty_database(&self) -> ClusterDatabase {
        let permit = self.permit().await;
        let database = ClusterDatabase {
            cluster: self.clone(),
            name: format!("wallet_{}", Uuid::new_v4().simple()),
            _permit: permit,
        };
        for node in self.nodes() {
            let client = connect(&node.database("postgres")).await;
            let create = format!("CREATE DATABASE {}", database.name);
            client.batch_execute(&create).await.unwrap();
        }
        database
    }

    /// A database in which nothing is distributed yet.
    pub async fn plain_database(&self) -> ClusterDatabase {
        let database = self.empty_database().await;
        database.join().await;
        database.engine().migrate().await.unwrap();
        database
    }

    /// A database that is distributed, as the command does it.
    pub async fn distributed_database(&self, shards: i32) -> ClusterDatabase {
        let database = self.plain_database().await;
        database.engine().distribute(Some(shards)).await.unwrap();
        database
    }
}

impl ClusterDatabase {
    /// The coordinator's, as an engine reaches it.
    pub fn config(&self) -> Config {
        self.cluster.coordinator.database(&self.name)
    }

    /// The same as a text, for a program.
    pub fn address(&self) -> String {
        address(&self.config())
    }

    /// Those of the workers.
    pub fn workers(&self) -> Vec<Config> {
        let workers = self.cluster.workers.iter();
        workers.map(|node| node.database(&self.name)).collect()
    }

    /// A session on the coordinator.
    pub async fn connect(&self) -> Client {
        connect(&self.config()).await
    }

    /// Creates the extension on every node, and adds the workers to the coordinator.
    pub async fn join(&self) {
        self.create_extension().await;
        self.add_nodes().await;
    }

    /// Creates the extension on every node.
    pub async fn create_extension(&self) {
        for node in self.cluster.nodes() {
            let client = connect(&node.database(&self.name)).await;
            let create = "CREATE EXTENSION citus";
            client.batch_execute(create).await.unwrap();
        }
    }

    /// Names the coordinator to itself, and adds the workers to it.
    ///
    /// One database after the other: adding a node grants roles there, which are the server's (13.2.2: "tuple concurrently updated").
    pub async fn add_nodes(&self) {
        static ONE_BY_ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _turn = ONE_BY_ONE.lock().await;
        let client = self.connect().await;
        let Node { host, port, .. } = &self.cluster.coordinator;
        let name = format!("SELECT citus_set_coordinator_host('{host}', {port})");
        client.batch_execute(&name).await.unwrap();
        for Node { host, port, .. } in &self.cluster.workers {
            let add = format!("SELECT citus_add_node('{host}', {port})");
            client.batch_execute(&add).await.unwrap();
        }
    }

    /// The database as the engine's own commands use it.
    pub fn engine(&self) -> Database {
        Database::new(self.config(), 2, 1, &DatabaseLimits::of(PATIENCE)).unwrap()
    }

    /// An engine on it, in the test's process.
    pub async fn serve(&self, change: impl FnOnce(&mut EngineConfig)) -> TestApp {
        TestApp::spawn_on(self.config(), change).await
    }
}

/// The address of a database, for a program.
pub fn address(config: &Config) -> String {
    let tokio_postgres::config::Host::Tcp(host) = &config.get_hosts()[0] else {
        panic!("nodes are reached over TCP");
    };
    let password = config.get_password().map(String::from_utf8_lossy);
    format!(
        "host={host} port={} user={} dbname={}{}",
        config.get_ports()[0],
        config.get_user().unwrap(),
        config.get_dbname().unwrap(),
        password.map_or(String::new(), |password| format!(" password='{password}'")),
    )
}

impl Drop for ClusterDatabase {
    fn drop(&mut self) {
        let (cluster, name) = (self.cluster.clone(), self.name.clone());
        // In a runtime of its own, as that of the test may be at its end.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                for node in cluster.nodes() {
                    drop_on(node, &name).await;
                }
            });
        });
        let dropped = dropping.join();
        if !std::thread::panicking() {
            dropped.expect("the database is dropped on every node");
        }
    }
}

async fn drop_on(node: &Node, name: &str) {
    let administrator = connect(&node.database("postgres")).await;
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    for _ in 0..ATTEMPTS {
        let Err(error) = administrator.batch_execute(&drop).await else {
            return;
        };
        assert!(error.as_db_error().is_some(), "{error}");
        roll_back_prepared(node, name).await;
    }
    panic!("the database {name} cannot be dropped");
}

/// A transaction that a test left prepared is in the way.
async fn roll_back_prepared(node: &Node, name: &str) {
    let client = connect(&node.database(name)).await;
    let prepared = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";
    for row in client.query(prepared, &[]).await.unwrap() {
        let roll_back = format!("ROLLBACK PREPARED '{}'", row.get::<_, &str>("gid"));
        // Another one may be faster.
        let _ = client.batch_execute(&roll_back).await;
    }
}
