//! Where a reader of the feed is after its database server died, was replaced, or went back.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::Location;

use futures_util::future::{join, join_all, join3};
use serde_json::Value;
use tokio::time::Instant;

use super::app::{App, is_failed, url_of};
use super::ledger::audit;
use super::lost::exchange;
use super::{PATIENCE, until, within};
use testkit::proxy::Proxy;
use testkit::servers::{Server, Servers};

/// Some pages for every story.
const LIMIT: usize = 7;

/// Reads the feed from its beginning on, and remembers where it is.
#[derive(Clone, Default)]
struct Reader {
    after: String,
    events: Vec<Value>,
}

impl Reader {
    /// Asks for the next page until there is one; returns how many events it has.
    async fn page(&mut self, app: &App, wait_s: u32) -> usize {
        let page = RefCell::new(Value::Null);
        let query = format!("limit={LIMIT}&wait={wait_s}&after={}", self.after);
        let path = format!("/api/events/?{}", query.trim_end_matches("&after="));
        until("a page", async || {
            let (status, body) = app.get(&path).await;
            assert!(status == 200 || is_failed(status), "{status}: {body}");
            page.replace(body);
            status == 200
        })
        .await;
        let page = page.into_inner();
        page["next"].as_str().unwrap().clone_into(&mut self.after);
        let events = page["events"].as_array().unwrap();
        self.events.extend_from_slice(events);
        events.len()
    }

    /// Reads until it has so many more events, and then to the end of the feed. What is just being committed, such as the engine's
    /// own check, may hold up the feed for a moment.
    async fn read_on(&mut self, app: &App, count: usize) {
        let goal = self.events.len() + count;
        let begun = Instant::now();
        loop {
            let is_short = self.events.len() < goal && begun.elapsed() < PATIENCE;
            let is_end = self.page(app, u32::from(is_short)).await == 0;
            if is_end && !is_short {
                return;
            }
        }
    }

    /// Reads to the end of the feed, which has these amounts, or types of events without any, after what it had.
    #[track_caller]
    fn gets(&mut self, app: &App, expected: &[&str]) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            let before = self.events.len();
            self.read_on(app, expected.len()).await;
            let got: Vec<&str> = self.events[before..].iter().map(shown).collect();
            assert_eq!(got, expected, "{caller}");
        }
    }

    /// The rows that it got of each wallet, as [`rows`]. It got each once, in their order, and nothing else.
    fn rows(&self) -> BTreeMap<String, Vec<String>> {
        let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in &self.events {
            let wallet = event["wallet"].as_str();
            let wallet = wallet.unwrap_or_else(|| panic!("{event}"));
            let operation = &event["operation"];
            rows.entry(wallet.to_owned()).or_default().push(format!(
                "{} {}",
                operation["id"],
                operation["balance_after"].as_str().unwrap()
            ));
        }
        rows
    }
}

/// The amount, or the type of an event that has none.
fn shown(event: &Value) -> &str {
    let amount = event["operation"]["amount"].as_str();
    amount.or(event["type"].as_str()).unwrap()
}

