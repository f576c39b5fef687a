//! One server and its life: made, started, stopped, killed, frozen.
//!
//! What tells one server from another (address, name, upstream) is on its command line, for a base backup and
//! `pg_rewind` copy the source's configuration files. Everything else is in `postgresql.conf`, and in what
//! [`Server::set`] changes.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{Client, Config, NoTls};

use crate::ports::lasting_port;

use super::processes::{processes, signal_all};
use super::programs::Programs;
use super::version::assert_asked_for;
use super::{PATIENCE, PAUSE, SUPERUSER, WALLET};

/// Small, quick to follow, and kept long enough for `pg_rewind` and for a standby that was away, without slots: those
/// do not survive a failover. Shared memory in the cluster's directory goes with it.
const SETTINGS: &str = "
shared_buffers = 32MB
dynamic_shared_memory_type = mmap
wal_log_hints = on
wal_keep_size = 512MB
wal_retrieve_retry_interval = 100ms
";

/// A server is found at its port again.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

pub struct Server {
    name: String,
    /// The cluster's directory.
    pub(super) cluster: PathBuf,
    /// Where the socket is; also the log.
    home: PathBuf,
    port: u16,
    pub(super) programs: Arc<Programs>,
    /// The server that it follows, if it is started as a standby.
    pub(super) upstream: Option<SocketAddr>,
    /// `None` while it does not run.
    child: Option<Child>,
}

impl Server {
    pub(super) fn new(directory: &Path, name: &str, programs: Arc<Programs>) -> Self {
        let home = directory.join(name);
        fs::create_dir(&home).unwrap();
        if let Some((uid, gid)) = programs.account {
            std::os::unix::fs::chown(&home, Some(uid), Some(gid)).unwrap();
        }
        Self {
            name: name.to_owned(),
            cluster: home.join("data"),
            home,
            port: lasting_port(PORTS),
            programs,
            upstream: None,
            child: None,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is reached while it runs; always the same.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The server's Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.home.join(format!(".s.PGSQL.{}", self.port))
    }

    /// Its address as the engine's role and database.
    pub fn url(&self) -> String {
        format!("postgresql://{WALLET}@{}/{WALLET}", self.address())
    }

    /// What the server wrote to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    pub fn is_running(&self) -> bool {
        self.child.is_some()
    }

