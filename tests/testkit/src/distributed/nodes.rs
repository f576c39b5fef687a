//! The servers of the cluster that was given.

use std::io::Write;
use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::postgres::connect;

/// The variable with the address of a coordinator's database.
pub const URL: &str = "WALLET_TEST_CITUS_URL";

/// The variable with a program that is called with `kill` or `start`, and the host and the port of a server, as the nodes call it: it kills
/// the server at once, or starts it again.
pub const CONTROL: &str = "WALLET_TEST_CITUS_CONTROL";

/// Databases at once: each takes one of a server's background workers, of which there are eight by default.
const DATABASES_MAX: usize = 3;

/// A coordinator and its workers.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub(super) coordinator: Node,
    pub(super) workers: Vec<Node>,
    /// The right to all databases.
    alone: Option<Arc<OwnedSemaphorePermit>>,
}

/// A server, as the other nodes call it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub host: String,
    pub port: u16,
    /// To log in to any database of it.
    pub config: Config,
}

impl Cluster {
    /// The cluster that was given. `None` without one, which is said once.
    pub async fn given() -> Option<Self> {
        let Ok(url) = std::env::var(URL) else {
            static SAID: OnceLock<()> = OnceLock::new();
            SAID.get_or_init(|| {
                let line = format!("{URL} names no cluster: tests that need one did not run\n");
                // Past the harness, which keeps what passing tests print.
                std::io::stderr().write_all(line.as_bytes()).unwrap();
            });
            return None;
        };
        Some(Self::at(&url.parse().unwrap()).await)
    }

    /// The cluster that was given, for a test that kills its servers: no other test has a database there meanwhile. `None` without one,
    /// or without a program that kills and starts them, which is said once.
    pub async fn alone() -> Option<Self> {
        let cluster = Self::given().await?;
        if std::env::var(CONTROL).is_err() {
            static SAID: OnceLock<()> = OnceLock::new();
            SAID.get_or_init(|| {
                let line =
                    format!("{CONTROL} names no program: tests that kill servers did not run\n");
                std::io::stderr().write_all(line.as_bytes()).unwrap();
            });
            return None;
        }
        let all = u32::try_from(DATABASES_MAX).unwrap();
        let permits = Arc::clone(databases())
            .acquire_many_owned(all)
            .await
            .unwrap();
        Some(Self {
            alone: Some(Arc::new(permits)),
            ..cluster
        })
    }

    /// Kills a server: 0 is the coordinator, the workers follow.
    pub async fn kill(&self, number: usize) {
        self.control("kill", number).await;
    }

    /// Starts a server that was killed; returns once it can be used.
    pub async fn start(&self, number: usize) {
        self.control("start", number).await;
    }

    async fn control(&self, what: &str, number: usize) {
        let node = self.nodes().nth(number).expect("there is such a node");
        let program = std::env::var(CONTROL).unwrap();
        let mut command = tokio::process::Command::new(program);
        let status = command
            .args([what, &node.host, &node.port.to_string()])
            .status();
        assert!(
            status.await.unwrap().success(),
            "{what} {}:{}",
            node.host,
            node.port
        );
    }

    async fn at(url: &Config) -> Self {
        let client = connect(url).await;
        let nodes = "SELECT groupid, nodename, nodeport FROM pg_dist_node
                     WHERE noderole = 'primary' AND isactive ORDER BY groupid";
        let rows = client.query(nodes, &[]).await.unwrap();
        let nodes = rows.iter().map(|row| {
            let port = u16::try_from(row.get::<_, i32>("nodeport")).unwrap();
            let node = Node::new(url, row.get("nodename"), port);
            (row.get::<_, i32>("groupid"), node)
        });
        let (coordinator, workers): (Vec<_>, Vec<_>) = nodes.partition(|(group, _)| *group == 0);
        let workers: Vec<_> = workers.into_iter().map(|(_, node)| node).collect();
        assert!(!workers.is_empty(), "the cluster has workers");
        Self {
            coordinator: match coordinator.into_iter().next() {
                Some((_, node)) => node,
                None => Node::of(url),
            },
            workers,
            alone: None,
        }
    }

    /// The coordinator, and every worker.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        std::iter::once(&self.coordinator).chain(&self.workers)
    }
}

impl Node {
    fn new(url: &Config, host: String, port: u16) -> Self {
        let mut config = Config::new();
        config.host(&host).port(port).ssl_mode(url.get_ssl_mode());
        config.user(url.get_user().expect("the cluster's address names a user"));
        if let Some(password) = url.get_password() {
            config.password(password);
        }
        Self { host, port, config }
    }

    /// The server of an address.
    fn of(url: &Config) -> Self {
        let [Host::Tcp(host), ..] = url.get_hosts() else {
            panic!("the cluster is reached over TCP");
        };
        let port = url.get_ports().first().copied().unwrap_or(5432);
        Self::new(url, host.clone(), port)
    }

    /// To log in to a database of it.
    pub fn database(&self, name: &str) -> Config {
        let mut config = self.config.clone();
        config.dbname(name);
        config
    }
}

impl Cluster {
    /// The right to make a database.
    pub(super) async fn permit(&self) -> Arc<OwnedSemaphorePermit> {
        match &self.alone {
            Some(all) => Arc::clone(all),
            None => Arc::new(Arc::clone(databases()).acquire_owned().await.unwrap()),
        }
    }
}

fn databases() -> &'static Arc<Semaphore> {
    static DATABASES: OnceLock<Arc<Semaphore>> = OnceLock::new();
    DATABASES.get_or_init(|| Arc::new(Semaphore::new(DATABASES_MAX)))
}
