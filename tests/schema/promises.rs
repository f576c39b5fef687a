//! What the schema promises is checked by the start and by `verify`.

use std::time::Duration;

use tokio_postgres::{Client, Config};
use wallet_engine::app::{Application, StartError};
use wallet_engine::config::Source;
use wallet_engine::storage::SchemaFault;

use crate::app::TestApp;
use crate::old_databases::{old_database, storage};
use crate::postgres;
use crate::verify::verify;

const CATALOGUE: &str = include_str!("../../sql/queries/schema_catalogue.sql");
const EXPECTED: &str = "src/storage/schema/expected.tsv";

async fn faults(config: &Config) -> Vec<SchemaFault> {
    let database = storage(config, Duration::from_secs(20));
    database.schema_faults().await.unwrap()
}

/// Why the engine does not start.
async fn refusal(config: &Config) -> String {
    let source = Source::of(&[
        ("WALLET_BIND", "127.0.0.1:0"),
        ("WALLET_METRICS_BIND", "off"),
    ]);
    let mut settings = wallet_engine::config::Config::read(&source).unwrap();
    settings.database.url = Some(config.clone().into());
    match Application::start(&settings).await {
        Err(error @ StartError::Schema(_)) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it started"),
    }
}

/// Runs what the faults say; each statement by itself, as some may be in no transaction.
async fn mend(client: &Client, faults: &[SchemaFault]) {
    for fault in faults {
        for statement in fault.mend.split_inclusive(';') {
            client.batch_execute(statement).await.unwrap();
        }
    }
}

#[actix_web::test]
async fn what_is_expected_is_what_a_fresh_database_has() {
    let client = postgres::connect(&postgres::database().await).await;
    let rows = client.query(CATALOGUE, &[]).await.unwrap();
    let mut fresh = Vec::new();
    for row in rows {
        let fields = ["kind", "on_table", "name", "definition"];
        let [kind, table, name, definition] = fields.map(|field| row.get::<_, String>(field));
        // The one is refinery's own, the other not every database can have.
        if table != "refinery_schema_history" && name != "users_by_part" {
            fresh.push(format!("{kind}\t{table}\t{name}\t{definition}\n"));
        }
    }
    fresh.sort();
    let fresh = fresh.concat();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(EXPECTED);
    if std::env::var_os("REMAKE").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        fresh,
        "REMAKE=1 writes it again"
    );
}

#[actix_web::test]
async fn a_fresh_database_and_a_migrated_one_keep_every_promise() {
    let config = postgres::database().await;
    assert_eq!(faults(&config).await, []);
    let (config, _) = old_database().await;
    assert!(faults(&config).await[0].mend.contains("migrate"));
    storage(&config, Duration::from_secs(60))
        .migrate()
        .await
        .unwrap();
    assert_eq!(faults(&config).await, []);
}

/// Tables that foreign keys refer to.
const REFERRED_TO: [&str; 4] = ["users", "webhooks", "engines", "staff_factors"];

#[actix_web::test]
async fn whatever_is_missing_refuses_the_start_and_what_is_to_be_run_mends_it() {
    let rows = include_str!("../../src/storage/schema/expected.tsv").lines();
    for row in rows {
        let fields: Vec<&str> = row.split('\t').collect();
        let [kind, table, name, definition] = fields[..] else {
            panic!("{row}")
        };
        // Foreign keys need what they refer to.
        if definition.starts_with("PRIMARY KEY") && REFERRED_TO.contains(&table) {
            continue;
        }
        let config = postgres::database().await;
        let client = postgres::connect(&config).await;
        let lose = match kind {
            "index" => format!("DROP INDEX {name}"),
            "identity" => format!("ALTER TABLE {table} ALTER COLUMN {name} DROP IDENTITY"),
            _ => format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
        };
        client.batch_execute(&lose).await.unwrap();
        let found = faults(&config).await;
        assert_eq!(found.len(), 1, "{lose}: {found:?}");
        assert!(found[0].what.contains(name), "{lose}: {found:?}");
        mend(&client, &found).await;
        assert_eq!(faults(&config).await, [], "{lose}");
    }
}

#[actix_web::test]
async fn an_index_that_is_not_complete_or_not_unique_refuses_the_start() {
    let config = postgres::database().await;
    let client = postgres::connect(&config).await;
    let spoil = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'wallets_pkey'::regclass;
        DROP INDEX operations_idempotency_key;
        CREATE INDEX operations_idempotency_key ON operations (wallet_id, idempotency_key COLLATE \"C\")
            WHERE idempotency_key IS NOT NULL";
    client.batch_execute(spoil).await.unwrap();
    let refusal = refusal(&config).await;
    for part in [
        "REINDEX INDEX CONCURRENTLY wallets_pkey;",
        "CREATE UNIQUE INDEX CONCURRENTLY operations_idempotency_key",
    ] {
        assert!(refusal.contains(part), "{part} is missing in {refusal}");
    }
    mend(&client, &faults(&config).await).await;
    assert_eq!(faults(&config).await, []);
}

#[actix_web::test]
async fn a_sequence_behind_its_column_refuses_the_start() {
    let config = postgres::database().await;
    let app = TestApp::spawn_on(config.clone(), |_| {}).await;
    for name in ["alice", "bob", "carol"] {
        app.wallet(name).await;
    }
    app.stop().await.unwrap();
    let client = postgres::connect(&config).await;
    let lag = "ALTER TABLE users ALTER COLUMN id RESTART WITH 1";
    client.batch_execute(lag).await.unwrap();
    let refusal = refusal(&config).await;
    assert!(
        refusal.contains("users.id is at 0, but the highest is 3"),
        "{refusal}"
    );
    assert!(refusal.contains("setval"), "{refusal}");
    let (agrees, output) = verify(&config);
    assert!(!agrees);
    assert!(
        output.contains("schema: the sequence of users.id"),
        "{output}"
    );
    mend(&client, &faults(&config).await).await;
    assert!(verify(&config).0);
    let app = TestApp::spawn_on(config, |_| {}).await;
    app.wallet("dave").await;
    app.stop().await.unwrap();
}
