//! A system under measurement, as a process of its own.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use testkit::failure::{Failure, failed};
use testkit::ports::free_address;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::load::Load;
use crate::results::CONNECTIONS;

/// The longest that a start and a stop may take.
const START_MAX: Duration = Duration::from_secs(60);
const STOP_MAX: Duration = Duration::from_secs(60);
/// Time between two looks at whether it listens.
const POLL: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// The engine.
    Engine,
    /// The same HTTP stack with one statement per request on a pooled connection.
    Direct,
    /// The same HTTP stack answering a constant.
    Ceiling,
    /// The engine again, which is sent a batch's operations one by one.
    Single,
    /// The engine as an earlier build of it was (`--before`).
    Before,
}

impl System {
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Direct => "direct",
            Self::Ceiling => "ceiling",
            Self::Single => "single",
            Self::Before => "before",
        }
    }

    /// What this system is sent, and on how many connections, when the engine is sent `load` on `connections`.
    pub fn point(self, load: Load, connections: u64) -> (Load, u64) {
        match self {
            Self::Single => (load.singly(), CONNECTIONS),
            Self::Engine | Self::Before | Self::Direct | Self::Ceiling => (load, connections),
        }
    }

    /// Whether it has a database.
    pub fn keeps(self) -> bool {
        self != Self::Ceiling
    }
}

/// A system that serves.
pub struct Contender {
    pub address: SocketAddr,
    child: Child,
    log: PathBuf,
}

impl Contender {
    /// Starts the command that `command` makes for an address, and waits until it listens. What it logs goes into
    /// `log`.
    pub async fn start(
        log: PathBuf,
        command: impl FnOnce(SocketAddr) -> Command,
    ) -> Result<Self, Failure> {
        let address = free_address();
        let mut command = command(address);
        let starting = format!("start what logs to {}", log.display());
        let file = File::create(&log).map_err(failed(starting.clone()))?;
        let child = command
            .env_clear()
            .env("WALLET_LOG", "warn")
            .stdout(file.try_clone().map_err(failed(starting.clone()))?)
            .stderr(file)
            .spawn()
            .map_err(failed(starting.clone()))?;
        let mut contender = Self {
            address,
            child,
            log,
        };
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect(address).await.is_err() {
            let ended = contender
                .child
                .try_wait()
                .map_err(failed(starting.clone()))?;
            if ended.is_some() || Instant::now() > deadline {
                return Err(failed(starting.clone())(contender.said()));
            }
            sleep(POLL).await;
        }
        Ok(contender)
    }

    /// Asks it to finish what it has and waits for its end. Gives what was wrong with that.
    pub async fn stop(mut self) -> Result<Option<String>, Failure> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id {
            // It can only fail because the process is gone, which its status tells.
            let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        }
        let stopping = format!("stop {}", self.log.display());
        let status: ExitStatus = timeout(STOP_MAX, self.child.wait())
            .await
            .map_err(failed(stopping.clone()))?
            .map_err(failed(stopping))?;
        if status.success() {
            return Ok(None);
        }
        Ok(Some(format!("it ended with {status}: {}", self.said())))
    }

    /// Bytes of memory that it holds now.
    pub fn resident_bytes(&self) -> Result<u64, Failure> {
        let reading = "read how much memory a process has";
        let id = self.child.id().unwrap_or_default();
        let status = fs::read_to_string(format!("/proc/{id}/status")).map_err(failed(reading))?;
        let kib: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB"))
            .and_then(|kib| kib.trim().parse().ok())
            .ok_or_else(|| failed(reading)("there is no VmRSS"))?;
        Ok(kib * 1024)
    }

    /// The end of what it logged.
    fn said(&self) -> String {
        const LINES: usize = 5;
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}
