//! The program, as an operator runs it on a database of the cluster.

use std::process::Stdio;

use testkit::distributed::ClusterDatabase;
use tokio::process::{Child, Command};

/// What a command did.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Asserts that it failed, and said so on standard error in a line that has this.
    pub fn assert_refused(&self, reason: &str) {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert!(
            self.stderr.contains(reason),
            "{reason} is missing in {self:#?}"
        );
        assert_eq!(self.stderr.lines().count(), 1, "{self:#?}");
    }

    /// Asserts that it succeeded, and printed this.
    pub fn assert_done(&self, line: &str) {
        assert_eq!(self.code, Some(0), "{self:#?}");
        assert!(self.stdout.contains(line), "{line} is missing in {self:#?}");
    }
}

/// Runs it to its end.
pub async fn run(database: &ClusterDatabase, arguments: &[&str]) -> Ended {
    run_at(&database.address(), arguments).await
}

/// Runs it to its end on the database of an address.
pub async fn run_at(address: &str, arguments: &[&str]) -> Ended {
    end(start_at(address, arguments)).await
}

/// Starts it.
pub fn start(database: &ClusterDatabase, arguments: &[&str]) -> Child {
    start_at(&database.address(), arguments)
}

fn start_at(address: &str, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_wallet-engine"))
        .args(arguments)
        .env_clear()
        .env("DATABASE_URL", address)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

pub async fn end(started: Child) -> Ended {
    let output = started.wait_with_output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ended {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}
