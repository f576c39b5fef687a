//! Deposits and transfers at once, of which every answer is compared with the ledgers afterwards.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::rt::time::sleep;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use testkit::app::TestApp;
use testkit::distributed::ClusterDatabase;
use testkit::random::Random;
use uuid::Uuid;

/// Clients at once.
const CLIENTS: u64 = 12;
/// How often an operation is repeated until it is answered.
const REPETITIONS: usize = 200;
/// Between two repetitions.
const PAUSE: Duration = Duration::from_millis(100);

/// Operations that go on until they are stopped.
pub struct Load {
    stopped: Arc<AtomicBool>,
    clients: Vec<actix_web::rt::task::JoinHandle<Vec<Asked>>>,
}

/// An operation, and what was answered last.
#[derive(Debug)]
struct Asked {
    key: String,
    wallet: Uuid,
    amount: Decimal,
    /// `None`: it was refused.
    balance: Option<Decimal>,
    statuses: Vec<u16>,
}

/// All operations of a load.
pub struct AllAsked(Vec<Asked>);

/// What a load was answered.
pub struct Answered {
    /// The operations that were done.
    pub done: usize,
    /// All statuses, how often each.
    pub statuses: HashMap<u16, usize>,
}

/// Inserts users with wallets of no money, as many; they are of all shards.
pub async fn wallets(database: &ClusterDatabase, count: i32) -> Vec<Uuid> {
    let client = database.connect().await;
    let users = "
        INSERT INTO users (username, email, password_hash, wallet_id)
        SELECT name, name || '@example.com', 'none', gen_random_uuid()
        FROM (SELECT 'user-' || place || '-' || gen_random_uuid() AS name FROM generate_series(1, $1) AS place) AS names
        RETURNING id, wallet_id";
    let rows = client.query(users, &[&count]).await.unwrap();
    let insert = "INSERT INTO wallets (id, user_id) VALUES ($1, $2)";
    let mut wallets = Vec::new();
    for row in rows {
        let (user, wallet): (i64, Uuid) = (row.get(0), row.get(1));
        client.execute(insert, &[&wallet, &user]).await.unwrap();
        wallets.push(wallet);
    }
    wallets
}

/// Waits until some more operations are in the ledgers.
pub async fn some_more(database: &ClusterDatabase) {
    let client = database.connect().await;
    let count = "SELECT count(*) FROM operations";
    let count = async || -> Option<i64> { Some(client.query_one(count, &[]).await.ok()?.get(0)) };
    let mut before = None;
    loop {
        match (before, count().await) {
            (None, now) => before = now,
            (Some(before), Some(now)) if now > before + 30 => return,
            _ => sleep(Duration::from_millis(50)).await,
        }
    }
}

impl Load {
    /// Begins: each operation has a key of its own, and is repeated until it is done or refused.
    pub fn begin(app: &TestApp, wallets: &[Uuid], seed: u64) -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let client = |number| {
            let stopped = Arc::clone(&stopped);
            let client = Client {
                http: reqwest::Client::new(),
                address: app.url("/api/wallets/"),
                wallets: wallets.to_vec(),
                random: Random::stream(seed, number),
                seed,
            };
            actix_web::rt::spawn(client.run(number, stopped))
        };
        Self {
            clients: (0..CLIENTS).map(client).collect(),
            stopped,
        }
    }

    /// Stops, and compares.
    pub async fn end(self, app: &TestApp, database: &ClusterDatabase) -> Answered {
        let asked = self.stop().await;
        asked.compare(app, database).await
    }

    /// Stops; every operation that was begun is answered.
    pub async fn stop(self) -> AllAsked {
        self.stopped.store(true, Ordering::SeqCst);
        let mut asked = Vec::new();
        for client in self.clients {
            asked.extend(client.await.unwrap());
        }
        AllAsked(asked)
    }
}

