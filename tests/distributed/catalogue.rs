//! What the nodes' catalogues say of the tables, as text.

use testkit::distributed::ClusterDatabase;
use testkit::postgres;
use tokio_postgres::Client;

/// Columns, constraints and indexes of every shard, without the shards' numbers.
const SHARDS: &str = r#"
    WITH shards AS (
        SELECT c.*, regexp_replace(c.relname, '_\d+$', '') AS name
        FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname ~ '_\d{6,}$'
    )
    SELECT DISTINCT regexp_replace(line, '_\d{6,}', '', 'g') COLLATE "C"
    FROM (
        SELECT concat_ws(' ', 'column', t.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
            a.attidentity, pg_get_expr(d.adbin, d.adrelid), l.collname)
        FROM shards t
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        UNION ALL
        SELECT concat_ws(' ', 'constraint', t.name, c.conname, c.convalidated, pg_get_constraintdef(c.oid))
        FROM shards t JOIN pg_constraint c ON c.conrelid = t.oid
        UNION ALL
        SELECT concat_ws(' ', 'index', i.indisvalid, i.indisready, i.indisreplident, pg_get_indexdef(i.indexrelid))
        FROM shards t JOIN pg_index i ON i.indrelid = t.oid
        UNION ALL
        SELECT concat_ws(' ', 'table', name, relreplident, reloptions, relacl) FROM shards
    ) AS lines (line)
    ORDER BY 1"#;

/// The columns of the epochs of the feed.
pub const EPOCHS: &str = "
    SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = 'feed_epochs'::regclass AND a.attnum > 0
    UNION ALL
    SELECT concat_ws(' ', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid = 'feed_epochs'::regclass
    ORDER BY 1";

/// The first column of the rows of a statement.
pub async fn lines(client: &Client, statement: &str) -> Vec<String> {
    let rows = client.query(statement, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// What each worker says of its shards; the same of every worker.
pub async fn shards(database: &ClusterDatabase) -> Vec<String> {
    let mut found: Option<Vec<String>> = None;
    for worker in database.workers() {
        let client = postgres::connect(&worker).await;
        let show = "SET citus.override_table_visibility TO off";
        client.batch_execute(show).await.unwrap();
        let here = lines(&client, SHARDS).await;
        if let Some(elsewhere) = found.replace(here) {
            assert_eq!(found.as_ref(), Some(&elsewhere), "all workers are alike");
        }
    }
    found.unwrap()
}

/// The tables that are distributed, or on every node.
pub async fn distributed_tables(client: &Client) -> Vec<String> {
    let has = "SELECT to_regclass('pg_dist_partition') IS NOT NULL";
    if !client.query_one(has, &[]).await.unwrap().get::<_, bool>(0) {
        return Vec::new();
    }
    lines(
        client,
        "SELECT logicalrelid::text FROM pg_dist_partition ORDER BY 1",
    )
    .await
}
