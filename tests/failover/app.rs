//! An engine in a process of its own, and what its clients ask.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::ledger::id_of;
use super::until;
use testkit::servers::WALLET;

pub struct App {
    child: Child,
    /// What it has logged so far.
    log: Arc<Mutex<String>>,
    url: String,
    http: reqwest::Client,
}

/// The engine on that database, not started yet. Its requests wait `wait_s` at most.
pub fn program(database: &str, wait_s: u64) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wallet-engine"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("WALLET_METRICS_BIND", "off")
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_LOG_FORMAT", "json")
        .env("WALLET_HASHERS", "2")
        .env("WALLET_WAIT_S", wait_s.to_string())
        .env("DATABASE_URL", database);
    command
}

/// The address of several servers, in that order.
pub fn url_of(addresses: &[std::net::SocketAddr]) -> String {
    let list: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    format!("postgresql://{0}@{1}/{0}", WALLET, list.join(","))
}

impl App {
    /// Starts it on that database and waits until it serves.
    pub async fn start(database: &str, wait_s: u64) -> Self {
        Self::start_with(program(database, wait_s)).await
    }

    pub async fn start_with(command: Command) -> Self {
        match Self::try_start(command).await {
            Ok(app) => app,
            Err(log) => panic!("it does not start:\n{log}"),
        }
    }