impl AllAsked {
    /// Asserts that the ledgers have what was answered: each operation once, and not at all if it was refused; and that the engine
    /// shows what the ledgers have.
    pub async fn compare(self, app: &TestApp, database: &ClusterDatabase) -> Answered {
        let Self(asked) = self;
        let client = database.connect().await;
        let rows = "SELECT idempotency_key, wallet_id, amount, balance_after FROM operations WHERE idempotency_key IS NOT NULL";
        let mut ledger: HashMap<String, Vec<(Uuid, Decimal, Decimal)>> = HashMap::new();
        for row in client.query(rows, &[]).await.unwrap() {
            let rows = ledger.entry(row.get(0)).or_default();
            rows.push((row.get(1), row.get(2), row.get(3)));
        }
        let mut statuses = HashMap::new();
        let mut done = 0;
        for one in &asked {
            let rows = ledger.get(&one.key).map_or(&[][..], Vec::as_slice);
            match one.balance {
                Some(balance) => {
                    done += 1;
                    assert_eq!(rows, [(one.wallet, one.amount, balance)], "{one:?}");
                }
                None => assert!(rows.is_empty(), "{one:?}: {rows:?}"),
            }
            for status in &one.statuses {
                *statuses.entry(*status).or_default() += 1;
            }
        }
        let torn = "SELECT transfer_id::text FROM operations WHERE transfer_id IS NOT NULL GROUP BY transfer_id
                    HAVING count(*) <> 2 OR sum(CASE kind WHEN 'TRANSFER_IN' THEN amount ELSE -amount END) <> 0";
        let torn = client.query(torn, &[]).await.unwrap();
        assert!(
            torn.is_empty(),
            "transfers of which a half is missing: {torn:?}"
        );
        app.audited_operations().await;
        let balances = "SELECT id, balance FROM wallets";
        for row in client.query(balances, &[]).await.unwrap() {
            let (wallet, balance): (Uuid, Decimal) = (row.get(0), row.get(1));
            let shown = app.balance(&format!("/api/wallets/{wallet}/")).await;
            assert_eq!(shown, balance.to_string(), "{wallet}");
        }
        Answered { done, statuses }
    }
}

struct Client {
    http: reqwest::Client,
    address: String,
    wallets: Vec<Uuid>,
    random: Random,
    seed: u64,
}

impl Client {
    async fn run(mut self, number: u64, stopped: Arc<AtomicBool>) -> Vec<Asked> {
        let mut asked = Vec::new();
        while !stopped.load(Ordering::SeqCst) {
            let one = self
                .ask(format!("{}-{number}-{}", self.seed, asked.len()))
                .await;
            asked.push(one);
        }
        asked
    }

    async fn ask(&mut self, key: String) -> Asked {
        let wallet = self.any();
        let amount = Decimal::new(self.random.cents(900), 2);
        let to = self.random.one_in(3).then(|| self.any());
        let to = to.filter(|to| *to != wallet);
        let (path, body) = match to {
            Some(to) => (
                "transfers",
                json!({"to": to.to_string(), "amount": amount.to_string()}),
            ),
            None => (
                "operation",
                json!({"operationType": "DEPOSIT", "amount": amount.to_string()}),
            ),
        };
        let mut asked = Asked {
            key,
            wallet,
            amount,
            balance: None,
            statuses: Vec::new(),
        };
        for _ in 0..REPETITIONS {
            let sent = self
                .http
                .post(format!("{}{wallet}/{path}/", self.address))
                .header("Idempotency-Key", &asked.key)
                .json(&body)
                .send();
            // Zero: no answer.
            let (status, body) = match sent.await {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    (status, answer.json::<Value>().await.unwrap_or_default())
                }
                Err(_) => (0, Value::Null),
            };
            asked.statuses.push(status);
            match status {
                200 | 201 => {
                    asked.balance = Some(body["balance"].as_str().unwrap().parse().unwrap());
                    return asked;
                }
                // Not enough money.
                409 => return asked,
                0 | 500 | 503 => sleep(PAUSE).await,
                _ => panic!("{status}: {body}"),
            }
        }
        panic!("it was never done: {asked:?}");
    }

    fn any(&mut self) -> Uuid {
        self.wallets[self.random.index(self.wallets.len())]
    }
}
