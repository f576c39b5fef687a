//! How PostgreSQL carries a statement out.

use serde_json::Value;
use tokio_postgres::{Client, SimpleQueryMessage};

/// The blocks that a prepared statement reads, and the nodes of its plan: each its kind, its table and its rows. `call` is
/// the statement's name with its arguments.
pub async fn plan(database: &Client, call: &str) -> (i64, Vec<String>) {
    let explain = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE {call}");
    let answer = database.simple_query(&explain).await.unwrap();
    let plan = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let plan: Value = serde_json::from_str(plan.unwrap()).unwrap();
    let root = &plan[0]["Plan"];
    let read = ["Shared Hit Blocks", "Shared Read Blocks"].map(|name| root[name].as_i64().unwrap());
    let mut nodes = Vec::new();
    let mut left = vec![root];
    while let Some(node) = left.pop() {
        let (kind, table, rows) = (
            &node["Node Type"],
            &node["Relation Name"],
            &node["Actual Rows"],
        );
        nodes.push(format!("{kind} {table} {rows}"));
        left.extend(node["Plans"].as_array().into_iter().flatten());
    }
    (read.iter().sum(), nodes)
}
