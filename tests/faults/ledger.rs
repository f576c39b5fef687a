//! What the database holds in the end, or at another moment.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tokio_postgres::{Client, Row as SqlRow};
use uuid::Uuid;
use wallet_engine::domain::{Amount, Balance, Operation, OperationKind, UserId, Wallet, WalletId};

use crate::branch::Rows;
use crate::history::{received, unkeyed};

/// With the key of the other row of a transfer.
const ROWS: &str = "SELECT o.*, other.idempotency_key AS other_key
                    FROM operations o
                    LEFT JOIN operations other
                        ON o.kind = 'TRANSFER_IN' AND (other.wallet_id, other.seq) = (o.other_wallet, o.other_seq)";

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
    /// The key, or what stands for it; see [`unkeyed`] and [`received`].
    pub key: Option<String>,
    pub operation: Operation,
    pub balance_after: Balance,
    /// The row that it belongs to.
    pub link: Option<Link>,
}

/// The wallet and the seq of another row, and what both rows of a transfer share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub wallet: WalletId,
    pub seq: i64,
    pub transfer: Option<Uuid>,
}

/// Reads every wallet and every row of the ledger.
pub async fn read(client: &Client) -> Vec<Account> {
    let wallets = "SELECT id, user_id, balance, version FROM wallets ORDER BY id";
    let mut accounts: Vec<Account> = client
        .query(wallets, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| Account {
            wallet: Wallet {
                id: WalletId(row.get("id")),
                user: UserId(row.get("user_id")),
                balance: balance(row, "balance"),
                version: row.get("version"),
                reversals_known_from: 0,
                terms: None,
            },
            rows: Vec::new(),
        })
        .collect();
    let rows = format!("{ROWS} ORDER BY o.wallet_id, o.seq");
    for row in client.query(&rows, &[]).await.unwrap() {
        let wallet = WalletId(row.get("wallet_id"));
        let at = accounts.binary_search_by_key(&wallet, |account| account.wallet.id);
        accounts[at.unwrap()].rows.push(Row::of(&row));
    }
    accounts
}

/// The version of every wallet.
pub async fn versions(client: &Client) -> BTreeMap<WalletId, i64> {
    let wallets = "SELECT id, version FROM wallets";
    let rows = client.query(wallets, &[]).await.unwrap();
    rows.iter()
        .map(|row| (WalletId(row.get("id")), row.get("version")))
        .collect()
}

/// The rows of each wallet beyond a version, with their ids.
pub async fn rows_after(
    client: &Client,
    versions: &BTreeMap<WalletId, i64>,
) -> BTreeMap<WalletId, Rows> {
    let wallets: Vec<Uuid> = versions.keys().map(|wallet| wallet.0).collect();
    let versions: Vec<i64> = versions.values().copied().collect();
    let beyond = format!(
        "{ROWS}
         JOIN unnest($1::uuid[], $2::bigint[]) AS known (wallet, version) ON o.wallet_id = wallet AND o.seq > version
         ORDER BY o.wallet_id, o.seq"
    );
    let mut found: BTreeMap<WalletId, Rows> = BTreeMap::new();
    for row in client.query(&beyond, &[&wallets, &versions]).await.unwrap() {
        let rows = found.entry(WalletId(row.get("wallet_id"))).or_default();
        rows.push((row.get("id"), Row::of(&row)));
    }
    found
}

impl Row {
    fn of(row: &SqlRow) -> Self {
        let operation = Operation {
            kind: OperationKind::parse(row.get("kind")).unwrap(),
            amount: Amount::from_cents(balance(row, "amount").cents()).unwrap(),
        };
        let key: Option<String> = row.get("idempotency_key");
        let other_key: Option<String> = row.get("other_key");
        let key = key.or_else(|| other_key.as_deref().map(received));
        let other_wallet: Option<Uuid> = row.get("other_wallet");
        Self {
            seq: row.get("seq"),
            key: Some(key.unwrap_or_else(|| unkeyed(&operation))),
            operation,
            balance_after: balance(row, "balance_after"),
            link: other_wallet.map(|wallet| Link {
                wallet: WalletId(wallet),
                seq: row.get("other_seq"),
                transfer: row.get("transfer_id"),
            }),
        }
    }
}

fn balance(row: &SqlRow, column: &str) -> Balance {
    Balance::from_decimal(row.get::<_, Decimal>(column)).unwrap()
}
