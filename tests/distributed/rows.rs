//! Rows that were there before are there afterwards, on the nodes alone.

use serde_json::json;
use testkit::distributed::Cluster;
use tokio_postgres::Client;

use crate::catalogue::lines;
use crate::command::run;

const TABLES: [&str; 6] = [
    "wallets",
    "operations",
    "holds",
    "adjustments",
    "operation_kinds",
    "users",
];

/// All rows of a table.
async fn rows(client: &Client, table: &str) -> Vec<String> {
    let rows = format!("SELECT row_to_json(t)::text FROM {table} t");
    let mut rows = lines(client, &rows).await;
    rows.sort();
    rows
}

#[actix_web::test]
async fn every_row_is_there_afterwards_and_plain_tables_stay_as_they_were() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let app = database.serve(|_| {}).await;
    let mut wallets = Vec::new();
    for name in [
        "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
    ] {
        let wallet = app.wallet(name).await;
        assert_eq!(app.deposit(&wallet, "5.00").await.0, 200);
        assert_eq!(app.withdraw(&wallet, "1.00").await.0, 200);
        wallets.push(wallet);
    }
    let hold = json!({"amount": "2.00", "expires_in": 3600});
    let (status, body) = app.post(&format!("{}holds/", wallets[0]), &hold).await;
    assert_eq!(status, 201, "{body}");
    app.stop().await.unwrap();
    let client = database.connect().await;
    let adjusted = "
        INSERT INTO adjustments (wallet_id, idempotency_key, staff_id, kind, amount, reason)
        SELECT id, 'admin:gift', 1, 'DEPOSIT', 1, 'a gift' FROM wallets;
        UPDATE engines SET seen_at = seen_at - interval '1 minute'";
    client.batch_execute(adjusted).await.unwrap();
    let mut before = Vec::new();
    for table in TABLES {
        before.push(rows(&client, table).await);
        assert_ne!(before.last().unwrap().len(), 0, "{table}");
    }
    let size = "SELECT pg_relation_size($1::text::regclass)";

    let done = run(&database, &["distribute", "--shards", "4"]).await;

    done.assert_done("Distributed the database");
    for (table, before) in TABLES.iter().zip(before) {
        assert_eq!(rows(&client, table).await, before, "{table}");
        let left: i64 = client.query_one(size, &[table]).await.unwrap().get(0);
        assert_eq!(left == 0, *table != "users", "{table}");
    }
    let sure = "SELECT max(feed_position) FROM operations";
    let last: i64 = client.query_one(sure, &[]).await.unwrap().get(0);
    for worker in database.workers() {
        let client = testkit::postgres::connect(&worker).await;
        let next = "SELECT base + pg_current_xact_id()::text::bigint FROM feed_epochs ORDER BY number DESC LIMIT 1";
        let next: i64 = client.query_one(next, &[]).await.unwrap().get(0);
        assert!(next > last, "{next} is above {last}");
    }
    assert_eq!(database.engine().schema_faults().await.unwrap(), []);
}
