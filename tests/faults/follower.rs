//! A reader of the feed that goes on through whatever happens, with the cursor of the page before alone.
//!
//! It stays with an engine for as long as that answers, and then asks another: whatever dies, it is somewhere. What it receives
//! is judged in the end (`checker::check_feed`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, sleep};
use wallet_engine::domain::WalletId;

use crate::PATIENCE;
use crate::engine::ENGINES;
use crate::ledger::Row;
use crate::system::Addresses;

/// Small, so that pages end everywhere.
const LIMIT: usize = 50;
const WAIT_S: u64 = 1;
/// Longer than an engine takes for a page that it waits for.
const PATIENT: Duration = Duration::from_secs(6);
/// Before another engine is asked.
const PAUSE: Duration = Duration::from_millis(50);

/// What the feed said, in the order in which it came.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    pub received: Vec<Received>,
    /// The rows of each wallet that were there before the feed was read to its end.
    pub ended_at: BTreeMap<WalletId, i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub cursor: String,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Row(Shown),
    Rewound,
}

/// What an event shows of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub wallet: WalletId,
    pub seq: i64,
    pub kind: String,
    pub amount: String,
    pub balance_after: String,
    pub created_at: OffsetDateTime,
}

pub struct Follower {
    http: reqwest::Client,
    addresses: Addresses,
    /// The engine that answered last.
    engine: usize,
    after: Option<String>,
    received: Vec<Received>,
}

impl Follower {
    pub fn new(addresses: Addresses) -> Self {
        Self {
            http: reqwest::Client::new(),
            addresses,
            engine: 0,
            after: None,
            received: Vec::new(),
        }
    }

    /// Reads on until it is stopped.
    pub async fn run(mut self, stop: Arc<AtomicBool>) -> Self {
        while !stop.load(Ordering::Relaxed) {
            self.read_on().await;
        }
        self
    }

    /// Reads until it has these versions of all wallets, or has had time enough for it, and then to the end.
    pub async fn finish(mut self, versions: BTreeMap<WalletId, i64>) -> Followed {
        let begun = Instant::now();
        let mut is_end = false;
        while !(is_end && self.has(&versions)) && begun.elapsed() < PATIENCE {
            is_end = self.read_on().await == Some(0);
        }
        Followed {
            received: self.received,
            ended_at: versions,
        }
    }

    fn has(&self, versions: &BTreeMap<WalletId, i64>) -> bool {
        let mut last = BTreeMap::new();
        for received in &self.received {
            if let Event::Row(shown) = &received.event {
                last.insert(shown.wallet, shown.seq);
            }
        }
        let mut all = versions.iter().filter(|(_, version)| **version > 0);
        all.all(|(wallet, version)| last.get(wallet).is_some_and(|seq| seq >= version))
    }

    /// Reads a page; returns how many events it had, or `None` if there was no answer.
    async fn read_on(&mut self) -> Option<usize> {
        let Some(page) = self.page().await else {
            self.engine = (self.engine + 1) % ENGINES;
            sleep(PAUSE).await;
            return None;
        };
        let events = page["events"].as_array().unwrap();
        self.received.extend(events.iter().map(Received::read));
        self.after = Some(page["next"].as_str().unwrap().to_owned());
        Some(events.len())
    }

    async fn page(&self) -> Option<Value> {
        let address = self.addresses.of(self.engine);
        let after = self.after.as_ref();
        let after = after.map(|after| format!("&after={after}"));
        let after = after.unwrap_or_default();
        let url = format!("http://{address}/api/events/?limit={LIMIT}&wait={WAIT_S}{after}");
        let asked = self.http.get(url).timeout(PATIENT).send().await.ok()?;
        let status = asked.status();
        let page: Value = asked.json().await.ok()?;
        assert!(
            status.is_success() || status.is_server_error(),
            "{status}: {page}"
        );
        status.is_success().then_some(page)
    }
}

impl Received {
    fn read(event: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let operation = &event["operation"];
        let read = if event["type"] == "feed.rewound" {
            Event::Rewound
        } else {
            let created_at = operation["created_at"].as_str().unwrap();
            Event::Row(Shown {
                wallet: WalletId::parse(event["wallet"].as_str().unwrap()).unwrap(),
                seq: operation["id"].as_i64().unwrap(),
                kind: text(&operation["kind"]),
                amount: text(&operation["amount"]),
                balance_after: text(&operation["balance_after"]),
                created_at: OffsetDateTime::parse(created_at, &Rfc3339).unwrap(),
            })
        };
        Self {
            cursor: text(&event["cursor"]),
            event: read,
        }
    }
}

impl Shown {
    /// What an event of that row shows.
    pub fn of(wallet: WalletId, row: &Row) -> Self {
        Self {
            wallet,
            seq: row.seq,
            kind: row.operation.kind.as_str().to_owned(),
            amount: row.operation.amount.to_string(),
            balance_after: row.balance_after.to_string(),
            created_at: row.created_at,
        }
    }
}

impl Followed {
    pub fn rewinds(&self) -> usize {
        let rewound = |received: &&Received| received.event == Event::Rewound;
        self.received.iter().filter(rewound).count()
    }

    /// Writes it down, a line an event, for people.
    pub fn write(&self, path: &Path) {
        let lines = self
            .received
            .iter()
            .map(|received| format!("{received:?}\n"));
        fs::write(path, lines.collect::<String>()).unwrap();
    }
}
