//! What the database has of keys, tokens and passwords, and what it tells engines.

mod changes;
mod keys;
mod renewals;
mod role;
mod tokens;

use std::time::Duration;

use tokio_postgres::{Client, Config};
use wallet_engine::auth::{Digest, Directory, Scope, Scopes, Secret};
use wallet_engine::config::DatabaseLimits;
use wallet_engine::domain::UserId;
use wallet_engine::storage::{Database, KeyMade, KeyName, ListedKey, NewKey};

use crate::postgres;

const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const READ: Scopes = Scopes::of(&[Scope::WalletsRead]);

/// A database, with a session of the test's own.
struct Stored {
    database: Database,
    client: Client,
    config: Config,
}

impl Stored {
    async fn new() -> Self {
        let config = postgres::database().await;
        let limits = DatabaseLimits::of(PATIENCE);
        Self {
            database: Database::new(&config, 8, 1, &limits).unwrap(),
            client: postgres::connect(&config).await,
            config,
        }
    }

    /// A user with this password hash.
    async fn user(&self, name: &str, hash: &str) -> UserId {
        let insert = "INSERT INTO users (username, email, password_hash, wallet_id)
                      VALUES ($1, $1 || '@example.com', $2, gen_random_uuid()) RETURNING id";
        let row = self.client.query_one(insert, &[&name, &hash]).await;
        UserId(row.unwrap().get(0))
    }

    async fn count(&self, of: &str) -> i64 {
        let count = format!("SELECT count(*) FROM {of}");
        self.client.query_one(&count, &[]).await.unwrap().get(0)
    }

    /// A key of that name.
    async fn make(&self, name: &str, lasts: Option<Duration>) -> (KeyMade, Digest) {
        let name = KeyName::parse(name).unwrap();
        let digest = Secret::new_key().unwrap().digest();
        let key = NewKey {
            name: &name,
            digest,
            scopes: READ,
            wallets: None,
            lasts,
            form: None,
            entry: None,
        };
        (self.database.key_create(&key).await.unwrap(), digest)
    }

    async fn live(&self, name: &str) -> Vec<i64> {
        let name = KeyName::parse(name).unwrap();
        self.database.keys_of(&name).await.unwrap()
    }

    async fn keys(&self) -> Vec<ListedKey> {
        self.database.keys(None, 100).await.unwrap()
    }

    async fn token(&self, user: UserId, checked: &str, lasts: Duration) -> (bool, Digest) {
        let token = Secret::new_token().unwrap().digest();
        let begun = self.database.token_begin(token, user, checked, lasts).await;
        (begun.unwrap(), token)
    }

    async fn is_valid(&self, token: Digest) -> bool {
        self.database.token(token, READ).await.unwrap().is_some()
    }
}

fn number(made: KeyMade) -> i64 {
    match made {
        KeyMade::Made { id, .. } => id,
        other => panic!("{other:?}"),
    }
}
