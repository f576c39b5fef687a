//! Transfers and batches in every kind of hands, over HTTP and on PostgreSQL.

mod crowd;
mod fields;
mod keys;
mod trouble;

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::app::TestApp;

/// The wallet's id, from its path.
fn id(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// A transfer, not sent yet.
fn transfer(app: &TestApp, from: &str, to: &str, amount: &str) -> RequestBuilder {
    let url = app.url(&format!("{from}transfers/"));
    let body = json!({"to": id(to), "amount": amount});
    app.http.post(url).json(&body)
}

/// A batch, not sent yet.
fn batch(app: &TestApp, atomic: bool, operations: &[Value]) -> RequestBuilder {
    let body = json!({"atomic": atomic, "operations": operations});
    app.http.post(app.url("/api/batch/")).json(&body)
}

fn deposit(wallet: &str, amount: &str) -> Value {
    json!({"wallet": id(wallet), "kind": "DEPOSIT", "amount": amount})
}

fn payment(from: &str, to: &str, amount: &str) -> Value {
    json!({"wallet": id(from), "kind": "TRANSFER", "to": id(to), "amount": amount})
}

fn with_key(mut operation: Value, key: &str) -> Value {
    operation["key"] = json!(key);
    operation
}

/// The status and the body of the answer.
async fn sent(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// The answer to a transfer, and whether it is marked as a replay.
async fn answered(request: RequestBuilder) -> (u16, bool, Value) {
    let answer = request.send().await.unwrap();
    let replayed = answer.headers().contains_key("idempotency-replayed");
    (
        answer.status().as_u16(),
        replayed,
        answer.json().await.unwrap(),
    )
}

fn cents(balance: &str) -> i64 {
    balance.replace('.', "").parse().unwrap()
}
