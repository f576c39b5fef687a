//! What reads of holds, reversals and the past cost in a long ledger.

use tokio_postgres::Client;

use crate::plan::plan;
use crate::postgres;

const WALLET: &str = "00000000-0000-4000-8000-000000000001";

/// A wallet with so many operations: holds of 2.00 with their captures, but for the last hold, and a deposit that is reversed. Its
/// second one has only a deposit.
async fn ledger(holds: i64) -> Client {
    let client = postgres::connect(&postgres::database().await).await;
    let fill = format!(
        "INSERT INTO wallets (id, user_id, balance, version, held)
         VALUES ('{WALLET}', 1, 9000000, {holds} * 2 + 1, 2), ('00000000-0000-4000-8000-000000000002', 2, 5, 1, 0);
         INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, held_after, hold_seq, expires_at, created_at)
         SELECT '{WALLET}', 2 * n - 1 + later, gen_random_uuid(), CASE later WHEN 0 THEN 'HOLD' ELSE 'CAPTURE' END, 2, 9000000,
             CASE later WHEN 0 THEN 2 END, 2 * n - 1, CASE later WHEN 0 THEN now() + interval '1 day' END,
             now() - interval '90 days' + (2 * n + later) * interval '1 second'
         FROM generate_series(1, {holds}) n, generate_series(0, 1) later;
         INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, held_after, hold_seq, expires_at)
         VALUES ('{WALLET}', {holds} * 2 + 1, gen_random_uuid(), 'HOLD', 2, 9000000, 2, {holds} * 2 + 1, now() + interval '1 day');
         INSERT INTO holds SELECT wallet_id, seq, amount, amount, expires_at, NULL, created_at
         FROM operations WHERE seq = {holds} * 2 + 1;
         INSERT INTO holds SELECT gen_random_uuid(), 1, 1, 1, now() - n * interval '1 second', NULL, now()
         FROM generate_series(1, 20000) n;
         VACUUM ANALYZE operations; VACUUM ANALYZE holds; VACUUM ANALYZE wallets;
         SET plan_cache_mode TO force_generic_plan"
    );
    for statement in fill.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
    for (name, statement) in [
        (
            "balance_at",
            include_str!("../../sql/queries/wallet_balance_at.sql"),
        ),
        (
            "holds_page",
            include_str!("../../sql/queries/holds_page.sql"),
        ),
        (
            "original",
            include_str!("../../sql/queries/operation_original.sql"),
        ),
        (
            "expired",
            include_str!("../../sql/queries/holds_expired.sql"),
        ),
        (
            "wallets_load",
            include_str!("../../sql/queries/wallets_load.sql"),
        ),
    ] {
        let prepare = format!("PREPARE {name} AS {statement}");
        client.batch_execute(&prepare).await.unwrap();
    }
    client
}

/// The blocks that the call reads.
async fn blocks(client: &Client, call: &str) -> i64 {
    let (read, nodes) = plan(client, call).await;
    assert!(
        !nodes
            .iter()
            .any(|node| node.contains(r#""Seq Scan" "operations""#)),
        "{call}: {nodes:#?}"
    );
    read
}

#[actix_web::test]
async fn a_hold_an_original_and_a_past_balance_cost_the_same_in_a_ledger_of_any_length() {
    let (short, long) = (ledger(1_000).await, ledger(100_000).await);
    for (call, more_max) in [
        (
            format!("balance_at('{WALLET}', now() - interval '89 days 23 hours 50 minutes', NULL)"),
            // Seven more halvings, each looked up twice, in a tree that is a level deeper.
            150,
        ),
        (format!("balance_at('{WALLET}', NULL, 900)"), 5),
        (
            format!("holds_page('{WALLET}', 900, NULL, 1, 1000, NULL)"),
            25,
        ),
        (
            format!("holds_page('{WALLET}', NULL, NULL, 20, 1000, NULL)"),
            300,
        ),
        (
            format!("holds_page('{WALLET}', NULL, 'open', 20, 1000, NULL)"),
            25,
        ),
        (format!("original('{WALLET}', 900)"), 10),
        (format!("wallets_load('{{{WALLET}}}')"), 10),
    ] {
        let (few, many) = (blocks(&short, &call).await, blocks(&long, &call).await);
        assert!(many <= few + more_max, "{call}: {few} and {many} blocks");
    }
}

#[actix_web::test]
async fn expired_holds_are_found_in_the_order_of_their_index() {
    let client = ledger(10).await;
    let (_, nodes) = plan(&client, "expired(100, 1000)").await;
    assert!(
        nodes.iter().any(|node| node.contains("Index")),
        "{nodes:#?}"
    );
    assert!(
        !nodes.iter().any(|node| node.contains("Seq Scan")),
        "{nodes:#?}"
    );
}

#[actix_web::test]
async fn a_wallet_without_anything_held_is_loaded_without_a_look_at_holds() {
    let client = ledger(10).await;
    let explain = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)
        EXECUTE wallets_load('{00000000-0000-4000-8000-000000000002}')";
    let rows = client.simple_query(explain).await.unwrap();
    let lines = rows.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let plan: Vec<&str> = lines.collect();
    let of_holds: Vec<&&str> = plan.iter().filter(|line| line.contains(" holds")).collect();
    assert!(!of_holds.is_empty(), "{plan:#?}");
    assert!(
        of_holds.iter().all(|line| line.contains("never executed")),
        "{plan:#?}"
    );
}
