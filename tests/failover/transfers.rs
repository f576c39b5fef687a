//! A transfer whose server is lost: both wallets have it or neither has, in the ledger and in the engine's memory.

use std::cell::Cell;
use std::net::SocketAddr;

use futures_util::future::{join, join_all};
use serde_json::json;

use super::app::{App, is_failed, program, url_of};
use super::ledger::{audit, id_of, recorded};
use super::{PAUSE, until, within};
use testkit::proxy::Proxy;
use testkit::servers::{Server, Servers};

/// What the first of two wallets pays the second.
const AMOUNT: &str = "20.00";

/// An engine whose only session that commits is open after a deposit: none would be opened while a server is silent, and the
/// transfer would not reach it.
async fn one_committer(addresses: &[SocketAddr], wait_s: u64) -> App {
    let mut command = program(&url_of(addresses), wait_s);
    command.env("WALLET_COMMITTERS", "1");
    App::start_with(command).await
}

async fn two_wallets(app: &App) -> [String; 2] {
    let wallets = [app.wallet("alice").await, app.wallet("bob").await];
    for wallet in &wallets {
        app.put(wallet, "50.00").await;
    }
    wallets
}

/// In how many ledgers of the two wallets the transfer is.
async fn legs(server: &Server, [from, to]: &[String; 2]) -> i64 {
    let (one, other) = join(recorded(server, from, AMOUNT), recorded(server, to, AMOUNT)).await;
    one + other
}

async fn balances(app: &App, [from, to]: &[String; 2]) -> [Option<String>; 2] {
    join(app.balance(from), app.balance(to)).await.into()
}

fn shown(balances: [&str; 2]) -> [Option<String>; 2] {
    balances.map(|balance| Some(balance.to_owned()))
}

/// Each of eight wallets pays the next one, over and over, until its engine has another primary.
#[tokio::test]
async fn a_synchronous_standby_has_whole_what_was_acknowledged_and_whole_or_not_what_was_not() {
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
    let paid = Cell::new(0);
    let is_over = Cell::new(false);
    let payers = (0..wallets.len()).map(async |n| {
        let (from, to) = (&wallets[n], &wallets[(n + 1) % wallets.len()]);
        let mut answers = Vec::new();
        while !is_over.get() {
            let key = format!("payment{}", answers.len());
            let (status, body) = app.keyed_transfer(from, to, "0.01", &key).await;
            assert!(status == 201 || is_failed(status), "{status}: {body}");
            answers.push(status);
            paid.set(paid.get() + usize::from(status == 201));
        }
        answers
    });
    let failover = async {
        until("some have been paid", async || paid.get() >= 100).await;
        primary.kill().await;
        standby.promote().await;
        // Its memory is the old primary's; what it pays next is decided on the new one.
        let so_far = paid.get();
        until("it pays again", async || paid.get() >= so_far + 20).await;
        is_over.set(true);
    };
    let (answers, ()) = within("the failover", join(join_all(payers), failover)).await;

    let client = standby.connect().await;
    let sides = "SELECT count(*) FILTER (WHERE kind = 'TRANSFER_OUT'), count(*) FILTER (WHERE kind = 'TRANSFER_IN')
                 FROM operations";
    let row = client.query_one(sides, &[]).await.unwrap();
    let [out, into] = [0, 1].map(|column| row.get::<_, i64>(column));
    assert_eq!(out, into, "one side without the other");
    assert!(usize::try_from(out).unwrap() >= paid.get(), "one was lost");
    audit(&standby);

    let sent =
        "SELECT count(*) FROM operations WHERE wallet_id::text = $1 AND idempotency_key = $2";
    let mut asked = 0;
    for (n, answers) in answers.iter().enumerate() {
        let (from, to) = (&wallets[n], &wallets[(n + 1) % wallets.len()]);
        for (turn, status) in answers.iter().enumerate() {
            asked += 1;
            let key = format!("payment{turn}");
            if *status == 201 {
                let row = client.query_one(sent, &[&id_of(from), &key]).await;
                let found = row.unwrap().get::<_, i64>(0);
                assert_eq!(found, 1, "{key} of {from} was acknowledged");
            } else {
                app.settle_transfer(from, to, "0.01", &key).await;
            }
        }
    }
    let row = client.query_one(sides, &[]).await.unwrap();
    assert_eq!([0, 1].map(|column| row.get::<_, i64>(column)), [asked; 2]);
    audit(&standby);
}

