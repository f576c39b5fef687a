//! What the database holds in the end.

use rust_decimal::Decimal;
use tokio_postgres::{Client, Row as SqlRow};
use wallet_engine::domain::{Amount, Balance, Operation, OperationKind, UserId, Wallet, WalletId};

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
            },
            rows: Vec::new(),
        })
        .collect();
    let operations = "SELECT wallet_id, seq, idempotency_key, kind, amount, balance_after
                      FROM operations ORDER BY wallet_id, seq";
    for row in client.query(operations, &[]).await.unwrap() {
        let wallet = WalletId(row.get("wallet_id"));
        let at = accounts.binary_search_by_key(&wallet, |account| account.wallet.id);
        accounts[at.unwrap()].rows.push(Row {
            seq: row.get("seq"),
            key: row.get("idempotency_key"),
            operation: Operation {
                kind: OperationKind::parse(row.get("kind")).unwrap(),
                amount: Amount::from_cents(balance(&row, "amount").cents()).unwrap(),
            },
            balance_after: balance(&row, "balance_after"),
        });
    }
    accounts
}

fn balance(row: &SqlRow, column: &str) -> Balance {
    Balance::from_decimal(row.get::<_, Decimal>(column)).unwrap()
}
