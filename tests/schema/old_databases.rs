//! Databases that an earlier build made, and what became of them when a migration was interrupted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio_postgres::{Client, Config};
use uuid::Uuid;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;

use crate::catalogue::{catalogue, empty, fresh};
use crate::postgres;

mod files {
    refinery::embed_migrations!("sql/migrations");
}

/// The last version of which every unique index was in the database's own order.
const BEFORE_BYTES: i32 = 6;

/// A version under which adjustments were called corrections. (Later ones cannot be made of files alone.)
const OF_CORRECTIONS: i32 = 8;

pub fn storage(config: &Config, wait: Duration) -> Database {
    let limits = DatabaseLimits {
        migrate: wait,
        ..DatabaseLimits::of(Duration::from_secs(20))
    };
    Database::new(config, 1, 1, &limits).unwrap()
}

/// A database as that one left it.
pub async fn old_database() -> (Config, Client) {
    old_database_of(BEFORE_BYTES).await
}

/// A database as a version left it.
pub async fn old_database_of(version: i32) -> (Config, Client) {
    let (config, mut client) = empty().await;
    let target = refinery::Target::Version(version);
    let runner = files::migrations::runner().set_target(target);
    runner.run_async(&mut client).await.unwrap();
    (config, client)
}

pub const FILL: &str = "
    INSERT INTO users (username, email, email_key, password_hash, wallet_id)
    SELECT 'user' || n, 'user' || n || '@example.com', 'user' || n || '@example.com', '', gen_random_uuid()
    FROM generate_series(1, 20000) n;
    INSERT INTO wallets (id, user_id, balance, version) SELECT wallet_id, id, 0.10, 10 FROM users;
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, idempotency_key)
    SELECT id, n, gen_random_uuid(), 'DEPOSIT', 0.01, n * 0.01, 'key ' || n FROM wallets, generate_series(1, 10) n";

/// A deposit with a key, as the engine writes it, and a registration.
const WRITE: &str = "
    WITH moved AS (
        UPDATE wallets SET balance = balance + 0.01, version = version + 1 WHERE id = $1
        RETURNING id, version, balance
    ), registered AS (
        INSERT INTO users (username, email, password_hash, wallet_id) VALUES ($2, $2, '', gen_random_uuid())
    )
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, idempotency_key)
    SELECT id, version, gen_random_uuid(), 'DEPOSIT', 0.01, balance, $2 FROM moved";

/// Writes until it is over; returns how often, and the longest that one write took.
async fn write(config: Config, writer: usize, is_over: Arc<AtomicBool>) -> (usize, Duration) {
    let client = postgres::connect(&config).await;
    let wallet = format!("SELECT id FROM wallets ORDER BY id OFFSET {writer} LIMIT 1");
    let wallet: Uuid = client.query_one(&wallet, &[]).await.unwrap().get(0);
    let (mut written, mut longest) = (0, Duration::ZERO);
    while !is_over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let name = format!("writer {writer} {written}");
        client.execute(WRITE, &[&wallet, &name]).await.unwrap();
        longest = longest.max(began.elapsed());
        written += 1;
    }
    (written, longest)
}

#[actix_web::test]
async fn an_old_database_is_migrated_beside_writers_and_ends_up_as_a_fresh_one() {
    let (config, client) = old_database().await;
    client.batch_execute(FILL).await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|writer| actix_web::rt::spawn(write(config.clone(), writer, Arc::clone(&is_over))))
        .collect();

    let migrated = storage(&config, Duration::from_secs(60)).migrate().await;

    is_over.store(true, Ordering::Relaxed);
    for written in join_all(writers).await {
        let (written, longest) = written.unwrap();
        assert!(written > 0);
        assert!(
            longest < Duration::from_secs(1),
            "a writer waited for {longest:?}"
        );
    }
    assert_eq!(migrated.unwrap(), files_after(6));
    assert_eq!(catalogue(&client).await, fresh().await);
    let database = storage(&config, Duration::from_secs(60));
    assert_eq!(database.migrate().await.unwrap(), 0);
}

#[actix_web::test]
async fn a_migration_that_was_interrupted_anywhere_goes_on() {
    let fresh = fresh().await;
    let build = include_str!("../../sql/online/operations_idempotency_key_build.sql");
    let swap = include_str!("../../sql/online/operations_idempotency_key_swap.sql");
    let spoil = "UPDATE pg_index SET indisvalid = false, indisready = false
                 WHERE indexrelid = 'operations_idempotency_key_bytes'::regclass";
    for steps in [&[build, spoil][..], &[build], &[build, swap]] {
        let (config, client) = old_database().await;
        client.batch_execute(FILL).await.unwrap();
        for step in steps {
            client.batch_execute(step).await.unwrap();
        }
        storage(&config, Duration::from_secs(60))
            .migrate()
            .await
            .unwrap();
        assert_eq!(catalogue(&client).await, fresh, "{steps:?}");
    }
}

#[actix_web::test]
async fn an_index_whose_build_was_interrupted_is_built_by_the_next_start() {
    let fresh = fresh().await;
    let config = postgres::database().await;
    let client = postgres::connect(&config).await;
    for spoil in [
        "DROP INDEX operations_hold, operations_reverses",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'operations_hold'::regclass",
        "UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 'operations_reverses'::regclass",
    ] {
        client.batch_execute(spoil).await.unwrap();
        let database = storage(&config, Duration::from_secs(60));
        assert_ne!(database.schema_faults().await.unwrap(), [], "{spoil}");
        assert_eq!(database.migrate().await.unwrap(), 0);
        assert_eq!(catalogue(&client).await, fresh, "{spoil}");
        assert_eq!(database.schema_faults().await.unwrap(), []);
    }
}

