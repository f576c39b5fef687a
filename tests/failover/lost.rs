//! What a failover or a restore took away is not there for an engine that remembers it.

use std::time::Duration;

use super::app::{App, url_of};
use super::ledger::{audit, recorded};
use super::until_within;
use testkit::proxy::Proxy;
use testkit::servers::{Server, Servers};

/// An engine that nothing is asked of notices it within this.
const NOTICED: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_wallet_a_user_and_a_key_that_a_failover_lost_are_free_again() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
    let alice = app.wallet("alice").await;
    app.put(&alice, "10.00").await;
    standby.catch_up(&primary).await;
    standby.stop().await;
    let lost = app.wallet("bob").await;
    app.put(&lost, "5.00").await;
    assert_eq!(app.keyed_deposit(&alice, "90.00", "lost").await.0, 200);
    primary.kill().await;
    standby.start().await;
    standby.promote().await;

    until_within(NOTICED, "the losses are seen", async || {
        app.get(&lost).await.0 == 404 && app.balance(&alice).await.as_deref() == Some("10.00")
    })
    .await;
    assert_eq!(app.deposit(&lost, "5.00").await.0, 404);
    let found = app.wallet("bob").await;
    assert_ne!(found, lost);
    app.put(&found, "1.00").await;
    let (status, body) = app.keyed_deposit(&alice, "90.00", "lost").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(recorded(&standby, &alice, "90.00").await, 1);
    audit(&standby);
}

#[tokio::test]
async fn what_a_frozen_primary_is_asked_to_commit_happens_once_and_on_its_successor() {
    let servers = Servers::new();
    let primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "1.00").await;
    standby.catch_up(&primary).await;

    // It is on its way to the frozen primary, and no other server takes writes yet.
    primary.freeze();
    let (status, body) = app.keyed_deposit(&wallet, "100.00", "rent").await;
    assert_eq!(status, 500, "{body}");
    standby.promote().await;
    app.settle(&wallet, "100.00", "rent").await;

    primary.thaw();
    for _ in 0..20 {
        app.put(&wallet, "1.00").await;
    }
    assert_eq!(recorded(&standby, &wallet, "100.00").await, 1);
    assert_eq!(app.balance(&wallet).await.as_deref(), Some("121.00"));
    audit(&standby);
}

/// As when a dump is restored: the server runs on, at the same address.
#[tokio::test]
async fn an_older_database_under_the_same_name_is_taken_for_what_it_is() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let line = Proxy::to(server.address()).await;
    let app = App::start(&url_of(&[line.address()]), 3).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "10.00").await;
    exchange(&line, &server, &["CREATE DATABASE older TEMPLATE wallet"]).await;
    app.settle(&wallet, "90.00", "later").await;

    let rename = [
        "ALTER DATABASE wallet RENAME TO later",
        "ALTER DATABASE older RENAME TO wallet",
    ];
    exchange(&line, &server, &rename).await;

    until_within(NOTICED, "the older balance is seen", async || {
        app.balance(&wallet).await.as_deref() == Some("10.00")
    })
    .await;
    let (status, body) = app.withdraw(&wallet, "50.00").await;
    assert_eq!(status, 400, "{body}");
    app.settle(&wallet, "90.00", "later").await;
    assert_eq!(recorded(&server, &wallet, "90.00").await, 1);
    audit(&server);
}

/// Runs statements while no one has a session in the database.
pub async fn exchange(line: &Proxy, server: &Server, statements: &[&str]) {
    line.refuse(usize::MAX);
    line.cut();
    let administrator = server.connect_as("postgres", "postgres").await;
    let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
               WHERE datname = 'wallet'";
    administrator.batch_execute(end).await.unwrap();
    for statement in statements {
        administrator.batch_execute(statement).await.unwrap();
    }
    line.refuse(0);
}
