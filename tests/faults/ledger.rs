//! What the database holds in the end, or at another moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::Value;
use time::OffsetDateTime;
use tokio_postgres::{Client, Row as SqlRow};
use uuid::Uuid;
use wallet_engine::domain::hold::OpenHold;
use wallet_engine::domain::rules::{Gate, Rules};
use wallet_engine::domain::terms::Terms;
use wallet_engine::domain::{Amount, Balance, Operation, OperationKind, UserId, Wallet, WalletId};

use crate::branch::Rows;
use crate::history::{received, unkeyed};

/// With the key of the row in the other wallet, where only that has one.
const ROWS: &str = "SELECT o.*, o.rules::text AS rules_text, other.idempotency_key AS other_key
                    FROM operations o
                    LEFT JOIN operations other
                        ON o.transfer_id IS NOT NULL AND o.idempotency_key IS NULL
                        AND (other.wallet_id, other.seq) = (o.other_wallet, o.other_seq)";

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
    /// The key, or what stands for it; see [`unkeyed`] and [`received`]. `None` of a release that goes with something else, or
    /// with time.
    pub key: Option<String>,
    pub operation: Operation,
    pub balance_after: Balance,
    pub held_after: Balance,
    /// The row that it belongs to.
    pub link: Option<Link>,
    /// The hold that it places, captures or releases.
    pub hold: Option<i64>,
    pub expires_at: Option<OffsetDateTime>,
    pub reverses: Option<i64>,
    pub rules: Option<Rules>,
    pub created_at: OffsetDateTime,
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
    let wallets =
        "SELECT id, user_id, balance, version, rules::text AS rules_text FROM wallets ORDER BY id";
    let mut holds = open_holds(client).await;
    let mut accounts: Vec<Account> = client
        .query(wallets, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| {
            let id = WalletId(row.get("id"));
            let rules = rules(row).unwrap_or_default();
            let holds = holds.remove(&id).unwrap_or_default();
            let terms = (rules != Rules::default() || !holds.is_empty())
                .then(|| Arc::new(Terms::new(rules, None, holds).unwrap()));
            let wallet = Wallet {
                id,
                user: UserId(row.get("user_id")),
                balance: balance(row, "balance"),
                version: row.get("version"),
                reversals_known_from: 0,
                terms,
            };
            let rows = Vec::new();
            Account { wallet, rows }
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

/// The open holds of every wallet that has some.
async fn open_holds(client: &Client) -> BTreeMap<WalletId, BTreeMap<i64, OpenHold>> {
    let mut holds: BTreeMap<WalletId, BTreeMap<i64, OpenHold>> = BTreeMap::new();
    for row in client.query("SELECT * FROM holds", &[]).await.unwrap() {
        let hold = OpenHold {
            amount: amount(&row, "amount"),
            remaining: amount(&row, "remaining"),
            expires_at: row.get("expires_at"),
            reference: None,
            created_at: Some(row.get("created_at")),
        };
        let of_wallet = holds.entry(WalletId(row.get("wallet_id"))).or_default();
        of_wallet.insert(row.get("seq"), hold);
    }
    holds
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
            amount: amount(row, "amount"),
        };
        let key: Option<String> = row.get("idempotency_key");
        let other_key: Option<String> = row.get("other_key");
        let key = key.or_else(|| other_key.as_deref().map(received));
        let is_release = operation.kind == OperationKind::Release;
        let key = key.or_else(|| (!is_release).then(|| unkeyed(&operation)));
        let held_after: Option<Decimal> = row.get("held_after");
        let other_wallet: Option<Uuid> = row.get("other_wallet");
        Self {
            seq: row.get("seq"),
            key,
            operation,
            balance_after: balance(row, "balance_after"),
            held_after: held_after
                .map_or(Balance::ZERO, |held| Balance::from_decimal(held).unwrap()),
            hold: row.get("hold_seq"),
            expires_at: row.get("expires_at"),
            reverses: row.get("reverses_seq"),
            rules: rules(row),
            created_at: row.get("created_at"),
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

fn amount(row: &SqlRow, column: &str) -> Amount {
    Amount::from_decimal_or_zero(row.get(column)).unwrap()
}

/// Reads rules as they are stored: those that are not the default.
fn rules(row: &SqlRow) -> Option<Rules> {
    let text: Option<&str> = row.get("rules_text");
    let stored: Value = serde_json::from_str(text?).unwrap();
    let gate = |name: &str| stored[name].as_str().map(|text| Gate::parse(text).unwrap());
    let balance = |name: &str| {
        stored[name]
            .as_str()
            .map(|text| Balance::parse(text).unwrap())
    };
    let operation_max = stored["operation_max"].as_str();
    Some(Rules {
        debits: gate("debits").unwrap_or_default(),
        credits: gate("credits").unwrap_or_default(),
        is_closed: stored["closed"] == true,
        balance_min: balance("balance_min").unwrap_or_default(),
        balance_max: balance("balance_max"),
        operation_max: operation_max.map(|text| Amount::parse(text).unwrap()),
        daily_out_max: balance("daily_out_max"),
    })
}
