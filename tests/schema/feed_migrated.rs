//! A database from before the feed is migrated while engines of that version write on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value;
use tokio_postgres::{Client, Config};
use uuid::Uuid;

use crate::app::TestApp;
use crate::catalogue::{catalogue, fresh};
use crate::old_databases::storage;
use crate::postgres;

/// Makes version 15 of a database that this build made. Versions of after the feed go with it.
const BEFORE_THE_FEED: &str = "
    ALTER TABLE operations DROP COLUMN feed_position, DROP COLUMN feed_run;
    DROP FUNCTION feed_position();
    DROP TABLE feed_epochs;
    DROP TABLE webhook_requests, webhook_set_aside, webhook_waiting, webhooks;
    ALTER TABLE users DROP COLUMN role;
    DROP TABLE staff_journal, staff_journal_last;
    DROP FUNCTION staff_journal_write, staff_journal_keep;
    DROP TABLE staff_recovery_codes, staff_factors;
    ALTER TABLE admin_sessions
        DROP COLUMN id, DROP COLUMN verified_at, DROP COLUMN seen_at, DROP COLUMN address, DROP COLUMN agent,
        DROP COLUMN pending_secret, DROP COLUMN pending_until;
    DROP TABLE staff_amounts, approvals, engine_samples, engines;
    DROP TABLE imports;
    DROP FUNCTION password_tag;
    ALTER TABLE users DROP COLUMN imported_at, DROP COLUMN password_renewal;
    DELETE FROM operation_kinds WHERE kind IN ('OPENING', 'OPENING_REDUCTION');
    DELETE FROM refinery_schema_history WHERE version > 15";

const WALLETS: usize = 4_000;
const ROWS_A_WALLET: usize = 10;

const FILL: &str = "
    INSERT INTO users (username, email, password_hash, wallet_id)
    SELECT 'user' || n, 'user' || n || '@example.com', '', gen_random_uuid() FROM generate_series(1, 4000) n;
    INSERT INTO wallets (id, user_id, balance, version) SELECT wallet_id, id, 0.10, 10 FROM users;
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
    SELECT id, n, gen_random_uuid(), 'DEPOSIT', 0.01, n * 0.01 FROM wallets, generate_series(1, 10) n";

/// Two rows in one statement, as that version writes a batch.
const WRITE: &str = "
    WITH moved AS (
        UPDATE wallets SET balance = balance + 0.02, version = version + 2 WHERE id = $1
        RETURNING id, version, balance
    )
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
    SELECT id, version - 1 + n, gen_random_uuid(), 'DEPOSIT', 0.01, balance - 0.01 + 0.01 * n
    FROM moved, generate_series(0, 1) n";

/// Writes until it is over; returns the longest that one write took.
async fn write(
    config: Config,
    writer: i64,
    written: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
) -> Duration {
    let client = postgres::connect(&config).await;
    let wallet = "SELECT id FROM wallets ORDER BY id OFFSET $1 LIMIT 1";
    let wallet: Uuid = client.query_one(wallet, &[&writer]).await.unwrap().get(0);
    let mut longest = Duration::ZERO;
    while !is_over.load(Ordering::Relaxed) {
        let began = Instant::now();
        client.execute(WRITE, &[&wallet]).await.unwrap();
        longest = longest.max(began.elapsed());
        written.fetch_add(1, Ordering::Relaxed);
    }
    longest
}

/// The numbers of each wallet's rows in the order in which the feed has them, to its end or of so many pages.
async fn feed(app: &TestApp, pages_max: usize) -> BTreeMap<String, Vec<i64>> {
    let mut rows: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut after = String::new();
    for _ in 0..pages_max {
        let (status, page) = app
            .get(&format!("/api/events/?limit=1000&wait=1{after}"))
            .await;
        assert_eq!(status, 200, "{page}");
        let events = page["events"].as_array().unwrap();
        if events.is_empty() {
            break;
        }
        for event in events {
            let of = |value: &Value| value.as_str().map(str::to_owned);
            let wallet = of(&event["wallet"]).unwrap_or_else(|| panic!("{event}"));
            let number = event["operation"]["id"].as_i64().unwrap();
            rows.entry(wallet).or_default().push(number);
        }
        after = format!("&after={}", page["next"].as_str().unwrap());
    }
    rows
}

/// How many rows each wallet has.
async fn versions(client: &Client) -> BTreeMap<String, i64> {
    let wallets = "SELECT id::text, version FROM wallets";
    let rows = client.query(wallets, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[actix_web::test]
async fn a_feed_that_begins_beside_writers_has_every_row_and_keeps_none_of_them_waiting() {
    let config = postgres::database().await;
    let client = postgres::connect(&config).await;
    client.batch_execute(BEFORE_THE_FEED).await.unwrap();
    client.batch_execute(FILL).await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let written = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (written, is_over) = (Arc::clone(&written), Arc::clone(&is_over));
            actix_web::rt::spawn(write(config.clone(), writer, written, is_over))
        })
        .collect();
    let before = written.load(Ordering::Relaxed);

    let migrated = storage(&config, Duration::from_secs(60)).migrate().await;

    let meanwhile = written.load(Ordering::Relaxed);
    assert!(meanwhile > before, "nothing was written meanwhile");
    // Old engines write on, and this one reads.
    let app = TestApp::spawn_on(config.clone(), |_| {}).await;
    assert!(!feed(&app, 3).await.is_empty());
    is_over.store(true, Ordering::Relaxed);
    for longest in join_all(writers).await {
        let longest = longest.unwrap();
        assert!(
            longest < Duration::from_secs(1),
            "a writer waited for {longest:?}"
        );
    }
    assert!(migrated.unwrap() > 0);
    assert_eq!(catalogue(&client).await, fresh().await);
    assert!(written.load(Ordering::Relaxed) > meanwhile);

    let read = feed(&app, usize::MAX).await;
    let versions = versions(&client).await;
    assert_eq!(read.len(), WALLETS);
    for (wallet, numbers) in read {
        let all: Vec<i64> = (1..=versions[&wallet]).collect();
        assert!(all.len() >= ROWS_A_WALLET);
        assert_eq!(numbers, all, "{wallet}");
    }
    app.stop().await.unwrap();
}
