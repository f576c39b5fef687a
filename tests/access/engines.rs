//! Engines that take keys and tokens, on one database.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Config as Database};
use wallet_engine::auth::Secret;
use wallet_engine::config::{AuthMode, Config};

use crate::app::TestApp;
use crate::postgres;

pub const PASSWORD: &str = "a long password";

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);

/// With `WALLET_AUTH` on, and with other settings.
pub async fn engine(database: &Database, change: impl FnOnce(&mut Config)) -> TestApp {
    TestApp::spawn_on(database.clone(), |config| {
        config.server.auth = AuthMode::On;
        change(config);
    })
    .await
}

/// Two engines, and a connection for what is done behind them.
pub async fn two() -> ([TestApp; 2], Client) {
    let database = postgres::database().await;
    let engines = [
        engine(&database, |_| {}).await,
        engine(&database, |_| {}).await,
    ];
    (engines, postgres::connect(&database).await)
}

/// A key with all scopes, in the header's form, and its number.
pub async fn key(database: &Client, name: &str) -> (String, i64) {
    let key = Secret::new_key().unwrap();
    let insert = "INSERT INTO api_keys (name, slot, digest, scopes)
        VALUES ($1, 1, $2, '{wallets:read,operations:write,users:write}') RETURNING id";
    let digest = key.digest();
    let made = database
        .query_one(insert, &[&name, &digest.as_bytes()])
        .await
        .unwrap();
    let id = made.get(0);
    (format!("Bearer {}", key.expose()), id)
}

/// The status of a request for a wallet, which need not exist: with a valid key, that is 404.
pub async fn status(engine: &TestApp, authorization: &str) -> u16 {
    status_of(
        engine,
        "00000000-0000-4000-8000-000000000000",
        authorization,
    )
    .await
}

pub async fn status_of(engine: &TestApp, wallet: &str, authorization: &str) -> u16 {
    let url = engine.url(&format!("/api/wallets/{wallet}/"));
    let request = engine.http.get(url).header("authorization", authorization);
    request.send().await.unwrap().status().as_u16()
}

/// Waits until the engine answers with that status; returns how long that was.
pub async fn until(engine: &TestApp, authorization: &str, expected: u16) -> Duration {
    until_it(engine, authorization, |status| status == expected).await
}

/// Waits until the engine answers with another status.
pub async fn until_not(engine: &TestApp, authorization: &str, status: u16) {
    until_it(engine, authorization, |found| found != status).await;
}

async fn until_it(
    engine: &TestApp,
    authorization: &str,
    is_right: impl Fn(u16) -> bool,
) -> Duration {
    let begun = Instant::now();
    loop {
        let status = status(engine, authorization).await;
        if is_right(status) {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < PATIENCE, "it stays {status}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Registers a user; returns the id of their wallet.
pub async fn owner(engine: &TestApp, key: &str, name: &str) -> String {
    let body =
        json!({"username": name, "email": format!("{name}@example.com"), "password": PASSWORD});
    let request = engine.http.post(engine.url("/api/register/")).json(&body);
    let sent = request.header("authorization", key).send().await.unwrap();
    assert_eq!(sent.status(), 201);
    let location = sent.headers()["location"].to_str().unwrap();
    location.split('/').nth(3).unwrap().to_owned()
}

/// Signs a user in; returns the token in the header's form.
pub async fn token(engine: &TestApp, name: &str) -> String {
    let body = json!({"username": name, "password": PASSWORD});
    let (status, body) = engine.post("/api/token/", &body).await;
    assert_eq!(status, 200, "{body}");
    format!("Token {}", body["token"].as_str().unwrap())
}
