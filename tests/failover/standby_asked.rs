//! A standby that is behind answers where the primary should: what it reports is the past, and what it lacks proves nothing.

use super::app::{App, program, url_of};
use super::ledger::{audit, recorded};
use super::until;
use testkit::proxy::Proxy;
use testkit::servers::Servers;

#[tokio::test]
async fn an_outcome_is_settled_once_although_the_one_address_leads_to_the_standby_meanwhile() {
    let servers = Servers::new();
    let primary = servers.primary("one").await;
    let standby = servers.standby("two", &primary).await;
    let line = Proxy::to(primary.address()).await;
    let app = App::start(&url_of(&[line.address()]), 6).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "1.00").await;
    standby.catch_up(&primary).await;
    standby.pause_replay().await;

    line.silence();
    let trouble = async {
        until("the deposit is written", async || {
            recorded(&primary, &wallet, "100.00").await == 1
        })
        .await;
        line.lead_to(standby.address());
        let before = line.accepted();
        line.end_silence();
        until("the standby is asked", async || {
            line.accepted() > before + 3
        })
        .await;
        line.lead_to(primary.address());
    };
    let ((status, body), ()) = tokio::join!(app.deposit(&wallet, "100.00"), trouble);

    assert!([200, 500].contains(&status), "{status}: {body}");
    until("a deposit", async || {
        app.deposit(&wallet, "1.00").await.0 == 200
    })
    .await;
    assert_eq!(recorded(&primary, &wallet, "100.00").await, 1);
    audit(&primary);
}

#[tokio::test]
async fn a_balance_is_read_from_the_restarted_primary_although_a_standby_is_first() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let standby = servers.standby("two", &primary).await;
    let mut program = program(&url_of(&[standby.address(), primary.address()]), 3);
    // Balances are read from the database.
    program.env("WALLET_SHARED", "true");
    let app = App::start_with(program).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "1.00").await;
    standby.catch_up(&primary).await;
    standby.pause_replay().await;
    app.put(&wallet, "1.00").await;

    primary.stop().await;
    app.until_unready().await;
    assert_ne!(app.balance(&wallet).await.as_deref(), Some("1.00"));
    primary.start().await;

    until("a balance", async || {
        let balance = app.balance(&wallet).await;
        assert_ne!(balance.as_deref(), Some("1.00"), "the standby's past");
        balance.is_some()
    })
    .await;
    app.until_ready().await;
    app.put(&wallet, "1.00").await;
    assert_eq!(app.balance(&wallet).await.as_deref(), Some("3.00"));
    audit(&primary);
}
