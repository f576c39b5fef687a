//! A real PostgreSQL of the run's own, as durable as any (`fsync` on), which can be killed and frozen.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, NoTls};
use wallet_engine::config::PrivatePostgresConfig;
use wallet_engine::embedded::PrivatePostgres;

use crate::PATIENCE;

pub struct Postgres {
    config: PrivatePostgresConfig,
    /// `None` between its death and its next start.
    server: Option<PrivatePostgres>,
}

impl Postgres {
    pub async fn start(directory: &Path) -> Self {
        let mut postgres = Self {
            config: PrivatePostgresConfig {
                data_dir: directory.to_owned(),
            },
            server: None,
        };
        postgres.start_again().await;
        postgres
    }

    pub async fn start_again(&mut self) {
        self.server = Some(PrivatePostgres::start(&self.config).await.unwrap());
    }

    /// kill -9 of every process at once.
    pub async fn kill(&mut self) {
        let mut server = self.server.take().unwrap();
        // Frozen first, so that none sees another die, and the first of them starts no more.
        self.freeze();
        self.signal(Signal::SIGKILL);
        server.ended().await.unwrap();
        server.stop().await.unwrap();
    }

    pub fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    pub async fn stop(self) {
        self.server.unwrap().stop().await.unwrap();
    }

    /// The server's socket.
    pub fn socket(&self) -> PathBuf {
        self.cluster().join(".s.PGSQL.5432")
    }

    /// Ends every session of the engines.
    pub async fn terminate_sessions(&self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'wallet'";
        self.connect().await.query(end, &[]).await.unwrap();
    }

    /// Waits until no engine has a session any more, so that nothing can happen any more.
    pub async fn at_rest(&self) {
        let client = self.connect().await;
        let sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'wallet'";
        let begun = Instant::now();
        while client
            .query_one(sessions, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            > 0
        {
            assert!(begun.elapsed() < PATIENCE, "sessions stay open");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The administrator's connection to the engines' database, past the line that can be cut.
    pub async fn connect(&self) -> Client {
        let mut config = self.server.as_ref().unwrap().connection();
        let (client, connection) = config.user("postgres").connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    fn cluster(&self) -> PathBuf {
        self.config.data_dir.join("postgres")
    }

    /// Sends the signal to every process of the server until there is none that has not got it: one may be
    /// starting another.
    fn signal(&self, signal: Signal) {
        let mut told: Vec<Pid> = Vec::new();
        loop {
            let mut processes = self.processes();
            processes.retain(|process| !told.contains(process));
            if processes.is_empty() {
                return;
            }
            for process in processes {
                // It may have ended meanwhile.
                let _ = kill(process, signal);
                told.push(process);
            }
        }
    }

    /// The server's processes, the first of them first: those that work in the cluster's directory.
    fn processes(&self) -> Vec<Pid> {
        let cluster = self.cluster();
        let numbers = fs::read_dir("/proc").unwrap().flatten();
        let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let mut processes: Vec<i32> = numbers
            .filter(|number| {
                let works_in = fs::read_link(format!("/proc/{number}/cwd"));
                works_in.is_ok_and(|directory| directory == cluster)
            })
            .collect();
        processes.sort_unstable();
        processes.into_iter().map(Pid::from_raw).collect()
    }
}