#[tokio::test]
async fn a_transfer_that_a_failover_lost_is_forgotten_in_both_wallets() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
    let wallets = two_wallets(&app).await;
    standby.catch_up(&primary).await;
    standby.stop().await;
    let (status, body) = app
        .keyed_transfer(&wallets[0], &wallets[1], AMOUNT, "rent")
        .await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(balances(&app, &wallets).await, shown(["30.00", "70.00"]));
    primary.kill().await;
    standby.start().await;
    standby.promote().await;

    until("the loss is seen", async || {
        balances(&app, &wallets).await == shown(["50.00", "50.00"])
    })
    .await;
    let (status, body) = app.withdraw(&wallets[1], "70.00").await;
    assert_eq!(status, 400, "{body}");
    assert_eq!(app.withdraw(&wallets[0], "30.00").await.0, 200);
    app.settle_transfer(&wallets[0], &wallets[1], AMOUNT, "rent")
        .await;
    assert_eq!(balances(&app, &wallets).await, shown(["0.00", "70.00"]));
    assert_eq!(legs(&standby, &wallets).await, 2);
    audit(&standby);
}

/// PostgreSQL keeps and shows a commit whose wait for the standby is ended.
#[tokio::test]
async fn a_transfer_that_commits_without_the_standby_is_unknown_and_then_absent_in_both_wallets() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    primary.wait_for_standby(Some(&standby)).await;
    let app = one_committer(&[primary.address(), standby.address()], 3).await;
    let wallets = two_wallets(&app).await;
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
    let transfer = app.keyed_transfer(&wallets[0], &wallets[1], AMOUNT, "rent");
    let (status, body) = tokio::select! {
        answer = within("the answer", transfer) => answer,
        () = ending => unreachable!("it never ends"),
    };
    assert_eq!(status, 500, "{body}");
    assert_eq!(legs(&primary, &wallets).await, 2, "no commit");
    primary.kill().await;
    standby.start().await;
    standby.promote().await;

    app.until_ready().await;
    assert_eq!(legs(&standby, &wallets).await, 0);
    app.settle_transfer(&wallets[0], &wallets[1], AMOUNT, "rent")
        .await;
    assert_eq!(balances(&app, &wallets).await, shown(["30.00", "70.00"]));
    assert_eq!(legs(&standby, &wallets).await, 2);
    audit(&standby);
}

#[tokio::test]
async fn a_transfer_whose_commit_is_not_answered_happens_once() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let line = Proxy::to(server.address()).await;
    let app = one_committer(&[line.address()], 10).await;
    let wallets = two_wallets(&app).await;

    line.silence();
    let commit = async {
        until("both legs are written", async || {
            legs(&server, &wallets).await == 2
        })
        .await;
        line.end_silence();
    };
    // Without a key, which would make a second one impossible.
    let path = format!("{}transfers/", wallets[0]);
    let body = json!({"to": id_of(&wallets[1]), "amount": AMOUNT});
    let transfer = app.post(&path, &body, None);
    let ((status, body), ()) = within("the answer", join(transfer, commit)).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["balance"], "30.00");
    assert_eq!(balances(&app, &wallets).await, shown(["30.00", "70.00"]));
    // Both go on from there.
    let (status, body) = app
        .keyed_transfer(&wallets[1], &wallets[0], "70.00", "back")
        .await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(balances(&app, &wallets).await, shown(["100.00", "0.00"]));
    assert_eq!(legs(&server, &wallets).await, 2);
    audit(&server);
}

/// It is on its way to the frozen primary, and no other server takes writes yet.
#[tokio::test]
async fn a_transfer_that_a_frozen_primary_is_asked_to_commit_happens_once_and_on_its_successor() {
    let servers = Servers::new();
    let primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    let app = one_committer(&[primary.address(), standby.address()], 3).await;
    let wallets = two_wallets(&app).await;
    standby.catch_up(&primary).await;

    primary.freeze();
    let (status, body) = app
        .keyed_transfer(&wallets[0], &wallets[1], AMOUNT, "rent")
        .await;
    assert_eq!(status, 500, "{body}");
    standby.promote().await;
    app.settle_transfer(&wallets[0], &wallets[1], AMOUNT, "rent")
        .await;

    primary.thaw();
    for wallet in &wallets {
        for _ in 0..10 {
            app.put(wallet, "1.00").await;
        }
    }
    assert_eq!(legs(&standby, &wallets).await, 2);
    assert_eq!(balances(&app, &wallets).await, shown(["40.00", "80.00"]));
    audit(&standby);
}
