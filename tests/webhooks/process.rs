//! Engines as processes of their own, on one private PostgreSQL.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

/// An engine, killed when it is dropped.
pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    /// On the database in that directory.
    pub fn start(data: &Path, environment: &[(&str, &str)]) -> Self {
        let socket = data.join("postgres");
        let url = format!("host={} user=wallet dbname=wallet", socket.display());
        let mut command = Command::new(env!("CARGO_BIN_EXE_wallet-engine"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("DATABASE_URL", url)
            .env("WALLET_BIND", "127.0.0.1:0")
            .env("WALLET_METRICS_BIND", "off")
            .env("WALLET_SHARED", "true")
            .env("WALLET_LOG_FORMAT", "json")
            .env("WALLET_WEBHOOK_ALLOW_PRIVATE", "true")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
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
        // A pipe that nobody reads would fill up.
        std::thread::spawn(move || lines.read_to_string(&mut log));
        let url = format!("http://{address}");
        Self { child, url }
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, signal).unwrap();
    }

    /// Waits for its end.
    pub fn end(&mut self) {
        self.child.wait().unwrap();
    }

    /// Registers a user; gives the path of their wallet.
    pub async fn register(&self, username: &str) -> String {
        let body = json!({
            "username": username,
            "email": format!("{username}@example.com"),
            "password": "hush-hush",
        });
        let url = format!("{}/api/register/", self.url);
        let sent = reqwest::Client::new().post(url).json(&body).send();
        let answer = sent.await.unwrap();
        assert_eq!(answer.status(), 201);
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    pub async fn deposit(&self, wallet: &str) {
        let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
        let url = format!("{}{wallet}operation/", self.url);
        let sent = reqwest::Client::new().post(url).json(&body).send();
        assert_eq!(sent.await.unwrap().status(), 200);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
