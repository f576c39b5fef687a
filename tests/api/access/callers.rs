//! An application with `WALLET_AUTH` on, its keys and its owners.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;
use wallet_engine::auth::{Scopes, Secret};
use wallet_engine::config::{AuthMode, Config};

use crate::app::TestApp;
use crate::postgres;

pub const PASSWORD: &str = "secret-secret";

/// What every scope together is.
pub const ALL: &str = "wallets:read,operations:write,transfers:write,holds:write,rules:write,users:write,\
                       events:read,webhooks:write,journal:read";

/// A running engine that takes keys and tokens.
pub struct Protected {
    pub app: TestApp,
    pub database: Client,
    /// A key with all scopes.
    pub key: String,
}

/// A user with their wallet.
pub struct Owner {
    pub name: String,
    /// The path of their wallet.
    pub path: String,
    pub wallet: Uuid,
}

/// An answer, as far as tests compare it.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Protected {
    pub async fn spawn() -> Self {
        Self::spawn_with(|_| {}).await
    }

    /// With other settings besides.
    pub async fn spawn_with(change: impl FnOnce(&mut Config)) -> Self {
        let app = TestApp::spawn_with(|config| {
            config.server.auth = AuthMode::On;
            change(config);
        })
        .await;
        let database = postgres::connect(&app.database).await;
        let key = insert_key(&database, "all", ALL, None).await;
        let key = format!("Bearer {key}");
        Self { app, database, key }
    }

    /// The `Authorization` of a new key.
    pub async fn key(&self, name: &str, scopes: &str, wallets: Option<&[Uuid]>) -> String {
        let key = insert_key(&self.database, name, scopes, wallets).await;
        format!("Bearer {key}")
    }

    /// Registers a user.
    pub async fn owner(&self, name: &str) -> Owner {
        let body =
            json!({"username": name, "email": format!("{name}@example.com"), "password": PASSWORD});
        let sent = self.post("/api/register/", &self.key, &body).await;
        assert_eq!(sent.status, 201, "{}", sent.body);
        let path = sent.headers["location"].to_str().unwrap().to_owned();
        Owner {
            name: name.to_owned(),
            wallet: path.split('/').nth(3).unwrap().parse().unwrap(),
            path,
        }
    }

    /// Registers a user and gives them money.
    pub async fn owner_with(&self, name: &str, amount: &str) -> Owner {
        let owner = self.owner(name).await;
        let body = json!({"operationType": "DEPOSIT", "amount": amount});
        let path = format!("{}operation/", owner.path);
        let done = self.post(&path, &self.key, &body).await;
        assert_eq!(done.status, 200, "{}", done.body);
        owner
    }

    /// Signs a user in; gives the `Authorization` of the token.
    pub async fn token(&self, username: &str) -> String {
        let signed_in = self.sign_in(username, PASSWORD).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.body);
        format!("Token {}", signed_in.json()["token"].as_str().unwrap())
    }

    pub async fn sign_in(&self, username: &str, password: &str) -> Answered {
        let body = json!({"username": username, "password": password});
        let request = self.request(Method::POST, "/api/token/").json(&body);
        answered(request).await
    }

    pub async fn get(&self, path: &str, authorization: &str) -> Answered {
        let request = self.request(Method::GET, path);
        answered(request.header("authorization", authorization)).await
    }

    pub async fn post(&self, path: &str, authorization: &str, body: &Value) -> Answered {
        let request = self.request(Method::POST, path).json(body);
        answered(request.header("authorization", authorization)).await
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.app.http.request(method, self.app.url(path))
    }

    /// Writes to the database what no endpoint does.
    pub async fn sql(&self, statement: &str) {
        self.database.batch_execute(statement).await.unwrap();
    }
}

impl Answered {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        let body = self.json();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// All values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }
}

pub async fn answered(request: RequestBuilder) -> Answered {
    let response = request.send().await.unwrap();
    Answered {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.text().await.unwrap(),
    }
}

/// Stores a key as `create-key` does; gives its text.
async fn insert_key(
    database: &Client,
    name: &str,
    scopes: &str,
    wallets: Option<&[Uuid]>,
) -> String {
    let scopes: Scopes = scopes.parse().unwrap();
    let scopes: Vec<String> = scopes.iter().map(|scope| scope.to_string()).collect();
    let key = Secret::new_key().unwrap();
    let insert =
        "INSERT INTO api_keys (name, slot, digest, scopes, wallets) VALUES ($1, 1, $2, $3, $4)";
    let digest = key.digest();
    database
        .execute(insert, &[&name, &digest.as_bytes(), &scopes, &wallets])
        .await
        .unwrap();
    key.expose().to_owned()
}
