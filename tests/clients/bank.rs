//! An engine with one wallet behind a proxy.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use wallet_engine::auth::{Scope, Secret};
use wallet_engine::config::{AuthMode, Config};

use crate::app::TestApp;
use crate::faults::{Fate, Faults};
use crate::postgres;

/// What `Retry-After` says.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

pub struct Bank {
    pub app: TestApp,
    pub faults: Faults,
    pub wallet: String,
    proxy: SocketAddr,
}

impl Bank {
    pub async fn open() -> Self {
        Self::of(TestApp::spawn().await).await
    }

    /// Of an engine with `WALLET_AUTH` on, with a key that has every scope.
    pub async fn closed() -> (Self, Secret) {
        let mut app = TestApp::spawn_with(close).await;
        let key = make_key(&app, &Scope::ALL).await;
        app.http = client_with(&key);
        (Self::of(app).await, key)
    }

    async fn of(app: TestApp) -> Self {
        let wallet = app.wallet("alice").await;
        let faults = Faults::default();
        let proxy = faults.proxy(app.address).await;
        Self {
            app,
            faults,
            wallet,
            proxy,
        }
    }

    /// The wallet's address, through the proxy.
    pub fn wallet_url(&self) -> String {
        format!("http://{}{}", self.proxy, self.wallet)
    }

    pub fn deposit_url(&self) -> String {
        format!("{}operation/", self.wallet_url())
    }

    /// Asserts how many deposits of 1.00 the ledger has.
    pub async fn assert_booked(&self, deposits: i64) {
        assert_eq!(self.app.audited_operations().await, deposits);
        let balance = self.app.balance(&self.wallet).await;
        assert_eq!(balance, format!("{deposits}.00"));
    }

    /// Asserts that so many requests came, all with the same key, and that all after the first got its response again.
    pub fn assert_replayed(&self, requests: usize) {
        let seen = self.faults.seen();
        assert_eq!(seen.len(), requests, "{seen:?}");
        assert!(seen[0].key.is_some(), "{seen:?}");
        for (n, request) in seen.iter().enumerate() {
            assert_eq!(request.status, 200, "{seen:?}");
            assert_eq!(request.key, seen[0].key, "{seen:?}");
            assert_eq!(request.replayed, n > 0, "{seen:?}");
        }
    }

    /// Asserts that a request was refused with 503, came again under the same key, and was done then. Returns the time
    /// between the two.
    pub fn assert_came_again(&self) -> Duration {
        let seen = self.faults.seen();
        assert_eq!(self.faults.statuses(), [503, 200]);
        assert_eq!(seen[0].retry_after.as_deref(), Some("1"));
        assert_eq!(seen[0].key, seen[1].key);
        assert!(!seen[1].replayed);
        seen[1].at - seen[0].at
    }

    pub async fn close(self) {
        self.app.stop().await.unwrap();
    }
}

/// Turns `WALLET_AUTH` on.
pub fn close(config: &mut Config) {
    config.server.auth = AuthMode::On;
}

/// Makes a key with these scopes, as the command line does.
pub async fn make_key(app: &TestApp, scopes: &[Scope]) -> Secret {
    let key = Secret::new_key().unwrap();
    let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
    let client = postgres::connect(&app.database).await;
    let insert = "INSERT INTO api_keys (name, slot, digest, scopes)
        VALUES ('test-' || gen_random_uuid(), 1, $1, $2)";
    let digest = key.digest();
    client
        .execute(insert, &[&digest.as_bytes(), &scopes])
        .await
        .unwrap();
    key
}

/// A client that sends the key with each request.
pub fn client_with(key: &Secret) -> reqwest::Client {
    let value = HeaderValue::try_from(format!("Bearer {}", key.expose())).unwrap();
    let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
    let client = reqwest::Client::builder().default_headers(headers);
    client.build().unwrap()
}

/// An engine whose database is gone, and which answers 503 therefore.
pub struct Refusing(TestApp);

impl Refusing {
    pub async fn start() -> Self {
        let app = TestApp::spawn().await;
        let wallet = app.wallet("alice").await;
        let mut administrator = app.database.clone();
        administrator.dbname("postgres");
        let administrator = postgres::connect(&administrator).await;
        let drop = format!(
            "DROP DATABASE {} WITH (FORCE)",
            app.database.get_dbname().unwrap()
        );
        administrator.batch_execute(&drop).await.unwrap();
        // The first may still find the end of a session.
        while app
            .http
            .get(app.url(&wallet))
            .send()
            .await
            .unwrap()
            .status()
            != 503
        {}
        while app.deposit(&wallet, "1.00").await.0 != 503 {}
        Self(app)
    }

    pub fn fate(&self) -> Fate {
        Fate::SentTo(self.0.address)
    }

    pub async fn stop(self) {
        self.0.stop().await.unwrap();
    }
}
