//! A hold, and what closes it, whose server is lost: each happens once or not at all, and what was read of the old past counts for
//! nothing.

use std::cell::Cell;
use std::net::SocketAddr;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use super::app::{App, is_failed, program, url_of};
use super::ledger::{audit, id_of};
use super::{PAUSE, until, within};
use testkit::proxy::Proxy;
use testkit::servers::{Server, Servers};

/// What closes a hold of 30.00, or reverses the withdrawal of 10.00: after the hold's number, a path, a body, and the status of
/// success.
struct Closing {
    name: &'static str,
    path: fn(&str, i64) -> String,
    body: &'static str,
    success: u16,
    /// The balance after it, of 40.00 before.
    balance: &'static str,
    /// Its rows, by kind.
    kinds: &'static [&'static str],
}

const CLOSINGS: [Closing; 3] = [
    Closing {
        name: "capture",
        path: |wallet, hold| format!("{wallet}holds/{hold}/capture/"),
        body: r#"{"amount": "20.00", "final": true}"#,
        success: 200,
        balance: "20.00",
        kinds: &["RELEASE", "CAPTURE"],
    },
    Closing {
        name: "void",
        path: |wallet, hold| format!("{wallet}holds/{hold}/void/"),
        body: "{}",
        success: 200,
        balance: "40.00",
        kinds: &["RELEASE"],
    },
    Closing {
        name: "reversal",
        path: |wallet, _| format!("{wallet}operations/{WITHDRAWAL}/reverse/"),
        body: "{}",
        success: 201,
        balance: "50.00",
        kinds: &["REVERSAL_IN"],
    },
];

/// The number of the withdrawal of [`held`].
const WITHDRAWAL: i64 = 2;

/// An engine whose only session that commits is open after a deposit: none would be opened while a server is silent.
async fn one_committer(addresses: &[SocketAddr], wait_s: u64) -> App {
    let mut command = program(&url_of(addresses), wait_s);
    command.env("WALLET_COMMITTERS", "1");
    App::start_with(command).await
}

/// A wallet with 40.00, of which 30.00 are held, and the hold's number.
async fn held(app: &App, username: &str) -> (String, i64) {
    let wallet = app.wallet(username).await;
    app.put(&wallet, "50.00").await;
    assert_eq!(app.withdraw(&wallet, "10.00").await.0, 200);
    let (status, hold) = place(app, &wallet, "30.00", None).await;
    assert_eq!(status, 201, "{hold}");
    (wallet, hold["id"].as_i64().unwrap())
}

async fn place(app: &App, wallet: &str, amount: &str, key: Option<&str>) -> (u16, Value) {
    app.post(&format!("{wallet}holds/"), &json!({"amount": amount}), key)
        .await
}

impl Closing {
    async fn ask(&self, app: &App, wallet: &str, hold: i64, key: Option<&str>) -> (u16, Value) {
        let body: Value = serde_json::from_str(self.body).unwrap();
        let (status, answer) = app.post(&(self.path)(wallet, hold), &body, key).await;
        let name = self.name;
        assert!(
            status == self.success || is_failed(status),
            "{name}: {status}: {answer}"
        );
        (status, answer)
    }

    /// Repeats it under its key until it has succeeded.
    async fn settle(&self, app: &App, wallet: &str, hold: i64, key: &str) {
        until(self.name, async || {
            self.ask(app, wallet, hold, Some(key)).await.0 == self.success
        })
        .await;
    }

    /// How many of its rows are in the wallet's ledger.
    async fn rows(&self, server: &Server, wallet: &str) -> usize {
        let kinds = kinds(server, wallet).await;
        let is_of = |kind: &&String| self.kinds.contains(&kind.as_str());
        kinds.iter().filter(is_of).count()
    }

    /// The wallet has it once, by the engine and by the ledger.
    async fn assert_once(&self, app: &App, server: &Server, wallet: &str) {
        let balance = app.balance(wallet).await;
        assert_eq!(balance.as_deref(), Some(self.balance), "{}", self.name);
        let rows = self.rows(server, wallet).await;
        assert_eq!(rows, self.kinds.len(), "{}", self.name);
    }
}

