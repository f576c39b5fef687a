//! The real binary, on a private PostgreSQL in a directory of its own.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

pub struct Engine {
    pub url: String,
    child: Child,
    data: TempDir,
}

impl Engine {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With `WALLET_AUTH` on: its API takes keys and tokens.
    pub fn start_guarded() -> Self {
        Self::start_with(&[("WALLET_AUTH", "on")])
    }

    fn start_with(settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_wallet-engine"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("WALLET_DATA_DIR", data.path())
            .env("WALLET_BIND", "127.0.0.1:0")
            .env("WALLET_LOG_FORMAT", "json")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().find_map(|line| {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            (line["message"] == "serving").then(|| line["address"].as_str().unwrap().to_owned())
        });
        // It must never wait for somebody to read its log.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            url: format!("http://{}", address.expect("it serves")),
            child,
            data,
        }
    }
}

impl Engine {
    /// Makes staff, as an operator does while the engine serves.
    pub fn create_admin(&self, username: &str, password: &str) {
        self.create_staff(username, password, "administrator");
    }

    /// Makes staff of a role.
    pub fn create_staff(&self, username: &str, password: &str, role: &str) {
        let email = format!("{username}@example.com");
        let mut command = self
            .command(&["create-admin", username, &email, "--role", role])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut fed = command.stdin.take().unwrap();
        writeln!(fed, "{password}").unwrap();
        drop(fed);
        assert!(command.wait().unwrap().success());
    }

    /// Makes a key with all scopes.
    pub fn create_key(&self, name: &str) -> String {
        let arguments = ["create-key", name, "--scopes", "all"];
        let printed = self.command(&arguments).output().unwrap();
        assert!(printed.status.success(), "{printed:?}");
        String::from_utf8(printed.stdout).unwrap().trim().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wallet-engine"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("WALLET_DATA_DIR", self.data.path());
        command
    }
}

/// Stops in order, and its PostgreSQL with it, before the directory goes.
impl Drop for Engine {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).unwrap();
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}
