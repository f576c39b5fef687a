//! What the database holds in the end.

use wallet_engine::domain::{Balance, Operation, Wallet};

/// A wallet and its rows in the order of their seq.
#[derive(Clone, Debug)]
pub struct Account {
    pub wallet: Wallet,
    pub rows: Vec<Row>,
}

/// A row of `operations`.
#[derive(Clone, Debug)]
pub struct Row {
    pub seq: i64,
    pub key: Option<String>,
    pub operation: Operation,
    pub balance_after: Balance,
}