/// The kinds of the wallet's rows, in their order.
async fn kinds(server: &Server, wallet: &str) -> Vec<String> {
    let client = server.connect().await;
    let rows = "SELECT kind FROM operations WHERE wallet_id::text = $1 ORDER BY seq";
    let rows = client.query(rows, &[&id_of(wallet)]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// In each of eight wallets something is held, captured in part, and the capture reversed, over and over, until its engine has
/// another primary.
#[tokio::test]
async fn a_synchronous_standby_has_each_hold_that_was_acknowledged_and_all_that_became_of_it() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    primary.wait_for_standby(Some(&standby)).await;
    let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
    let mut wallets = Vec::new();
    for n in 0..8 {
        let wallet = app.wallet(&format!("user{n}")).await;
        app.put(&wallet, "100.00").await;
        wallets.push(wallet);
    }
    let rounds = Cell::new(0);
    let is_over = Cell::new(false);
    // Under its key until it succeeds; gives the number of its row.
    let settled = async |path: String, body: Value, key: String| {
        let id = Cell::new(0);
        until("it is done under its key", async || {
            let (status, answer) = app.post(&path, &body, Some(&key)).await;
            assert!(
                [200, 201].contains(&status) || is_failed(status),
                "{key}: {status}: {answer}"
            );
            id.set(answer["id"].as_i64().unwrap_or_default());
            !is_failed(status)
        })
        .await;
        id.get()
    };
    let users = wallets.iter().map(async |wallet| {
        let mut done = 0;
        while !is_over.get() {
            let hold = json!({"amount": "3.00"});
            let hold = settled(format!("{wallet}holds/"), hold, format!("hold{done}")).await;
            let part = json!({"amount": "2.00", "final": true});
            let path = format!("{wallet}holds/{hold}/capture/");
            let capture = settled(path, part, format!("capture{done}")).await;
            let path = format!("{wallet}operations/{capture}/reverse/");
            settled(path, json!({}), format!("reversal{done}")).await;
            done += 1;
            rounds.set(rounds.get() + 1);
        }
        done
    });
    let failover = async {
        until("some are done", async || rounds.get() >= 40).await;
        primary.kill().await;
        standby.promote().await;
        let so_far = rounds.get();
        until("it goes on", async || rounds.get() >= so_far + 16).await;
        is_over.set(true);
    };
    let (done, ()) = within("the failover", join(join_all(users), failover)).await;

    for (wallet, done) in wallets.iter().zip(done) {
        let once = ["HOLD", "RELEASE", "CAPTURE", "REVERSAL_IN"].repeat(done);
        let expected = [vec!["DEPOSIT"], once].concat();
        assert_eq!(kinds(&standby, wallet).await, expected);
        assert_eq!(app.balance(wallet).await.as_deref(), Some("100.00"));
    }
    audit(&standby);
}

#[tokio::test]
async fn what_a_failover_lost_of_a_hold_is_forgotten_and_may_happen_again() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
    let mut wallets = Vec::new();
    for closing in &CLOSINGS {
        wallets.push(held(&app, closing.name).await);
    }
    standby.catch_up(&primary).await;
    standby.stop().await;
    for (closing, (wallet, hold)) in CLOSINGS.iter().zip(&wallets) {
        let (status, body) = closing.ask(&app, wallet, *hold, Some("close")).await;
        assert_eq!(status, closing.success, "{body}");
        closing.assert_once(&app, &primary, wallet).await;
    }
    // And a hold that only the old primary has.
    let (status, lost) = place(&app, &wallets[0].0, "5.00", Some("lost")).await;
    assert_eq!(status, 201, "{lost}");
    primary.kill().await;
    standby.start().await;
    standby.promote().await;

    app.until_ready().await;
    let (first, hold) = &wallets[0];
    let path = format!("{first}holds/{hold}/");
    until("the loss is seen", async || {
        app.get(&path).await.1["status"] == "open"
    })
    .await;
    let lost = format!("{first}holds/{}/", lost["id"]);
    assert_eq!(app.get(&lost).await.0, 404);
    // 30.00 of 40.00 are held again.
    until("what is held counts again", async || {
        let (status, body) = app.withdraw(first, "10.01").await;
        assert!(status == 400 || is_failed(status), "{status}: {body}");
        status == 400
    })
    .await;
    for (closing, (wallet, hold)) in CLOSINGS.iter().zip(&wallets) {
        closing.settle(&app, wallet, *hold, "close").await;
        closing.assert_once(&app, &standby, wallet).await;
    }
    audit(&standby);
}

/// PostgreSQL keeps and shows a commit whose wait for the standby is ended.
#[tokio::test]
async fn what_commits_without_the_standby_is_unknown_and_then_absent() {
    for closing in &CLOSINGS {
        commit_without_the_standby(closing).await;
    }
}

async fn commit_without_the_standby(closing: &Closing) {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    primary.wait_for_standby(Some(&standby)).await;
    let app = one_committer(&[primary.address(), standby.address()], 3).await;
    let (wallet, hold) = held(&app, "alice").await;
    standby.stop().await;
    let administrator = primary.connect().await;
    let ending = async {
        let end =
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        loop {
            administrator.batch_execute(end).await.unwrap();
            tokio::time::sleep(PAUSE).await;
        }
    };
    let answer = closing.ask(&app, &wallet, hold, Some("close"));
    let (status, body) = tokio::select! {
        answer = within("the answer", answer) => answer,
        () = ending => unreachable!("it never ends"),
    };
    assert_eq!(status, 500, "{}: {body}", closing.name);
    let rows = closing.rows(&primary, &wallet).await;
    assert_eq!(rows, closing.kinds.len(), "{}: no commit", closing.name);
    primary.kill().await;
    standby.start().await;
    standby.promote().await;

    app.until_ready().await;
    assert_eq!(closing.rows(&standby, &wallet).await, 0, "{}", closing.name);
    closing.settle(&app, &wallet, hold, "close").await;
    closing.assert_once(&app, &standby, &wallet).await;
    audit(&standby);
}

