//! Rows in the service's tables, as the service would have made them.

use testkit::django::Django;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::command::{Import, observer, until};

/// Of the password `hush-hush`, by the service's own hasher with few rounds.
pub const HASH: &str =
    "pbkdf2_sha256$1000$7Lq2Vx0aTz5n$poEH0c35nv/Lflaiyp9VOOkNbrCPCMHrr/xAi7/IKv0=";

/// The service's database, and a session of the test's in it.
pub struct Source {
    pub django: Django,
    pub client: Client,
}

impl Source {
    /// With users 1 to `users`, each with a wallet; every tenth has nothing in it.
    pub async fn with(users: i64) -> Self {
        let django = Django::new().await;
        let client = observer(django.database()).await;
        let source = Self { django, client };
        fill(&source.client, 1, users).await;
        source
    }

    /// Ends the session of the test's; returns when no one is connected to the service's database.
    pub async fn leave(self, import: &Import) -> Django {
        let Self { django, client } = self;
        drop(client);
        let name = django.database().get_dbname().unwrap();
        let left = format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '{name}'");
        until(&observer(&import.target).await, &left).await;
        django
    }

    pub async fn execute(&self, statements: &str) {
        self.client.batch_execute(statements).await.unwrap();
    }
}

/// Makes users `from` to `to`, each with a wallet.
pub async fn fill(client: &Client, from: i64, to: i64) {
    let users = format!(
        "INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, \
             date_joined) \
         SELECT id, '{HASH}', false, 'user' || id, 'First', 'Last', 'user' || id || '@example.com', id % 50 = 0, \
             id % 7 <> 0, '2024-02-29T12:00:00Z'::timestamptz + id * interval '1.000001 second' \
         FROM generate_series({from}::bigint, {to}::bigint) AS id; \
         SELECT setval(pg_get_serial_sequence('auth_user', 'id'), max(id)) FROM auth_user"
    );
    client.batch_execute(&users).await.unwrap();
    let wallets = format!(
        "INSERT INTO wallets_wallet (id, user_id, balance) \
         SELECT md5('wallet of ' || id)::uuid, id, (id % 10) * 100.01 FROM auth_user WHERE id BETWEEN {from} AND {to}"
    );
    client.batch_execute(&wallets).await.unwrap();
}

/// The wallet that [`fill`] gives a user.
pub async fn wallet_of(client: &Client, user: i64) -> Uuid {
    let select = "SELECT id FROM wallets_wallet WHERE user_id = $1";
    let user = i32::try_from(user).unwrap();
    client.query_one(select, &[&user]).await.unwrap().get(0)
}