#[actix_web::test]
async fn a_balance_that_is_no_number_is_refused_and_one_from_before_keeps_no_engine_from_starting()
{
    let (config, client) = old_database().await;
    client.batch_execute(FILL).await.unwrap();
    let spoil =
        "UPDATE wallets SET balance = 'NaN' WHERE id = (SELECT min(id::text)::uuid FROM wallets)";
    client.batch_execute(spoil).await.unwrap();

    let app = crate::app::TestApp::spawn_on(config, |_| {}).await;

    let refused = client
        .batch_execute("UPDATE wallets SET balance = 'NaN'")
        .await;
    let refused = refused.unwrap_err();
    let constraint = refused.as_db_error().unwrap().constraint();
    assert_eq!(constraint, Some("wallets_balance_max_check"));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn adjustments_take_their_new_name_however_far_their_index_was() {
    let fresh = fresh().await;
    let build = "CREATE UNIQUE INDEX corrections_pkey_bytes
        ON corrections (wallet_id, idempotency_key COLLATE \"C\")";
    let swap = "ALTER TABLE corrections DROP CONSTRAINT corrections_pkey;
        ALTER INDEX corrections_pkey_bytes RENAME TO corrections_pkey;
        ALTER TABLE corrections REPLICA IDENTITY USING INDEX corrections_pkey";
    for steps in [&[][..], &[build], &[build, swap]] {
        let (config, client) = old_database_of(OF_CORRECTIONS).await;
        for step in steps {
            client.batch_execute(step).await.unwrap();
        }
        let migrated = storage(&config, Duration::from_secs(60)).migrate().await;
        assert_eq!(migrated.unwrap(), files_after(8));
        assert_eq!(catalogue(&client).await, fresh, "{steps:?}");
    }
}

/// Two wallets with an operation under a key each, and an adjustment of the first one.
const ADJUSTED: &str = "
    INSERT INTO users (username, email, email_key, password_hash, wallet_id)
    SELECT name, name || '@example.com', name || '@example.com', '', gen_random_uuid() FROM unnest('{alice,bob}'::text[]) name;
    INSERT INTO wallets (id, user_id, balance, version) SELECT wallet_id, id, 5, 1 FROM users;
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, request_hash, idempotency_key)
    SELECT wallet_id, 1, gen_random_uuid(), 'DEPOSIT', 5, 5, sha256('DEPOSIT 5.00'),
        CASE username WHEN 'alice' THEN 'admin:gift' ELSE 'salary' END
    FROM users;
    INSERT INTO corrections (wallet_id, idempotency_key, staff_id, kind, amount, reason)
    SELECT wallet_id, idempotency_key, 1, kind, amount, 'a gift' FROM operations WHERE idempotency_key = 'admin:gift'";

#[actix_web::test]
async fn wallets_with_keys_and_adjustments_of_an_older_version_take_part_in_transfers() {
    let (config, client) = old_database_of(OF_CORRECTIONS).await;
    client.batch_execute(ADJUSTED).await.unwrap();
    let app = crate::app::TestApp::spawn_on(config.clone(), |_| {}).await;
    let rows = client
        .query("SELECT wallet_id::text FROM users ORDER BY username", &[])
        .await;
    let [alice, bob] = [0, 1].map({
        let rows = rows.unwrap();
        move |n: usize| rows[n].get::<_, String>(0)
    });

    let operations = json!([
        {"wallet": bob, "kind": "DEPOSIT", "amount": "5.00", "key": "salary"},
        {"wallet": bob, "kind": "TRANSFER", "to": alice, "amount": "5.00", "key": "salary"},
        {"wallet": bob, "kind": "TRANSFER", "to": alice, "amount": "2.00", "key": "rent"},
    ]);
    let batch = json!({"atomic": false, "operations": operations});
    let (status, body) = app.post("/api/batch/", &batch).await;
    assert_eq!(status, 200, "{body}");
    let results = &body["results"];
    assert_eq!(results[0]["replayed"], true, "{body}");
    assert_eq!(results[1]["status"], 422, "{body}");
    assert_eq!(results[2]["balance"], "3.00", "{body}");
    let adjusted = "SELECT a.amount = o.amount AND a.kind = o.kind AND a.other_wallet IS NULL
                    FROM adjustments a JOIN operations o USING (wallet_id, idempotency_key)";
    let row = client.query_one(adjusted, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    let unvalidated = "SELECT count(*) FROM pg_constraint WHERE NOT convalidated";
    let row = client.query_one(unvalidated, &[]).await.unwrap();
    assert_eq!(
        row.get::<_, i64>(0),
        0,
        "rows of old versions obey the new checks"
    );
    app.stop().await.unwrap();
    let (agrees, output) = crate::verify::verify(&config);
    assert!(agrees, "{output}");
}

/// How many migrations there are after that number.
pub fn files_after(number: usize) -> usize {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/migrations");
    std::fs::read_dir(files).unwrap().count() - number
}