#[tokio::test]
async fn what_closes_a_hold_and_is_not_answered_happens_once() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    // A reversal reads its original first, which would not be answered either.
    for closing in &CLOSINGS[..2] {
        let line = Proxy::to(server.address()).await;
        let app = one_committer(&[line.address()], 10).await;
        let (wallet, hold) = held(&app, closing.name).await;
        line.silence();
        let commit = async {
            until("it is written", async || {
                closing.rows(&server, &wallet).await == closing.kinds.len()
            })
            .await;
            line.end_silence();
        };
        // Without a key, which would make a second one impossible.
        let answer = closing.ask(&app, &wallet, hold, None);
        let ((status, body), ()) = within("the answer", join(answer, commit)).await;
        assert_eq!(status, 200, "{body}");
        closing.assert_once(&app, &server, &wallet).await;
        let (status, body) = place(&app, &wallet, closing.balance, None).await;
        assert_eq!(status, 201, "all of it is free: {body}");
    }
    audit(&server);
}

/// It is on its way to the frozen primary, and no other server takes writes yet.
#[tokio::test]
async fn what_a_frozen_primary_is_asked_to_commit_happens_once_and_on_its_successor() {
    let servers = Servers::new();
    let primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    let app = one_committer(&[primary.address(), standby.address()], 3).await;
    let mut wallets = Vec::new();
    for closing in &CLOSINGS {
        wallets.push(held(&app, closing.name).await);
    }
    standby.catch_up(&primary).await;

    primary.freeze();
    let closings = CLOSINGS.iter().zip(&wallets);
    let closings = closings.map(async |(closing, (wallet, hold))| {
        closing.ask(&app, wallet, *hold, Some("close")).await.0
    });
    let statuses = within("the answers", join_all(closings)).await;
    assert!(statuses.into_iter().all(is_failed));
    standby.promote().await;
    for (closing, (wallet, hold)) in CLOSINGS.iter().zip(&wallets) {
        closing.settle(&app, wallet, *hold, "close").await;
    }

    primary.thaw();
    for (closing, (wallet, _)) in CLOSINGS.iter().zip(&wallets) {
        for _ in 0..10 {
            app.put(wallet, "0.10").await;
        }
        assert_eq!(app.withdraw(wallet, "1.00").await.0, 200);
        closing.assert_once(&app, &standby, wallet).await;
    }
    audit(&standby);
}

/// The original is read, and the wallet's row is locked until the primary is lost, with the original: on its successor there is
/// nothing to reverse.
#[tokio::test]
async fn a_reversal_is_not_decided_on_an_original_of_the_old_past() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    let app = one_committer(&[primary.address(), standby.address()], 30).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "50.00").await;
    standby.catch_up(&primary).await;
    standby.stop().await;
    assert_eq!(app.withdraw(&wallet, "20.00").await.0, 200);
    let mut administrator = primary.connect().await;
    let lock = administrator.transaction().await.unwrap();
    let locked = "SELECT FROM wallets WHERE id::text = $1 FOR UPDATE";
    lock.query(locked, &[&id_of(&wallet)]).await.unwrap();

    let failover = async {
        let watcher = primary.connect().await;
        let read = "SELECT count(*) FROM pg_stat_activity
                    WHERE state = 'idle' AND query LIKE '-- A wallet''s operation, what was reversed of it%'";
        until("the original is read", async || {
            let row = watcher.query_one(read, &[]).await.unwrap();
            row.get::<_, i64>(0) > 0
        })
        .await;
        primary.kill().await;
        standby.start().await;
        standby.promote().await;
    };
    let path = format!("{wallet}operations/{WITHDRAWAL}/reverse/");
    let nothing = json!({});
    let reversal = app.post(&path, &nothing, Some("back"));
    let ((status, body), ()) = within("the answer", join(reversal, failover)).await;
    assert_eq!(body["code"], "operation_not_found", "{status}: {body}");
    assert_eq!(kinds(&standby, &wallet).await, ["DEPOSIT"]);
    assert_eq!(app.balance(&wallet).await.as_deref(), Some("50.00"));

    // Its number is another operation's now, and the key is free.
    assert_eq!(app.withdraw(&wallet, "5.00").await.0, 200);
    let (status, body) = app.post(&path, &json!({}), Some("back")).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["balance"], "50.00");
    audit(&standby);
}
