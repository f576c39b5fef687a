//! A million operations: what a search reads does not grow with them.

use tokio_postgres::Client;

use super::{ALL, english, postgres, rows};
use crate::plan::plan;

const AT: &str = include_str!("../../../sql/queries/admin_operations_at.sql");
const NEWEST: &str = include_str!("../../../sql/queries/admin_operations_newest.sql");
const OF_WALLET: &str = include_str!("../../../sql/queries/admin_operations_of_wallet.sql");
const OF_COUNTERPART: &str =
    include_str!("../../../sql/queries/admin_operations_of_counterpart.sql");
const ROWS: &str = include_str!("../../../sql/queries/admin_operations_rows.sql");
const PAST: &str = include_str!("../../../sql/queries/admin_operations_past.sql");

const WALLET: &str = "00000000-0000-4000-8000-000000000001";
const OTHER: &str = "00000000-0000-4000-8000-000000000002";

/// A million operations of two thousand wallets, a second each; every second one of the first wallet, and each of those of its tenth
/// part a transfer to the second one.
async fn fill(client: &Client) {
    let fill = format!(
        "SET synchronous_commit = off;
         DROP INDEX operations_feed, operations_feed_past, operations_idempotency_key;
         INSERT INTO wallets (id, user_id, version)
         SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 1, CASE n WHEN 1 THEN 500000 ELSE 250 END
         FROM generate_series(1, 2000) n;
         INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at, idempotency_key, other_wallet, other_seq,
             feed_position, feed_run)
         SELECT ('00000000-0000-4000-8000-' || lpad(CASE n % 2 WHEN 0 THEN '1' ELSE (2 + n / 2 % 1999)::text END, 12, '0'))::uuid,
             CASE n % 2 WHEN 0 THEN n / 2 ELSE 1 + n / 2 / 1999 END, '{WALLET}', 'DEPOSIT', 0.01 * (1 + n % 997), 1,
             '2026-01-01Z'::timestamptz + n * interval '1 second', CASE n % 2 WHEN 0 THEN 'key ' || n END,
             CASE WHEN n % 20 = 0 THEN '{OTHER}'::uuid END, CASE WHEN n % 20 = 0 THEN 1 END, n * 3, 1
         FROM generate_series(1, 1000000) n;
         CREATE INDEX operations_feed ON operations (feed_position, wallet_id, seq) WHERE feed_position IS NOT NULL;
         CREATE INDEX operations_feed_past ON operations (wallet_id, seq) WHERE feed_run IS NULL;
         CREATE UNIQUE INDEX operations_idempotency_key ON operations (wallet_id, idempotency_key COLLATE \"C\")
             WHERE idempotency_key IS NOT NULL;
         ANALYZE wallets, operations"
    );
    client.batch_execute(&fill).await.unwrap();
}

