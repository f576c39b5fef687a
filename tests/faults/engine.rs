//! One engine: the real program in a process of its own, with a log in the run's folder.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use crate::PATIENCE;

/// Short, so that waiting ends and actors are retired many times in a run.
const SETTINGS: [(&str, &str); 6] = [
    ("WALLET_BIND", "127.0.0.1:0"),
    ("WALLET_WAIT_S", "2"),
    ("WALLET_IDLE_S", "1"),
    ("WALLET_WORKERS", "2"),
    ("WALLET_LOG", "warn,wallet_engine::app=info"),
    ("WALLET_LOG_FORMAT", "json"),
];

/// The engines that run side by side.
pub const ENGINES: usize = 2;

pub struct Engine {
    child: Child,
    address: SocketAddr,
}

impl Engine {
    /// Starts the program on that database and waits until it serves.
    pub async fn start(mut program: Command, database_url: String, log: PathBuf) -> Self {
        let mut child = program
            .env("DATABASE_URL", database_url)
            .envs(SETTINGS)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        let serving = timeout(PATIENCE, serving(&mut lines, &mut file)).await;
        let address = serving
            .ok()
            .flatten()
            .unwrap_or_else(|| panic!("it does not serve; see {}", log.display()));
        tokio::spawn(async move {
            // Keeps the pipe empty to the end.
            while let Ok(Some(line)) = lines.next_line().await {
                writeln!(file, "{line}").unwrap();
            }
        });
        Self { child, address }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// kill -9; returns when it is gone.
    pub async fn kill(mut self) {
        self.signal(Signal::SIGKILL);
        self.child.wait().await.unwrap();
    }

    /// Stops in order, and answers whatever it accepted.
    pub async fn stop(mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.expect("an engine stops").unwrap()
    }

    pub fn freeze(&mut self) {
        self.signal(Signal::SIGSTOP);
    }

    pub fn thaw(&mut self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&mut self, signal: Signal) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("an engine ended by itself: {status}");
        }
        let number = self.child.id().unwrap();
        kill(Pid::from_raw(i32::try_from(number).unwrap()), signal).unwrap();
    }
}

/// Reads the log up to the line that tells the address; `None` if it ends before.
async fn serving(
    lines: &mut Lines<BufReader<ChildStderr>>,
    file: &mut std::fs::File,
) -> Option<SocketAddr> {
    while let Ok(Some(line)) = lines.next_line().await {
        writeln!(file, "{line}").unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        if said["message"] == "serving" {
            return said["address"].as_str()?.parse().ok();
        }
    }
    None
}
