//! The whole application, as `wallet-engine serve` runs it, on a database and a port of its own.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use futures_util::FutureExt;
use futures_util::stream::StreamExt;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use wallet_engine::app::{Application, RunError};
use wallet_engine::config::{Config, MetricsConfig, Source};

use crate::postgres;

/// The password of every user that [`TestApp::wallet`] registers: long enough for staff.
pub const PASSWORD: &str = "correct horse battery staple";

/// A running engine.
pub struct TestApp {
    pub address: SocketAddr,
    /// Of `/metrics`, if it is served.
    pub metrics: Option<SocketAddr>,
    pub http: reqwest::Client,
    pub database: tokio_postgres::Config,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), RunError>>,
}

impl TestApp {
    pub async fn spawn() -> Self {
        Self::spawn_with(|_| {}).await
    }

    /// With other settings than the defaults.
    pub async fn spawn_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::spawn_on(postgres::database().await, change).await
    }

    /// On a database that exists already.
    pub async fn spawn_on(
        database: tokio_postgres::Config,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = Config::read(&Source::of(&[("WALLET_BIND", "127.0.0.1:0")])).unwrap();
        config.database.url = Some(database.clone().into());
        config.metrics = MetricsConfig::Off;
        change(&mut config);
        let application = Application::start(&config).await.unwrap();
        let address = application.address();
        let metrics = application.metrics_address();
        let (stop, stopped) = oneshot::channel();
        let stopped = stopped.into_stream().map(|_| ());
        let running = actix_web::rt::spawn(application.run(stopped));
        Self {
            address,
            metrics,
            http: reqwest::Client::new(),
            database,
            stop,
            running,
        }
    }

    /// Stops in order.
    pub async fn stop(self) -> Result<(), RunError> {
        self.stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(60), self.running)
            .await
            .expect("the application stops")
            .unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Posts JSON; gives the status and the body.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let sent = self.http.post(self.url(path)).json(body).send();
        let answer = sent.await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(self.url(path)).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Registers a user; gives the path of their wallet.
    pub async fn wallet(&self, username: &str) -> String {
        let email = format!("{username}@example.com");
        let body = json!({"username": username, "email": email, "password": PASSWORD});
        let sent = self
            .http
            .post(self.url("/api/register/"))
            .json(&body)
            .send();
        let answer = sent.await.unwrap();
        let Some(location) = answer.headers().get("location") else {
            panic!("{}: {:?}", answer.status(), answer.text().await);
        };
        location.to_str().unwrap().to_owned()
    }

    pub async fn deposit(&self, wallet: &str, amount: &str) -> (u16, Value) {
        self.operation(wallet, "DEPOSIT", amount).await
    }

    pub async fn withdraw(&self, wallet: &str, amount: &str) -> (u16, Value) {
        self.operation(wallet, "WITHDRAW", amount).await
    }

    pub async fn balance(&self, wallet: &str) -> String {
        let (status, body) = self.get(wallet).await;
        assert_eq!(status, 200);
        body["balance"].as_str().unwrap().to_owned()
    }

    /// Asserts that every wallet agrees with its ledger, and gives the number of operations.
    pub async fn audited_operations(&self) -> i64 {
        let audit = postgres::audit(&self.database).await;
        assert!(audit.breaches.is_empty(), "{:?}", audit.breaches);
        audit.operations
    }

    async fn operation(&self, wallet: &str, kind: &str, amount: &str) -> (u16, Value) {
        let body = json!({"operationType": kind, "amount": amount});
        self.post(&format!("{wallet}operation/"), &body).await
    }
}