#[actix_web::test]
async fn what_a_search_reads_does_not_grow_with_the_number_of_operations() {
    let admin = english().await;
    let client = postgres::connect(&admin.app.database).await;
    fill(&client).await;
    let newest = "bigint, uuid, bigint, bigint, bigint, text, numeric, numeric, text, text, timestamptz, timestamptz, bigint";
    let ledger = "uuid, bigint, bigint, bigint, text, numeric, numeric, text, text, bigint";
    let nil = "'00000000-0000-0000-0000-000000000000'";
    let all = "NULL, NULL, NULL, NULL, NULL, NULL, NULL";
    let rare = "'DEPOSIT', 1.23, 1.23, 'key 7', 'r', '2026-01-02Z', '2026-01-03Z'";
    let mine = |rest: &str| format!("'{WALLET}', {rest}");
    let of_wallet = format!("{ledger}, uuid");
    for (types, statement, arguments, blocks_max) in [
        ("timestamptz", AT, "'2026-01-05 12:00Z'".to_owned(), 400),
        ("timestamptz", AT, "'2030-01-01Z'".to_owned(), 400),
        ("timestamptz", AT, "'2020-01-01Z'".to_owned(), 400),
        ("", PAST, String::new(), 10),
        // Five thousand operations, each a step of the index and, at worst, a page of the table.
        (
            newest,
            NEWEST,
            format!("9223372036854775807, {nil}, 0, 0, 5000, {all}, 26"),
            6_000,
        ),
        (
            newest,
            NEWEST,
            format!("9223372036854775807, {nil}, 0, 0, 5000, {rare}, 26"),
            6_000,
        ),
        (
            newest,
            NEWEST,
            format!("1500000, {nil}, 0, 1200000, 5000, {rare}, 26"),
            6_000,
        ),
        (
            newest,
            NEWEST,
            format!("1500000, '{WALLET}', 7, 0, 5000, {all}, 26"),
            6_000,
        ),
        (
            &of_wallet,
            OF_WALLET,
            mine("500001, 0, 5000, NULL, 1.23, 1.23, NULL, NULL, 26, NULL"),
            6_000,
        ),
        (
            &of_wallet,
            OF_WALLET,
            mine("250000, 100000, 5000, NULL, NULL, NULL, NULL, 'r', 26, NULL"),
            6_000,
        ),
        (
            &of_wallet,
            OF_WALLET,
            mine("500001, 0, 5000, NULL, NULL, NULL, 'key 600000', NULL, 26, NULL"),
            20,
        ),
        // Each with its counterpart as well.
        (
            ledger,
            OF_COUNTERPART,
            mine("500001, 0, 5000, NULL, 1.23, 1.23, NULL, NULL, 26"),
            10_000,
        ),
    ] {
        let types = if types.is_empty() {
            String::new()
        } else {
            format!("({types})")
        };
        let prepare = format!("DEALLOCATE ALL; PREPARE search {types} AS {statement}");
        client.batch_execute(&prepare).await.unwrap();
        let call = if arguments.is_empty() {
            "search".to_owned()
        } else {
            format!("search ({arguments})")
        };
        let (read, nodes) = plan(&client, &call).await;
        assert!(
            read < blocks_max,
            "{call}: {read} blocks\n{nodes:#?}\n{statement}"
        );
        let scan = nodes
            .iter()
            .find(|node| node.contains("Seq Scan\" \"operations"));
        assert_eq!(scan, None, "{call}\n{statement}");
    }
    let prepare = format!("DEALLOCATE ALL; PREPARE search (uuid[], bigint[]) AS {ROWS}");
    client.batch_execute(&prepare).await.unwrap();
    let seqs: Vec<String> = (1..=25).map(|n| (n * 1_000).to_string()).collect();
    let wallets = format!("array_fill('{WALLET}'::uuid, ARRAY[25])");
    let call = format!("search ({wallets}, ARRAY[{}])", seqs.join(", "));
    let (read, nodes) = plan(&client, &call).await;
    assert!(read < 700, "{read} blocks\n{nodes:#?}");

    // A day of a million operations, and an amount: 86 or 87 of them, or as many as could be counted at once.
    let page = admin
        .get(&format!("{ALL}?amount=1.23&day=2026-01-05"))
        .await;
    assert_eq!(page.status, 200, "{}", page.body);
    // However fast the machine is: a page, or it says how far it came.
    let is_full = rows(&page.body).len() == 25;
    assert!(
        is_full || page.body.contains("Searched back to"),
        "{}",
        page.body
    );
    let counts = [">87 operations<", ">86 operations<", ">At least "];
    let is_counted = counts.iter().any(|count| page.body.contains(count));
    assert!(is_counted, "{}", page.body);
    let key = admin.get(&format!("{ALL}?key=key+2")).await;
    assert_eq!(key.status, 200);
    // However fast the machine is: it was found, or the page says how far it came.
    let is_found = !rows(&key.body).is_empty();
    assert!(
        is_found || key.body.contains("Searched back to"),
        "{}",
        key.body
    );
    admin.app.stop().await.unwrap();
}
