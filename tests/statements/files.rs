//! Statements as they are downloaded, and what the database has instead.

use reqwest::Response;
use serde_json::Value;

use crate::app::TestApp;
use crate::postgres;

/// The formats, by their names.
pub const FORMATS: [&str; 4] = ["json", "csv", "ofx", "camt053"];

/// A whole statement.
pub struct File {
    pub is_final: bool,
    pub name: String,
    pub media_type: String,
    pub body: String,
}

/// A row of the ledger, as the database has it.
#[derive(Debug, PartialEq)]
pub struct Row {
    pub seq: i64,
    pub kind: String,
    /// What it did to the balance.
    pub change: String,
    pub balance: String,
    pub held: String,
    pub day: String,
    pub reference: Option<String>,
    pub is_reversal: bool,
    pub transfer: Option<String>,
}

impl Row {
    pub fn moves_money(&self) -> bool {
        self.change != "0.00"
    }
}

/// The wallet's id, from its path.
pub fn id(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// The response to a request for a statement, whose body is not received yet.
pub async fn requested(app: &TestApp, wallet: &str, query: &str) -> Response {
    let url = app.url(&format!("{wallet}statement/?{query}"));
    app.http.get(url).send().await.unwrap()
}

pub async fn download(app: &TestApp, wallet: &str, query: &str) -> File {
    let response = requested(app, wallet, query).await;
    assert_eq!(response.status(), 200, "{query}");
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    let disposition = header("content-disposition");
    let name = disposition.strip_prefix("attachment; filename=\"").unwrap();
    File {
        is_final: header("statement-final").parse().unwrap(),
        name: name.trim_end_matches('"').to_owned(),
        media_type: header("content-type"),
        body: response.text().await.unwrap(),
    }
}

/// The statement in JSON.
pub async fn json(app: &TestApp, wallet: &str, query: &str) -> Value {
    let file = download(app, wallet, query).await;
    serde_json::from_str(&file.body).unwrap()
}

pub async fn execute(app: &TestApp, sql: &str) {
    let client = postgres::connect(&app.database).await;
    client.batch_execute(sql).await.unwrap();
}

/// Lets everything have happened so long ago.
pub async fn age(app: &TestApp, interval: &str) {
    let sql = format!(
        "UPDATE operations SET created_at = created_at - interval '{interval}';
         UPDATE wallets SET created_at = created_at - interval '{interval}', updated_at = updated_at - interval '{interval}'"
    );
    execute(app, &sql).await;
}

/// Makes a ledger of so many deposits of a cent, a second apart, the last of them an hour ago.
pub async fn fill(app: &TestApp, wallet: &str, operations: i64) {
    let id = id(wallet);
    let sql = format!(
        "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
         SELECT '{id}', n, gen_random_uuid(), 'DEPOSIT', 0.01, n * 0.01,
             now() - interval '1 hour' - interval '1 second' * ({operations} - n)
         FROM generate_series(1, {operations}) n;
         UPDATE wallets SET balance = {operations} * 0.01, version = {operations} WHERE id = '{id}'"
    );
    execute(app, &sql).await;
}

/// The wallet's ledger.
pub async fn ledger(app: &TestApp, wallet: &str) -> Vec<Row> {
    let sql = format!(
        "SELECT seq, kind, (amount * balance_sign)::numeric(20,2)::text AS change, balance_after::text,
             coalesce(held_after, 0)::numeric(12,2)::text AS held, (created_at AT TIME ZONE 'UTC')::date::text AS day,
             reference, reverses_seq IS NOT NULL AS is_reversal, transfer_id::text
         FROM operations JOIN operation_kinds USING (kind) WHERE wallet_id = '{}' ORDER BY seq",
        id(wallet)
    );
    let client = postgres::connect(&app.database).await;
    let rows = client.query(&sql, &[]).await.unwrap();
    rows.iter()
        .map(|row| Row {
            seq: row.get(0),
            kind: row.get(1),
            change: row.get(2),
            balance: row.get(3),
            held: row.get(4),
            day: row.get(5),
            reference: row.get(6),
            is_reversal: row.get(7),
            transfer: row.get(8),
        })
        .collect()
}
