//! Webhooks, as they are stored.

use testkit::app::TestApp;
use testkit::postgres;
use tokio_postgres::{Client, Row};
use uuid::Uuid;
use wallet_engine::events::Cursor;
use wallet_engine::events::webhooks::{WebhookSecret, signatures};

use crate::receiver::{Receiver, Seen};

/// A webhook of a test.
pub struct Hook {
    pub id: Uuid,
    pub secret: WebhookSecret,
    pub client: Client,
}

/// An engine whose receivers are on loopback.
pub async fn engine() -> TestApp {
    TestApp::spawn_with(|config| config.webhooks.allow_private = true).await
}

impl Hook {
    /// For all events, from the beginning.
    pub async fn to(app: &TestApp, receiver: &Receiver) -> Self {
        Self::make(&app.database, &receiver.url()).await
    }

    pub async fn make(database: &tokio_postgres::Config, url: &str) -> Self {
        Self::filtered(database, url, None, None).await
    }

    /// For events of one type, or of one wallet, alone.
    pub async fn filtered(
        database: &tokio_postgres::Config,
        url: &str,
        r#type: Option<&str>,
        wallet: Option<&str>,
    ) -> Self {
        let client = postgres::connect(database).await;
        let secret = WebhookSecret::generate().unwrap();
        let made = client
            .query_one(
                "INSERT INTO webhooks (slot, url, secret, cursor, types, wallet_id)
                 SELECT count(*) + 1, $1, $2, $3, $4, $5::text::uuid FROM webhooks RETURNING id",
                &[
                    &url,
                    &secret.as_bytes(),
                    &Cursor::START.to_string(),
                    &r#type.map(|r#type| vec![r#type]),
                    &wallet,
                ],
            )
            .await;
        Self {
            id: made.unwrap().get(0),
            secret,
            client,
        }
    }

    /// Changes its row, as the API does.
    pub async fn set(&self, changes: &str) {
        let statement =
            format!("UPDATE webhooks SET {changes}, version = version + 1 WHERE id = $1");
        let rows = self.client.execute(&statement, &[&self.id]).await.unwrap();
        assert_eq!(rows, 1);
    }

    /// Its row, and how many wallets wait and events are set aside.
    pub async fn row(&self) -> Row {
        let statement = "SELECT *,
                (SELECT count(*) FROM webhook_waiting WHERE webhook_id = $1) AS waiting,
                (SELECT count(*) FROM webhook_set_aside WHERE webhook_id = $1) AS set_aside
             FROM webhooks WHERE id = $1";
        self.client.query_one(statement, &[&self.id]).await.unwrap()
    }

    /// Waits until its row is so.
    pub async fn wait_for(&self, what: &str, is_so: impl Fn(&Row) -> bool) -> Row {
        let begun = std::time::Instant::now();
        loop {
            let row = self.row().await;
            if is_so(&row) {
                return row;
            }
            assert!(begun.elapsed().as_secs() < 60, "{what}: {row:?}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Asserts that it is signed with exactly these secrets.
    pub fn assert_signed(seen: &Seen, secrets: &[&WebhookSecret]) {
        let timestamp = seen.header("webhook-timestamp").parse().unwrap();
        let id = seen.header("webhook-id");
        let expected = signatures(secrets.iter().copied(), &id, timestamp, &seen.raw);
        assert_eq!(seen.header("webhook-signature"), expected);
    }
}

/// The id of a wallet's path.
pub fn id_of(wallet: &str) -> &str {
    wallet
        .trim_start_matches("/api/wallets/")
        .trim_end_matches('/')
}
