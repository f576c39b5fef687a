//! A batch of a hot wallet as PostgreSQL gets it: its parameters encoded and sent, and its answer read. The server's own
//! instructions are not counted.
#![allow(
    clippy::unwrap_used,
    reason = "what a bench needs and cannot have ends it"
)]

use std::path::Path;
use std::time::Duration;

use testkit::postgres::{self, Postgres};
use tokio_postgres::Config;
use uuid::Uuid;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::{Journal, Lane, SessionNumber, SetOutcome};
use wallet_engine::storage::Database;

use super::{BATCH, decided};

const WAIT: Duration = Duration::from_secs(60);
/// The committer whose session is used.
const SESSION: SessionNumber = SessionNumber {
    lane: Lane::WHOLE,
    number: 0,
};
const NAME: &str = "instructions";

/// Starts a server with a database, and gives its address. It lives in the directory.
pub async fn database(directory: &Path) -> (Postgres, String) {
    let postgres = Postgres::start(directory).await;
    postgres.create(NAME).await;
    let socket = postgres.socket_directory().display();
    let address = format!("host='{socket}' user=wallet dbname={NAME}");
    (postgres, address)
}

/// Commits so many batches on a new wallet.
pub fn run(times: u64, database: &str) {
    actix_web::rt::System::new().block_on(commit(times, database));
}

async fn commit(times: u64, address: &str) {
    let config: Config = address.parse().unwrap();
    let id = WalletId(Uuid::new_v4());
    register(&config, id).await;
    let database = Database::new(&config, 1, 1, &DatabaseLimits::of(WAIT)).unwrap();
    let loaded = database.load(None, &[id]).await.unwrap();
    let mut wallet = loaded.into_iter().next().unwrap().unwrap().unwrap();
    for _ in 0..times {
        let set = decided(&mut wallet, BATCH).unwrap();
        let committed = database.commit(SESSION, &[set]).await.unwrap();
        assert!(matches!(committed[..], [SetOutcome::Committed(_)]));
    }
    database.close().await;
}

/// A user with an empty wallet.
async fn register(config: &Config, wallet: WalletId) {
    const REGISTER: &str = "
        WITH registered AS (
            INSERT INTO users (username, email, password_hash, wallet_id)
            VALUES ($1::uuid::text, $1::uuid::text || '@example.com', '', $1::uuid)
            RETURNING id, wallet_id
        )
        INSERT INTO wallets (id, user_id) SELECT wallet_id, id FROM registered";
    let client = postgres::connect(config).await;
    client.execute(REGISTER, &[&wallet.0]).await.unwrap();
}
