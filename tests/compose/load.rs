//! A load that can be judged: deposits under keys, each sent until it is acknowledged, and reads that must never go back.
//!
//! * Every operation is acknowledged in the end, so at the end a wallet holds exactly the sum of what was sent to it.
//! * Of each wallet the highest balance is known that anybody was told. There are only deposits, so a read that begins
//!   later and shows less has gone back, whoever asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::stack::{Stack, client_with};
use crate::{CALM, PATIENCE};

/// So many that each of three engines is the home of some: by chance, none is in one of 10^8 runs.
const WALLETS: usize = 48;
const WRITERS: usize = 16;
const READERS: usize = 8;
/// Longer than the engine and nginx take to give up.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// Before an operation is sent again, and between two of a client's.
const PAUSE: Duration = Duration::from_millis(20);

/// Many times what all writers together need for an operation.
const STILL: Duration = Duration::from_millis(500);

/// A load that goes on until it is stopped.
pub struct Load {
    shared: Arc<Shared>,
    clients: Vec<JoinHandle<()>>,
}

/// What was acknowledged.
pub struct Account(BTreeMap<String, u64>);

struct Shared {
    authorization: String,
    url: String,
    wallets: Vec<Wallet>,
    stop: AtomicBool,
    acknowledged: AtomicU64,
    sent_again: AtomicU64,
    replayed: AtomicU64,
    reads: AtomicU64,
    reads_failed: AtomicU64,
}

struct Wallet {
    path: String,
    acknowledged_cents: AtomicU64,
    /// The highest balance that anybody was told.
    seen_cents: AtomicU64,
}

impl Shared {
    /// Whose turn it is: half of all are the same one's, the others' are everybody's.
    fn wallet(&self, at: usize) -> &Wallet {
        let number = if at.is_multiple_of(2) {
            0
        } else {
            at / 2 % WALLETS
        };
        &self.wallets[number]
    }
}

impl Load {
    /// Registers the wallets and begins.
    pub async fn start(stack: &Stack) -> Self {
        let url = format!("http://{}", stack.address);
        let http = stack.client();
        let mut wallets = Vec::new();
        for _ in 0..WALLETS {
            wallets.push(Wallet {
                path: register(&http, &url).await,
                acknowledged_cents: AtomicU64::new(0),
                seen_cents: AtomicU64::new(0),
            });
        }
        let shared = Arc::new(Shared {
            authorization: stack.authorization(),
            url,
            wallets,
            stop: AtomicBool::new(false),
            acknowledged: AtomicU64::new(0),
            sent_again: AtomicU64::new(0),
            replayed: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            reads_failed: AtomicU64::new(0),
        });
        let writers = (0..WRITERS).map(|number| tokio::spawn(write(Arc::clone(&shared), number)));
        let readers = (0..READERS).map(|number| tokio::spawn(read(Arc::clone(&shared), number)));
        Self {
            clients: writers.chain(readers).collect(),
            shared,
        }
    }

    /// Waits until operations and reads are answered again, and lets them go on for a while.
    pub async fn goes_on(&self, when: &str) {
        let counts = || {
            let operations = self.shared.acknowledged.load(Ordering::SeqCst);
            (operations, self.shared.reads.load(Ordering::SeqCst))
        };
        let (operations, reads) = counts();
        // As many as no client can have had under way.
        let (operations, reads) = (operations + 200, reads + 200);
        let begun = Instant::now();
        while counts().0 < operations || counts().1 < reads {
            assert!(begun.elapsed() < PATIENCE, "no load {when}");
            assert!(
                !self.clients.iter().any(JoinHandle::is_finished),
                "a client has failed {when}"
            );
            sleep(PAUSE).await;
        }
        println!("{when}: going on after {:?}", begun.elapsed());
        sleep(CALM).await;
    }

    /// Attempts so far that a client had to make again, because it was refused or got no answer.
    pub fn failures(&self) -> u64 {
        let shared = &self.shared;
        shared.sent_again.load(Ordering::SeqCst) + shared.reads_failed.load(Ordering::SeqCst)
    }

    /// Operations so far.
    pub fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::SeqCst)
    }

    /// Waits until every writer waits for an answer that does not come.
    pub async fn stands_still(&self) {
        let acknowledged = || self.shared.acknowledged.load(Ordering::SeqCst);
        let begun = Instant::now();
        let mut before = None;
        while before != Some(acknowledged()) {
            assert!(begun.elapsed() < PATIENCE, "the load goes on");
            before = Some(acknowledged());
            sleep(STILL).await;
        }
    }

    /// Ends when everything that was sent is acknowledged. A run in which nothing had to be repeated proves nothing.
    pub async fn stop(self) -> Account {
        let (account, failures) = self.end().await;
        assert!(failures > 0);
        account
    }

    /// The same of a run in which nothing may have failed.
    pub async fn stop_undisturbed(self) -> Account {
        let (account, failures) = self.end().await;
        assert_eq!(failures, 0);
        account
    }

    async fn end(mut self) -> (Account, u64) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for client in self.clients.drain(..) {
            client.await.unwrap();
        }
        let shared = &self.shared;
        let [acknowledged, again, replayed, reads] = [
            &shared.acknowledged,
            &shared.sent_again,
            &shared.replayed,
            &shared.reads,
        ]
        .map(|count| count.load(Ordering::SeqCst));
        println!(
            "{acknowledged} operations acknowledged, {again} sent again, {replayed} replayed, {reads} reads"
        );
        let of_wallet = |wallet: &Wallet| {
            let cents = wallet.acknowledged_cents.load(Ordering::SeqCst);
            (wallet.path.clone(), cents)
        };
        let account = Account(shared.wallets.iter().map(of_wallet).collect());
        (account, self.failures())
    }
}

