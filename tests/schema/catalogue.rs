//! What PostgreSQL's catalogue says of the tables, as text.

use tokio_postgres::{Client, Config};

use crate::postgres;

/// Columns, constraints and indexes of everything in the schema that the connection uses, sorted.
const CATALOGUE: &str = "
    WITH ours AS (SELECT c.* FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r')
    SELECT concat_ws(' ', 'column', t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.attidentity, pg_get_expr(d.adbin, d.adrelid), l.collname)
    FROM ours t
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    UNION ALL
    SELECT concat_ws(' ', 'constraint', t.relname, c.conname, c.convalidated, pg_get_constraintdef(c.oid))
    FROM ours t JOIN pg_constraint c ON c.conrelid = t.oid
    UNION ALL
    SELECT concat_ws(' ', 'index', i.indisvalid, i.indisready, i.indisreplident, pg_get_indexdef(i.indexrelid))
    FROM ours t JOIN pg_index i ON i.indrelid = t.oid
    UNION ALL
    SELECT concat_ws(' ', 'table', relname, relreplident, reloptions) FROM ours
    ORDER BY 1";

pub async fn catalogue(client: &Client) -> Vec<String> {
    let rows = client.query(CATALOGUE, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// The catalogue of a database that this build made.
pub async fn fresh() -> Vec<String> {
    let client = postgres::connect(&postgres::database().await).await;
    catalogue(&client).await
}

/// A database without anything in it.
pub async fn empty() -> (Config, Client) {
    let config = postgres::database().await;
    let client = postgres::connect(&config).await;
    let emptied =
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO public";
    client.batch_execute(emptied).await.unwrap();
    (config, client)
}