    /// Starts it; `Err` with what it printed if it ends instead.
    pub async fn try_start(mut command: Command) -> Result<Self, String> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&log);
        let (serving, served) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let mut serving = Some(serving);
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
                let event: Value = serde_json::from_str(&line).unwrap_or_default();
                written.lock().unwrap().push_str(&line);
                if event["message"] == "serving"
                    && let Some(serving) = serving.take()
                {
                    let _ = serving.send(event["address"].as_str().unwrap().to_owned());
                }
                line.clear();
            }
            let _ = lines.read_to_string(&mut line);
        });
        let Ok(address) = super::within("a start", served).await else {
            child.wait().unwrap();
            return Err(log.lock().unwrap().clone());
        };
        Ok(Self {
            child,
            log,
            url: format!("http://{address}"),
            // Longer than any engine here lets a request wait.
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(45))
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
        })
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The status of an answer to this key.
    pub async fn status_with_key(&self, path: &str, key: &str) -> u16 {
        let request = self
            .http
            .get(format!("{}{path}", self.url))
            .bearer_auth(key);
        let answer = request.send().await;
        answer.map_or(0, |answer| answer.status().as_u16())
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self
            .http
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .unwrap();
        (
            answer.status().as_u16(),
            answer.json().await.unwrap_or_default(),
        )
    }

    /// Registers a user; returns the path of their wallet.
    pub async fn wallet(&self, username: &str) -> String {
        let (status, location) = self.register(username).await;
        assert_eq!(status, 201);
        location.unwrap()
    }

    /// Registers a user; returns the status and the path of their wallet.
    pub async fn register(&self, username: &str) -> (u16, Option<String>) {
        let (status, location, _) = self.registration(username, None).await;
        (status, location)
    }

    /// The same under a key; returns also whether it is a repetition's answer.
    pub async fn keyed_register(&self, username: &str, key: &str) -> (u16, Option<String>, bool) {
        self.registration(username, Some(key)).await
    }

    async fn registration(&self, username: &str, key: Option<&str>) -> (u16, Option<String>, bool) {
        let body = json!({
            "username": username,
            "email": format!("{username}@example.com"),
            "password": "hush-hush",
        });
        let url = format!("{}/api/register/", self.url);
        let mut request = self.http.post(url);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = request.json(&body).send().await.unwrap();
        let location = answer.headers().get("location");
        let location = location.map(|location| location.to_str().unwrap().to_owned());
        let replayed = answer.headers().contains_key("idempotency-replayed");
        (answer.status().as_u16(), location, replayed)
    }

    pub async fn deposit(&self, wallet: &str, amount: &str) -> (u16, Value) {
        self.operation(wallet, "DEPOSIT", amount, None).await
    }

    pub async fn withdraw(&self, wallet: &str, amount: &str) -> (u16, Value) {
        self.operation(wallet, "WITHDRAW", amount, None).await
    }

    pub async fn keyed_deposit(&self, wallet: &str, amount: &str, key: &str) -> (u16, Value) {
        self.operation(wallet, "DEPOSIT", amount, Some(key)).await
    }

    async fn operation(
        &self,
        wallet: &str,
        kind: &str,
        amount: &str,
        key: Option<&str>,
    ) -> (u16, Value) {
        let body = json!({"operationType": kind, "amount": amount});
        self.post(&format!("{wallet}operation/"), &body, key).await
    }

    pub async fn keyed_transfer(
        &self,
        from: &str,
        to: &str,
        amount: &str,
        key: &str,
    ) -> (u16, Value) {
        let body = json!({"to": id_of(to), "amount": amount});
        let path = format!("{from}transfers/");
        self.post(&path, &body, Some(key)).await
    }

    pub async fn post(&self, path: &str, body: &Value, key: Option<&str>) -> (u16, Value) {
        let mut request = self.http.post(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = request.json(body).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json().await.unwrap_or_default(),
        )
    }

    pub async fn balance(&self, wallet: &str) -> Option<String> {
        let (status, body) = self.get(wallet).await;
        (status == 200).then(|| body["balance"].as_str().unwrap().to_owned())
    }

    pub async fn readiness(&self) -> u16 {
        self.get("/readyz").await.0
    }

    pub async fn until_ready(&self) {
        until("it is ready", async || self.readiness().await == 200).await;
    }

    pub async fn until_unready(&self) {
        until("it is not ready", async || self.readiness().await == 503).await;
    }

    /// A deposit that has to succeed at once.
    pub async fn put(&self, wallet: &str, amount: &str) {
        let (status, body) = self.deposit(wallet, amount).await;
        assert_eq!(status, 200, "{body}");
    }

    /// Repeats a deposit under its key until it is answered with 200.
    pub async fn settle(&self, wallet: &str, amount: &str, key: &str) {
        until("a deposit under its key", async || {
            let (status, body) = self.keyed_deposit(wallet, amount, key).await;
            assert!(status == 200 || is_failed(status), "{status}: {body}");
            status == 200
        })
        .await;
    }

    /// Repeats a transfer under its key until it is answered with 201.
    pub async fn settle_transfer(&self, from: &str, to: &str, amount: &str, key: &str) {
        until("a transfer under its key", async || {
            let (status, body) = self.keyed_transfer(from, to, amount, key).await;
            assert!(status == 201 || is_failed(status), "{status}: {body}");
            status == 201
        })
        .await;
    }

    /// Deposits until one is answered with 200; returns how many were not.
    pub async fn until_deposited(&self, wallet: &str, amount: &str) -> usize {
        let failed = std::cell::Cell::new(0);
        until("a deposit", async || {
            let done = self.deposit(wallet, amount).await.0 == 200;
            failed.set(failed.get() + usize::from(!done));
            done
        })
        .await;
        failed.get()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let pid = i32::try_from(self.child.id()).unwrap();
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            println!("{}", self.log());
        }
    }
}

/// Whether it is the status of a request whose outcome is open, or that was not done.
pub fn is_failed(status: u16) -> bool {
    [500, 503].contains(&status)
}

/// Starts the engine on a database that it must refuse; returns what it logged.
pub async fn refused(database: &str) -> String {
    match App::try_start(program(database, 3)).await {
        Ok(_) => panic!("it serves on {database}"),
        Err(log) => log,
    }
}

/// What `wallet-engine verify` prints of that database, and whether it agrees.
pub fn verify(database: &str) -> (bool, String) {
    let output = program(database, 10).arg("verify").output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&printed).into_owned(),
    )
}
