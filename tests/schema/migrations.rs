//! When a start migrates, and when it leaves the database alone.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use crate::app::TestApp;
use crate::catalogue::{catalogue, empty};
use crate::old_databases::{old_database, storage};
use crate::postgres;
use crate::verify::run;

/// The lock's number, as documented for operators.
const LOCK: i64 = 0x77_61_6c_6c_65_74;

#[actix_web::test]
async fn a_role_that_may_change_nothing_of_the_schema_serves_it() {
    let mut config = postgres::database().await;
    let client = postgres::connect(&config).await;
    let role = format!("serves_{}", config.get_dbname().unwrap());
    let grant = format!(
        "CREATE ROLE {role};
         GRANT pg_read_all_stats, pg_signal_backend TO {role};
         REVOKE CREATE ON SCHEMA public FROM PUBLIC;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
         -- As of a role that was given the tables of an earlier version.
         REVOKE ALL ON operation_kinds FROM {role}"
    );
    client.batch_execute(&grant).await.unwrap();
    config.options(format!("-c role={role}"));

    let app = TestApp::spawn_on(config, |_| {}).await;
    let wallet = app.wallet("alice").await;
    assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn where_nothing_is_to_be_done_no_lock_is_waited_for() {
    let config = postgres::database().await;
    let other = postgres::connect(&config).await;
    other
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await
        .unwrap();
    let app = TestApp::spawn_on(config, |config| {
        config.database.limits.migrate = Duration::from_secs(1);
    });
    app.await.stop().await.unwrap();
}

#[actix_web::test]
async fn a_start_that_waits_for_another_migration_ends_and_names_the_session() {
    let (mut config, _) = empty().await;
    config.application_name("the other one");
    let other = postgres::connect(&config).await;
    other
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await
        .unwrap();
    let pid: i32 = other
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);

    let began = Instant::now();
    let refused = storage(&config, Duration::from_secs(1)).migrate().await;
    let refused = refused.unwrap_err().to_string();
    assert!(began.elapsed() >= Duration::from_secs(1));
    for part in [
        &format!("session {pid} "),
        "the other one",
        "WALLET_MIGRATE_WAIT_S",
    ] {
        assert!(refused.contains(part), "{part} is missing in: {refused}");
    }
    assert_eq!(catalogue(&other).await, [""; 0]);

    other
        .execute("SELECT pg_advisory_unlock($1)", &[&LOCK])
        .await
        .unwrap();
    assert!(
        storage(&config, Duration::from_secs(20))
            .migrate()
            .await
            .unwrap()
            > 6
    );
}

#[actix_web::test]
async fn a_start_that_waits_for_another_migration_logs_which_session_it_waits_for() {
    let (config, _) = empty().await;
    let other = postgres::connect(&config).await;
    other
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await
        .unwrap();
    let pid: i32 = other
        .query_one("SELECT pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);

    let limit = [("WALLET_MIGRATE_WAIT_S", "2")];
    let waiting = tokio::task::spawn_blocking(move || run(&config, "migrate", &limit));
    let (succeeded, output) = waiting.await.unwrap();

    assert!(!succeeded);
    let line = output
        .lines()
        .find(|line| line.contains("waiting for another session's migration lock"));
    assert!(
        line.is_some_and(|line| line.contains(&format!("session {pid} "))),
        "{output}"
    );
}

/// Unique indexes with text in them, and the collations of their columns.
async fn text_keys(client: &Client) -> Vec<(String, Vec<String>)> {
    let keys = "
        SELECT i.indexrelid::regclass::text, array_agg(DISTINCT l.collname::text)
        FROM pg_index i
        CROSS JOIN unnest(i.indcollation) AS text (id)
        JOIN pg_collation l ON l.oid = text.id
        JOIN pg_class t ON t.oid = i.indrelid AND t.relnamespace = 'public'::regnamespace
        WHERE i.indisunique
        GROUP BY 1
        ORDER BY 1";
    let rows = client.query(keys, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[actix_web::test]
async fn every_unique_index_over_text_is_in_the_order_of_bytes() {
    let client = postgres::connect(&postgres::database().await).await;
    let keys = text_keys(&client).await;
    let names: Vec<&str> = keys.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "adjustments_pkey",
            "api_keys_live_key",
            "approvals_adjustment_key",
            "operation_kinds_pkey",
            "operations_idempotency_key",
            "registration_keys_pkey",
            "users_email_key",
            "users_username_key",
            "webhook_requests_pkey",
            "webhook_set_aside_cursor_key"
        ]
    );
    for (name, collations) in keys {
        assert_eq!(collations, ["C"], "{name}");
    }
    let (_, old) = old_database().await;
    let old = text_keys(&old).await;
    assert!(old.iter().any(|(_, collations)| collations != &["C"]));
}