/// Number and balance of each row, by wallet.
async fn rows(server: &Server) -> BTreeMap<String, Vec<String>> {
    let client = server.connect().await;
    let all = "SELECT wallet_id::text, array_agg(seq || ' ' || balance_after ORDER BY seq) FROM operations GROUP BY 1";
    let rows = client.query(all, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// A reader of everything so far, which is these amounts.
async fn reader(app: &App, amounts: &[&str]) -> Reader {
    let mut reader = Reader::default();
    reader.gets(app, amounts).await;
    reader
}

#[tokio::test]
async fn who_had_what_a_failover_lost_learns_of_it_once_and_others_do_not() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
    let wallets = [app.wallet("alice").await, app.wallet("bob").await];
    for wallet in &wallets {
        app.put(wallet, "10.00").await;
    }
    let mut behind = reader(&app, &["10.00", "10.00"]).await;
    standby.catch_up(&primary).await;
    standby.stop().await;
    for wallet in &wallets {
        app.put(wallet, "90.00").await;
    }
    let mut ahead = behind.clone();
    ahead.gets(&app, &["90.00", "90.00"]).await;
    primary.kill().await;
    standby.start().await;
    standby.promote().await;
    for (wallet, amount) in wallets.iter().zip(["1.00", "2.00"]) {
        app.settle(wallet, amount, "new").await;
    }

    behind.gets(&app, &["1.00", "2.00"]).await;
    ahead.gets(&app, &["feed.rewound", "1.00", "2.00"]).await;
    assert_eq!(behind.rows(), rows(&standby).await);
    for wallet in &wallets {
        app.put(wallet, "3.00").await;
    }
    for reader in [&mut behind, &mut ahead] {
        reader.gets(&app, &["3.00", "3.00"]).await;
    }
    audit(&standby);
}

/// What dies under load, while a reader follows.
struct Load {
    wallets: Vec<String>,
    acknowledged: Cell<usize>,
    is_over: Cell<bool>,
}

impl Load {
    async fn on(app: &App) -> Self {
        let mut wallets = Vec::new();
        for n in 0..8 {
            wallets.push(app.wallet(&format!("user{n}")).await);
        }
        Self {
            wallets,
            acknowledged: Cell::new(0),
            is_over: Cell::new(false),
        }
    }

    /// Deposits into all wallets while something happens; returns a reader that was at the feed's head.
    async fn beside(&self, app: &App, happening: impl Future<Output = ()>) -> Reader {
        let payers = self.wallets.iter().map(async |wallet| {
            while !self.is_over.get() {
                let (status, body) = app.deposit(wallet, "0.01").await;
                assert!(status == 200 || is_failed(status), "{status}: {body}");
                let paid = usize::from(status == 200);
                self.acknowledged.set(self.acknowledged.get() + paid);
            }
        });
        let reading = async {
            let mut reader = Reader::default();
            while !self.is_over.get() {
                reader.page(app, 1).await;
            }
            reader
        };
        let happening = async {
            self.until_acknowledged(100).await;
            happening.await;
            self.until_acknowledged(self.acknowledged.get() + 50).await;
            self.is_over.set(true);
        };
        let all = join3(join_all(payers), reading, happening);
        let (_, reader, ()) = within("the load", all).await;
        reader
    }

    /// In the end the reader has what the server has, and nothing of a loss.
    async fn judge(&self, app: &App, mut reader: Reader, server: &Server) {
        let rows = rows(server).await;
        let count: usize = rows.values().map(Vec::len).sum();
        assert!(count >= self.acknowledged.get());
        reader
            .read_on(app, count.saturating_sub(reader.events.len()))
            .await;
        assert_eq!(reader.rows(), rows);
    }

    async fn until_acknowledged(&self, count: usize) {
        until("more is acknowledged", async || {
            self.acknowledged.get() >= count
        })
        .await;
    }
}

#[tokio::test]
async fn a_synchronous_standby_that_takes_over_under_load_is_nothing_to_a_reader() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    primary.wait_for_standby(Some(&standby)).await;
    let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
    let load = Load::on(&app).await;
    let failover = async {
        primary.kill().await;
        standby.promote().await;
    };
    let reader = load.beside(&app, failover).await;

    load.judge(&app, reader, &standby).await;
    audit(&standby);
}

#[tokio::test]
async fn a_server_that_is_killed_under_load_and_comes_back_is_nothing_to_a_reader() {
    let servers = Servers::new();
    let mut server = servers.primary("one").await;
    let app = App::start(&server.url(), 3).await;
    let load = Load::on(&app).await;
    let crashes = async {
        for _ in 0..2 {
            server.kill().await;
            server.start().await;
            load.until_acknowledged(load.acknowledged.get() + 20).await;
        }
    };
    let reader = load.beside(&app, crashes).await;

    load.judge(&app, reader, &server).await;
    audit(&server);
}