impl Account {
    /// To the cent.
    pub async fn is_what_the_wallets_hold(&self, stack: &Stack) {
        let http = stack.client();
        for (wallet, acknowledged) in &self.0 {
            let url = format!("http://{}{wallet}", stack.address);
            let answer = http.get(url).send().await.unwrap();
            let body: Value = answer.json().await.unwrap();
            assert_eq!(cents(&body), Some(*acknowledged), "{wallet}: {body}");
        }
    }
}

/// A new user's wallet: its path.
pub async fn register(http: &reqwest::Client, url: &str) -> String {
    let name = format!("u{}", Uuid::new_v4().simple());
    let user = json!({"username": name, "email": format!("{name}@example.com"), "password": "StrongPassword123"});
    let sent = http.post(format!("{url}/api/register/")).json(&user);
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn write(shared: Arc<Shared>, number: usize) {
    let http = client_with(&shared.authorization).build().unwrap();
    let mut at = number;
    while !shared.stop.load(Ordering::SeqCst) {
        at += 1;
        let wallet = shared.wallet(at);
        let amount = 1 + (at as u64 * 7 + number as u64) % 500;
        let key = Uuid::new_v4().to_string();
        let body = json!({
            "operationType": "DEPOSIT",
            "amount": format!("{}.{:02}", amount / 100, amount % 100),
        });
        let begun = Instant::now();
        let mut sent = 0;
        loop {
            sent += 1;
            let request = http
                .post(format!("{}{}operation/", shared.url, wallet.path))
                .header("Idempotency-Key", &key)
                .timeout(ANSWER_MAX)
                .json(&body);
            if let Some((balance, replayed)) = acknowledged(request).await {
                // A repetition gets the balance of its time, which may be long ago.
                wallet.seen_cents.fetch_max(balance, Ordering::SeqCst);
                shared
                    .replayed
                    .fetch_add(u64::from(replayed), Ordering::SeqCst);
                break;
            }
            shared.sent_again.fetch_add(1, Ordering::SeqCst);
            assert!(
                begun.elapsed() < PATIENCE,
                "{key} is not acknowledged after {sent} attempts"
            );
            sleep(PAUSE).await;
        }
        wallet
            .acknowledged_cents
            .fetch_add(amount, Ordering::SeqCst);
        shared.acknowledged.fetch_add(1, Ordering::SeqCst);
        sleep(PAUSE).await;
    }
}

/// The balance of a 200, and whether it is a repetition's; `None`: send it again.
async fn acknowledged(request: reqwest::RequestBuilder) -> Option<(u64, bool)> {
    let answer = request.send().await.ok()?;
    let (status, replayed) = (
        answer.status().as_u16(),
        answer.headers().contains_key("idempotency-replayed"),
    );
    let body = answer.bytes().await.ok()?;
    assert!(
        matches!(status, 200 | 500 | 502 | 503 | 504),
        "{status} {}",
        String::from_utf8_lossy(&body)
    );
    let body: Value = serde_json::from_slice(&body).expect("every answer is in JSON");
    (status == 200).then(|| (cents(&body).expect("a 200 has a balance"), replayed))
}

async fn read(shared: Arc<Shared>, number: usize) {
    let http = client_with(&shared.authorization).build().unwrap();
    let mut at = number;
    while !shared.stop.load(Ordering::SeqCst) {
        at += 1;
        let wallet = shared.wallet(at);
        let seen = wallet.seen_cents.load(Ordering::SeqCst);
        let request = http
            .get(format!("{}{}", shared.url, wallet.path))
            .timeout(ANSWER_MAX);
        if let Some((balance, _)) = acknowledged(request).await {
            assert!(
                balance >= seen,
                "{} reads {balance}, after somebody was told {seen}",
                wallet.path
            );
            wallet.seen_cents.fetch_max(balance, Ordering::SeqCst);
            shared.reads.fetch_add(1, Ordering::SeqCst);
        } else {
            shared.reads_failed.fetch_add(1, Ordering::SeqCst);
        }
        sleep(PAUSE).await;
    }
}

fn cents(body: &Value) -> Option<u64> {
    let (whole, rest) = body["balance"].as_str()?.split_once('.')?;
    Some(whole.parse::<u64>().ok()? * 100 + rest.parse::<u64>().ok()?)
}
