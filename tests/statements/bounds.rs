//! What a statement costs in a long ledger, and when nothing can be added to one any more.

use testkit::plan::plan;
use tokio_postgres::Client;

use crate::postgres;

const WALLET: &str = "00000000-0000-4000-8000-000000000001";

/// A wallet with so many operations, one a second, of which the last was now.
async fn ledger(operations: i64) -> Client {
    let client = postgres::connect(&postgres::database().await).await;
    for statement in [
        format!(
            "INSERT INTO wallets (id, user_id, balance, version) VALUES ('{WALLET}', 1, {operations} * 0.01, {operations})"
        ),
        format!(
            "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
             SELECT '{WALLET}', n, gen_random_uuid(), 'DEPOSIT', 0.01, n * 0.01,
                 now() - interval '1 second' * ({operations} - n)
             FROM generate_series(1, {operations}) n"
        ),
        "VACUUM ANALYZE operations".to_owned(),
        "VACUUM ANALYZE wallets".to_owned(),
        "SET plan_cache_mode TO force_generic_plan".to_owned(),
        format!(
            "PREPARE bounds AS {}",
            include_str!("../../sql/queries/statement_bounds.sql")
        ),
        format!(
            "PREPARE entries AS {}",
            include_str!("../../sql/queries/statement_entries.sql")
        ),
        format!(
            "PREPARE totals AS {}",
            include_str!("../../sql/queries/statement_totals.sql")
        ),
    ] {
        client.batch_execute(&statement).await.unwrap();
    }
    client
}

/// The blocks that the call reads, none of them by reading all operations.
async fn blocks(client: &Client, call: &str) -> i64 {
    let (read, nodes) = plan(client, call).await;
    let reads_all = |node: &String| node.contains(r#""Seq Scan" "operations""#);
    assert!(!nodes.iter().any(reads_all), "{call}: {nodes:#?}");
    read
}

#[actix_web::test]
async fn the_ends_and_the_pages_of_a_statement_cost_the_same_in_a_ledger_of_any_length() {
    let (short, long) = (ledger(3_000).await, ledger(200_000).await);
    for (call, more_max) in [
        // Six more halvings of each end, in a tree that is a level deeper.
        (
            format!(
                "bounds('{WALLET}', now() - interval '40 minutes', now() - interval '10 minutes')"
            ),
            200,
        ),
        (format!("bounds('{WALLET}', NULL, NULL)"), 10),
        (format!("entries('{WALLET}', 1001, 2000)"), 10),
        (format!("totals('{WALLET}', 1, 3000)"), 10),
    ] {
        let (of_short, of_long) = (blocks(&short, &call).await, blocks(&long, &call).await);
        assert!(
            of_long <= of_short + more_max,
            "{call}: {of_short}, {of_long}"
        );
    }
}

#[actix_web::test]
async fn no_statement_is_final_after_the_beginning_of_a_transaction_that_has_written_and_still_runs()
 {
    let database = postgres::database().await;
    let (reader, mut writer) = (
        postgres::connect(&database).await,
        postgres::connect(&database).await,
    );
    let horizon = include_str!("../../sql/queries/statement_horizon.sql");
    let horizon = reader.prepare(horizon).await.unwrap();
    let is_past = async |began: time::OffsetDateTime| {
        let row = reader.query_one(&horizon, &[&0.0]).await.unwrap();
        row.get::<_, time::OffsetDateTime>(0) > began
    };
    let transaction = writer.transaction().await.unwrap();
    let began = transaction
        .query_one("SELECT now()", &[])
        .await
        .unwrap()
        .get(0);
    // It has only read so far: such a one is shorter than the margin.
    assert!(is_past(began).await);
    transaction
        .execute("DELETE FROM wallets WHERE user_id = 1", &[])
        .await
        .unwrap();
    transaction
        .query_one("SELECT pg_current_xact_id()::text", &[])
        .await
        .unwrap();
    assert!(!is_past(began).await);
    transaction.commit().await.unwrap();
    assert!(is_past(began).await);

    let row = reader.query_one(&horizon, &[&60.0]).await.unwrap();
    let now: time::OffsetDateTime = reader.query_one("SELECT now()", &[]).await.unwrap().get(0);
    assert!(row.get::<_, time::OffsetDateTime>(0) <= now - time::Duration::MINUTE);
}