    /// Starts it, and returns when it accepts connections.
    pub async fn start(&mut self) {
        assert!(self.child.is_none(), "{} runs already", self.name);
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_path())
            .unwrap();
        let mut command = self.programs.command("postgres", &self.home);
        command
            .arg("-D")
            .arg(&self.cluster)
            .args(["-p", &self.port.to_string(), "-k"])
            .arg(&self.home)
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", &format!("cluster_name={}", self.name)])
            // A terminal's Ctrl-C is the test's to deal with.
            .process_group(0)
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        if let Some(upstream) = self.upstream {
            let conninfo = format!(
                "primary_conninfo=host={} port={} user={SUPERUSER} application_name={}",
                upstream.ip(),
                upstream.port(),
                self.name
            );
            command.args(["-c", &conninfo]);
        }
        self.child = Some(command.spawn().unwrap());
        let begun = Instant::now();
        while self.config().connect(NoTls).await.is_err() {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "{} does not start:\n{}",
                self.name,
                self.log()
            );
            sleep(PAUSE).await;
        }
    }

    /// Stops it in order (`fast`): sessions are ended, and a connected standby gets everything first.
    pub async fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let number = i32::try_from(child.id().unwrap()).unwrap();
        kill(Pid::from_raw(number), Signal::SIGINT).unwrap();
        let stopped = timeout(PATIENCE, child.wait()).await;
        let status = stopped.expect("it stops").unwrap();
        assert!(status.success(), "{}: {status}\n{}", self.name, self.log());
    }

    /// kill -9 of every process at once; returns when all are gone.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        // Frozen first, so that none sees another die, and the first of them starts no more.
        self.freeze();
        signal_all(&self.cluster, Signal::SIGKILL);
        child.wait().await.unwrap();
        let begun = Instant::now();
        while !processes(&self.cluster).is_empty() {
            assert!(begun.elapsed() < PATIENCE, "{} does not die", self.name);
            sleep(PAUSE).await;
        }
    }

    /// SIGSTOP of every process.
    pub fn freeze(&self) {
        signal_all(&self.cluster, Signal::SIGSTOP);
    }

    pub fn thaw(&self) {
        signal_all(&self.cluster, Signal::SIGCONT);
    }

    /// The administrator's connection to the engine's database, through the socket.
    pub async fn connect(&self) -> Client {
        self.connect_as(SUPERUSER, WALLET).await
    }

    pub async fn connect_as(&self, role: &str, database: &str) -> Client {
        let mut config = self.config();
        let connecting = config.user(role).dbname(database).connect(NoTls);
        let (client, connection) = connecting.await.unwrap();
        tokio::spawn(connection);
        assert_asked_for(&client).await;
        client
    }

    /// Runs statements as the administrator, each in a transaction of its own.
    pub async fn execute(&self, statements: &[&str]) {
        let client = self.connect().await;
        for statement in statements {
            client.batch_execute(statement).await.unwrap();
        }
    }

    /// Changes a setting that needs no restart; returns when every process of the server has been signalled to read it,
    /// and the checkpointer has: it is the one that makes `synchronous_standby_names` count.
    pub async fn set(&self, name: &str, value: &str) {
        let client = self.connect().await;
        let before = client.query_one("SELECT clock_timestamp()::text", &[]);
        let before: String = before.await.unwrap().get(0);
        let value = value.replace('\'', "''");
        let change = format!("ALTER SYSTEM SET {name} = '{value}'");
        client.batch_execute(&change).await.unwrap();
        client
            .batch_execute("SELECT pg_reload_conf()")
            .await
            .unwrap();
        let begun = Instant::now();
        let is_read = "SELECT pg_conf_load_time() > $1::text::timestamptz";
        loop {
            let fresh = self.connect().await;
            if fresh.query_one(is_read, &[&before]).await.unwrap().get(0) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{name} is not read");
            sleep(PAUSE).await;
        }
        client.batch_execute("CHECKPOINT").await.unwrap();
    }

    /// Makes the cluster, with the engine's role and database.
    pub(super) async fn make(&mut self) {
        let mut initdb = self.programs.command("initdb", &self.home);
        initdb
            .args([
                "--auth=trust",
                "--data-checksums",
                "--no-sync",
                "--no-instructions",
            ])
            .args(["--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--username", SUPERUSER, "--pgdata"])
            .arg(&self.cluster);
        Programs::run(&mut initdb).await.unwrap();
        let configuration = self.cluster.join("postgresql.conf");
        let mut file = OpenOptions::new().append(true).open(configuration).unwrap();
        file.write_all(SETTINGS.as_bytes()).unwrap();
        self.start().await;
        let client = self.connect_as(SUPERUSER, "postgres").await;
        for statement in [
            format!("CREATE ROLE {WALLET} LOGIN"),
            format!("CREATE DATABASE {WALLET} OWNER {WALLET}"),
        ] {
            client.batch_execute(&statement).await.unwrap();
        }
        drop(client);
        self.stop().await;
    }

    /// Where its programs run.
    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// A program of the server's, to be run in its directory.
    pub(super) fn command(&self, program: &str) -> tokio::process::Command {
        self.programs.command(program, &self.home)
    }

    /// The parameters with which a program of PostgreSQL connects to it.
    pub(super) fn conninfo(&self) -> String {
        let home = self.home.display();
        format!(
            "host={home} port={} user={SUPERUSER} dbname=postgres",
            self.port
        )
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        config.host_path(&self.home).port(self.port);
        config.user(SUPERUSER).dbname("postgres");
        config
    }

    fn log_path(&self) -> PathBuf {
        self.home.join("log")
    }
}
