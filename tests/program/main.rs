//! The real binary, as an operator runs it: its settings, its commands, its signals, and being killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod commands;
mod contended;
mod create_admin;
mod keys;
mod log;
mod log_lines;
mod memory;
mod output;
mod panel;
mod power_loss;
mod reset_second_factor;
mod secrets;
mod serve;
mod settings;
mod signals;
mod startup_log;
mod statement_memory;
mod stop;
mod traces;
mod unshared;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use testkit::ports::free_address;

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program with nothing of this machine's environment but its path.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wallet-engine"));
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap());
    // Its usual address is for one program at a time.
    command.env("WALLET_METRICS_BIND", "off");
    command
}

/// `wallet-engine serve` on a data directory of the test's own, serving.
struct Served {
    child: Running,
    log: JoinHandle<String>,
    url: String,
    http: reqwest::Client,
}

/// Signalled to stop if its test ends before it: it would serve for ever, and keep open what it inherited.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            let pid = i32::try_from(self.0.id()).unwrap();
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
    }
}

impl Served {
    fn start(data: &Path) -> Self {
        let mut command = program();
        command.env("WALLET_DATA_DIR", data);
        command.env("WALLET_BIND", "127.0.0.1:0");
        command.env("WALLET_LOG_FORMAT", "json");
        Self::start_with(command)
    }

    fn start_with(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut log = String::new();
        let address = loop {
            let from = log.len();
            assert!(lines.read_line(&mut log).unwrap() > 0, "it ended: {log}");
            let line: Value = serde_json::from_str(&log[from..]).unwrap();
            if line["message"] == "serving" {
                break line["address"].as_str().unwrap().to_owned();
            }
        };
        let log = std::thread::spawn(move || {
            lines.read_to_string(&mut log).unwrap();
            log
        });
        Self {
            child: Running(child),
            log,
            url: format!("http://{address}"),
            http: reqwest::Client::new(),
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.0.id()).unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// Waits for the end; gives the exit status and everything that was logged.
    fn end(mut self) -> (ExitStatus, String) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.0.try_wait().unwrap() {
                return (status, self.log.join().unwrap());
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    async fn register(&self, username: &str) -> String {
        let body = json!({
            "username": username,
            "email": format!("{username}@example.com"),
            "password": "hush-hush",
        });
        let url = format!("{}/api/register/", self.url);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    async fn deposit(&self, wallet: &str, amount: &str) {
        let body = json!({"operationType": "DEPOSIT", "amount": amount});
        let url = format!("{}{wallet}operation/", self.url);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    async fn balance(&self, wallet: &str) -> String {
        let url = format!("{}{wallet}", self.url);
        let answer = self.http.get(url).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        body["balance"].as_str().unwrap().to_owned()
    }
}

/// The process number of the private PostgreSQL in that data directory.
fn postgres_of(data: &Path) -> Pid {
    let lock = std::fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
    Pid::from_raw(lock.lines().next().unwrap().parse().unwrap())
}