/// The next number of a transaction.
async fn next_transaction(server: &Server) -> i64 {
    let next = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    let row = server.connect().await.query_one(next, &[]).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn a_dump_that_is_restored_on_a_server_with_lower_numbers_goes_on_where_its_readers_were() {
    let servers = Servers::new();
    let (old, new) = join(servers.primary("old"), servers.primary("new")).await;
    let many =
        "DO $$ BEGIN FOR n IN 1..5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$";
    old.execute(&[many]).await;
    let app = App::start(&old.url(), 3).await;
    let wallets = [app.wallet("alice").await, app.wallet("bob").await];
    for wallet in &wallets {
        app.put(wallet, "10.00").await;
    }
    let mut behind = reader(&app, &["10.00", "10.00"]).await;
    for wallet in &wallets {
        app.put(wallet, "20.00").await;
    }
    let mut at_its_end = behind.clone();
    at_its_end.gets(&app, &["20.00", "20.00"]).await;
    let dump = old.dump("dump").await;
    app.put(&wallets[0], "90.00").await;
    let mut beyond = at_its_end.clone();
    beyond.gets(&app, &["90.00"]).await;
    drop(app);

    new.restore(&dump).await;
    let (lower, higher) = join(next_transaction(&new), next_transaction(&old)).await;
    assert!(lower + 1_000 < higher, "{lower}, {higher}");
    let app = App::start(&new.url(), 3).await;
    for wallet in &wallets {
        app.put(wallet, "1.00").await;
    }
    let all = ["20.00", "20.00", "1.00", "1.00"];
    behind.gets(&app, &all).await;
    at_its_end.gets(&app, &all[2..]).await;
    beyond.gets(&app, &["feed.rewound", "1.00", "1.00"]).await;
    for reader in [&behind, &at_its_end] {
        assert_eq!(reader.rows(), rows(&new).await);
    }
    app.put(&wallets[0], "2.00").await;
    for reader in [&mut behind, &mut at_its_end, &mut beyond] {
        reader.gets(&app, &["2.00"]).await;
    }
    audit(&new);
}

/// How a database goes back to an older state while its server runs on: by another one under its name, or by a dump.
enum Back {
    Renamed,
    Restored,
}

/// The server's run and its transaction numbers go on, so nothing but the database itself tells.
async fn goes_back(back: Back) {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let line = Proxy::to(server.address()).await;
    let app = App::start(&url_of(&[line.address()]), 3).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "10.00").await;
    let mut behind = reader(&app, &["10.00"]).await;
    let dump = match back {
        Back::Renamed => {
            exchange(&line, &server, &["CREATE DATABASE older TEMPLATE wallet"]).await;
            None
        }
        Back::Restored => Some(server.dump("dump").await),
    };
    app.settle(&wallet, "90.00", "later").await;
    let mut ahead = behind.clone();
    ahead.gets(&app, &["90.00"]).await;
    if let Some(dump) = dump {
        line.refuse(usize::MAX);
        line.cut();
        server.restore(&dump).await;
        line.refuse(0);
    } else {
        let rename = [
            "ALTER DATABASE wallet RENAME TO later",
            "ALTER DATABASE older RENAME TO wallet",
        ];
        exchange(&line, &server, &rename).await;
    }
    app.settle(&wallet, "1.00", "new").await;
    app.settle(&wallet, "2.00", "newer").await;

    ahead.gets(&app, &["feed.rewound", "1.00", "2.00"]).await;
    behind.gets(&app, &["1.00", "2.00"]).await;
    assert_eq!(behind.rows(), rows(&server).await);
    app.put(&wallet, "3.00").await;
    for reader in [&mut behind, &mut ahead] {
        reader.gets(&app, &["3.00"]).await;
    }
    audit(&server);
}

#[tokio::test]
async fn an_older_database_under_the_same_name_is_noticed_by_who_had_more() {
    goes_back(Back::Renamed).await;
}

#[tokio::test]
async fn an_older_dump_in_the_same_database_is_noticed_by_who_had_more() {
    goes_back(Back::Restored).await;
}
