//! The program itself, on a database that is in use already: an engine that can be killed, and whose log can be read.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::admin::{Admin, Browser};

/// An engine of its own process; killed at the latest when it is dropped.
pub struct Engine {
    child: Child,
    pub url: String,
    /// What it has logged since it serves.
    log: Arc<Mutex<Vec<Value>>>,
}

impl Engine {
    pub fn start(database: &Config, name: &str) -> Self {
        let [Host::Unix(directory)] = database.get_hosts() else {
            panic!("the tests' server has a socket: {database:?}");
        };
        Self::start_at(&format!("host={}", directory.display()), database, name)
    }

    /// Reaches the database through what listens there, which is served meanwhile.
    pub async fn start_through(proxy: SocketAddr, database: &Config, name: &'static str) -> Self {
        let host = format!("host={} port={}", proxy.ip(), proxy.port());
        let database = database.clone();
        let starts = tokio::task::spawn_blocking(move || Self::start_at(&host, &database, name));
        starts.await.unwrap()
    }

    fn start_at(host: &str, database: &Config, name: &str) -> Self {
        let address = format!(
            "{host} user={} dbname={}",
            database.get_user().unwrap(),
            database.get_dbname().unwrap()
        );
        let mut child = Command::new(env!("CARGO_BIN_EXE_wallet-engine"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("DATABASE_URL", address)
            .env("WALLET_BIND", "127.0.0.1:0")
            .env("WALLET_METRICS_BIND", "off")
            .env("WALLET_LOG_FORMAT", "json")
            .env("WALLET_NAME", name)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        let mut before = Vec::new();
        let address = lines.by_ref().find_map(|line| {
            let address = line["address"].as_str().map(str::to_owned);
            let serves = line["message"] == "serving";
            before.push(line);
            address.filter(|_| serves)
        });
        let log = Arc::default();
        let keeps = Arc::clone(&log);
        // It must never wait for somebody to read its log.
        std::thread::spawn(move || {
            lines.for_each(|line| {
                let log: &Mutex<Vec<Value>> = &keeps;
                log.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            });
        });
        Self {
            child,
            url: format!(
                "http://{}",
                address.unwrap_or_else(|| panic!("it does not serve: {before:#?}"))
            ),
            log,
        }
    }

    /// A browser there, with the session and the form's token of another engine's.
    pub fn browser_like(&self, other: &Browser) -> Browser {
        let browser = Browser::at(&self.url);
        browser
            .cookies
            .borrow_mut()
            .clone_from(&other.cookies.borrow());
        browser.csrf.borrow_mut().clone_from(&other.csrf.borrow());
        browser
    }

    pub async fn deposit(&self, wallet: &str) {
        let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
        let url = format!("{}{wallet}operation/", self.url);
        let sent = reqwest::Client::new().post(url).json(&body).send().await;
        assert_eq!(sent.unwrap().status(), 200);
    }

    /// How often it has logged this message.
    pub fn logged(&self, message: &str) -> usize {
        let log = self.log();
        log.iter().filter(|line| line["message"] == message).count()
    }

    pub fn log(&self) -> Vec<Value> {
        let log = self.log.lock();
        log.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The panel of an engine of that name, in English.
pub async fn named(name: &str) -> Admin {
    let admin = Admin::spawn_with(|config| {
        config.server.name = Some(name.parse().unwrap());
    })
    .await;
    let english = ("wallet_lang".to_owned(), "en".to_owned());
    admin.cookies.borrow_mut().extend([english]);
    admin
}
