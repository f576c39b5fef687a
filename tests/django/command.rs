//! `wallet-engine import-django`, run to its end or killed in the middle.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use testkit::django::Django;
use testkit::postgres;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config};

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two checks of a condition that is waited for.
const PAUSE: Duration = Duration::from_millis(5);

/// The program with nothing of this machine's environment but its path, on that database of the engine's.
pub fn program(target: &Config) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wallet-engine"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("DATABASE_URL", url(target))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// How a run ended, and what it printed.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Asserts that everything was imported and nothing listed.
    pub fn assert_done(&self) {
        assert_eq!(self.code, Some(0), "{self:#?}");
    }

    /// Asserts that something was listed, with these words in a line of their own.
    pub fn assert_lists(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:#?}");
        let is_listed = |line: &str| words.iter().all(|word| line.contains(word));
        let listed = self.stdout.lines().any(is_listed);
        assert!(listed, "{words:?} is not listed: {self:#?}");
    }
}

/// From one database into another.
#[derive(Clone)]
pub struct Import {
    source: String,
    pub target: Config,
    /// Where it runs, and so where its report is.
    directory: Arc<TempDir>,
}

impl Import {
    pub fn new(source: &Config, target: &Config) -> Self {
        Self {
            source: url(source),
            target: target.clone(),
            directory: Arc::new(tempfile::tempdir().unwrap()),
        }
    }

    /// From the service's database into a fresh one of the engine's.
    pub async fn of(django: &Django) -> Self {
        Self::new(django.database(), &postgres::database().await)
    }

    pub async fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).end().await
    }

    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = program(&self.target);
        command
            .args(["import-django", "--from", &self.source])
            .args(arguments)
            .current_dir(self.directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Running(command.spawn().unwrap())
    }

    /// A file that a run wrote, or is to read.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `wallet-engine verify` finds nothing.
    pub async fn assert_verified(&self) {
        let output = program(&self.target).arg("verify").output().await.unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

/// A run that has not ended.
pub struct Running(Child);

impl Running {
    pub async fn end(self) -> Ended {
        let output = timeout(PATIENCE, self.0.wait_with_output()).await;
        let output = output.expect("it ends").unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// kill -9.
    pub async fn kill(mut self) {
        self.0.kill().await.unwrap();
    }

    /// Returns when the run waits for a lock that someone else has in that database.
    pub async fn wait_until_blocked(&mut self, observer: &Client) {
        let blocked = "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock' AND application_name <> 'test'";
        let begun = Instant::now();
        while !observer
            .query_one(blocked, &[])
            .await
            .unwrap()
            .get::<_, bool>(0)
        {
            let ended = self.0.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "it meets no lock: {ended:?}"
            );
            sleep(PAUSE).await;
        }
    }
}

/// Returns when no one but the tests' own sessions is connected to the database.
pub async fn wait_until_alone(observer: &Client) {
    let alone = "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() \
         AND backend_type = 'client backend' AND application_name <> 'test'";
    until(observer, alone).await;
}

/// Returns when the statement says so.
pub async fn until(observer: &Client, is_so: &str) {
    let begun = Instant::now();
    while !observer
        .query_one(is_so, &[])
        .await
        .unwrap()
        .get::<_, bool>(0)
    {
        assert!(begun.elapsed() < PATIENCE, "never: {is_so}");
        sleep(PAUSE).await;
    }
}

/// A session of the test's own, which the waits above know.
pub async fn observer(database: &Config) -> Client {
    let mut config = database.clone();
    config.application_name("test");
    postgres::connect(&config).await
}

/// The address as an operator writes it; a socket's directory in its escaped form.
pub fn url(database: &Config) -> String {
    let host = match &database.get_hosts()[0] {
        Host::Tcp(name) => name.clone(),
        Host::Unix(directory) => directory.to_str().unwrap().replace('/', "%2F"),
    };
    let port = database.get_ports().first().copied().unwrap_or(5432);
    let (user, name) = (database.get_user().unwrap(), database.get_dbname().unwrap());
    format!("postgresql://{user}@{host}:{port}/{name}")
}
