//! The service's server, and the requests that tests send to it.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use uuid::Uuid;

use crate::watchdog::Watchdog;

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running gunicorn.
pub struct Served {
    pub address: SocketAddr,
    http: reqwest::Client,
    server: Child,
    /// Ends its workers too, however the test ends.
    _watchdog: Watchdog,
}

impl Served {
    /// Returns when it listens: what is sent from then on waits for its workers.
    pub(super) async fn start(mut python: Command, watchdog: Watchdog) -> Self {
        python
            .args(["-m", "gunicorn", "config.wsgi"])
            .args(["--bind", "127.0.0.1:0", "--workers", "2"])
            .stderr(Stdio::piped());
        let mut server = python.spawn().unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let listens = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, address)) = line.split_once("Listening at: http://") {
                    return address.split(' ').next().unwrap().parse().unwrap();
                }
            }
            panic!("gunicorn does not start")
        };
        let address = timeout(PATIENCE, listens).await.expect("it listens");
        // Its log ends with it; unread, a full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            address,
            http: reqwest::Client::new(),
            server,
            _watchdog: watchdog,
        }
    }

    /// Registers a user; returns the status and the body.
    pub async fn register(&self, username: &str, email: &str, password: &str) -> (u16, Value) {
        let body = json!({"username": username, "email": email, "password": password});
        self.post("/api/register/", &body).await
    }

    /// A deposit or a withdrawal; returns the status and the body.
    pub async fn operation(&self, wallet: Uuid, kind: &str, amount: &str) -> (u16, Value) {
        let body = json!({"operationType": kind, "amount": amount});
        let path = format!("/api/wallets/{wallet}/operation/");
        self.post(&path, &body).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://{}{path}", self.address);
        let response = self.http.post(url).json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Stops it in order, as an operator does.
    pub async fn stop(mut self) {
        let number = i32::try_from(self.server.id().unwrap()).unwrap();
        kill(Pid::from_raw(number), Signal::SIGTERM).unwrap();
        let stopped = timeout(PATIENCE, self.server.wait()).await;
        assert!(stopped.expect("it stops").unwrap().success());
    }
}
