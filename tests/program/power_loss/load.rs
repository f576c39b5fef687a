//! Deposits without a pause, and what was answered to each.
//!
//! Every deposit of a test has an amount of its own, so that its row in the ledger can be identified.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::rt::task::JoinHandle;
use serde_json::{Value, json};

use super::super::{PATIENCE, Served};
use super::ledger::{Deposit, History};

/// Clients of the first wallet.
const HOT_CLIENTS: usize = 8;
/// Clients of each other wallet.
const CLIENTS: usize = 2;

/// Everything that was sent, by the amount in cents.
#[derive(Default)]
pub(super) struct Sent {
    last_cents: AtomicI64,
    deposits: Mutex<BTreeMap<i64, Deposit>>,
}

impl Sent {
    /// How many were answered with a balance.
    pub(super) fn answered(&self) -> usize {
        let deposits = self.deposits.lock().unwrap();
        let answers = deposits.values().filter(|deposit| deposit.answer.is_some());
        answers.count()
    }

    pub(super) fn so_far(&self) -> History {
        History(self.deposits.lock().unwrap().clone())
    }

    /// A new deposit, noted before it leaves.
    fn next(&self, wallet: &str) -> i64 {
        let cents = self.last_cents.fetch_add(1, Ordering::Relaxed) + 1;
        let deposit = Deposit {
            wallet: wallet.to_owned(),
            answer: None,
        };
        self.deposits.lock().unwrap().insert(cents, deposit);
        cents
    }

    fn answer(&self, cents: i64, balance: &str) {
        let mut deposits = self.deposits.lock().unwrap();
        deposits.get_mut(&cents).unwrap().answer = Some(balance.to_owned());
    }
}

/// Clients at work.
pub(super) struct Load {
    stopping: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub(super) fn start(engine: &Served, wallets: &[String], sent: &Arc<Sent>) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let clients = wallets.iter().enumerate().flat_map(|(index, wallet)| {
            let count = if index == 0 { HOT_CLIENTS } else { CLIENTS };
            std::iter::repeat_n(wallet, count)
        });
        let clients = clients.map(|wallet| {
            let client = Client {
                http: engine.http.clone(),
                url: format!("{}{wallet}operation/", engine.url),
                wallet: wallet.clone(),
                sent: sent.clone(),
            };
            actix_web::rt::spawn(client.work(stopping.clone()))
        });
        let clients = clients.collect();
        Self { stopping, clients }
    }

    /// Lets every client finish the deposit that it is at.
    pub(super) async fn stop(self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.ended().await;
    }

    /// Waits until every client has found the engine gone.
    pub(super) async fn ended(self) {
        for client in self.clients {
            tokio::time::timeout(PATIENCE, client)
                .await
                .expect("a client ends")
                .unwrap();
        }
    }
}

struct Client {
    http: reqwest::Client,
    url: String,
    wallet: String,
    sent: Arc<Sent>,
}

impl Client {
    /// Deposits until the stop, or until the engine is gone.
    async fn work(self, stopping: Arc<AtomicBool>) {
        while !stopping.load(Ordering::Relaxed) {
            let cents = self.sent.next(&self.wallet);
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            let body = json!({"operationType": "DEPOSIT", "amount": amount});
            let Ok(answer) = self.http.post(&self.url).json(&body).send().await else {
                return;
            };
            let status = answer.status();
            let Ok(body) = answer.json::<Value>().await else {
                return;
            };
            match status.as_u16() {
                200 => self.sent.answer(cents, body["balance"].as_str().unwrap()),
                // The database was away for too long: whether it happened is left open.
                500 | 503 => {}
                other => panic!("a deposit was answered {other}: {body}"),
            }
        }
    }
}
