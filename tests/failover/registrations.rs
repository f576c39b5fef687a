//! A registration whose answer was lost, and its repetition under its key.

use super::app::{App, is_failed, program, url_of};
use super::ledger::audit;
use super::until;
use testkit::proxy::Proxy;
use testkit::servers::{Server, Servers};

/// The address of a user's wallet, as the database has it.
async fn wallet_of(server: &Server, username: &str) -> Option<String> {
    let client = server.connect().await;
    let find = "SELECT '/api/wallets/' || wallet_id || '/' FROM users WHERE username = $1";
    let found = client.query_opt(find, &[&username]).await.unwrap();
    found.map(|row| row.get(0))
}

#[tokio::test]
async fn a_registration_whose_answer_is_lost_on_the_way_is_had_again_with_its_wallet() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let line = Proxy::to(server.address()).await;
    // With one session, it is the one on which alice's registration has prepared the insertion: preparing waits for the lock as well.
    let mut program = program(&url_of(&[line.address()]), 6);
    program.env("WALLET_POOL_MAX", "1");
    let app = App::start_with(program).await;
    app.wallet("alice").await;
    let mut holder = server.connect().await;
    let lock = holder.transaction().await.unwrap();
    let table = "LOCK TABLE wallets IN SHARE ROW EXCLUSIVE MODE";
    lock.batch_execute(table).await.unwrap();

    let lost = async {
        let administrator = server.connect().await;
        until("the insertion waits", async || {
            // The readiness check waits for the same lock.
            let waits = "SELECT count(*) FROM pg_stat_activity
                         WHERE usename = 'wallet' AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO users%'";
            let row = administrator.query_one(waits, &[]).await.unwrap();
            row.get::<_, i64>(0) == 1
        })
        .await;
        line.silence();
        lock.commit().await.unwrap();
        until("the user is there", async || {
            wallet_of(&server, "bob").await.is_some()
        })
        .await;
        line.end_silence();
    };
    let ((status, location, _), ()) = tokio::join!(app.keyed_register("bob", "once"), lost);
    assert_eq!((status, location), (500, None));

    let again = app.keyed_register("bob", "once").await;
    assert_eq!(again, (201, wallet_of(&server, "bob").await, true));
    app.put(&again.1.unwrap(), "1.00").await;
    audit(&server);
}

#[tokio::test]
async fn a_registration_that_the_standby_lacks_is_not_told_until_it_has_it() {
    let servers = Servers::new();
    let primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    primary.wait_for_standby(Some(&standby)).await;
    let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
    app.wallet("alice").await;
    standby.stop().await;

    assert_eq!(app.keyed_register("bob", "once").await.0, 500);
    until("the user is there", async || {
        wallet_of(&primary, "bob").await.is_some()
    })
    .await;
    for _ in 0..2 {
        let (status, location, _) = app.keyed_register("bob", "once").await;
        assert!(is_failed(status), "{status}");
        assert_eq!(location, None);
    }

    standby.start().await;
    let registered = wallet_of(&primary, "bob").await;
    until("the repetition is answered", async || {
        let again = app.keyed_register("bob", "once").await;
        assert!(is_failed(again.0) || again == (201, registered.clone(), true));
        again.0 == 201
    })
    .await;
    standby.catch_up(&primary).await;
    assert_eq!(wallet_of(&standby, "bob").await, registered);
    audit(&primary);
}

#[tokio::test]
async fn a_registration_that_went_with_its_primary_happens_at_its_repetition() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    primary.wait_for_standby(Some(&standby)).await;
    let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
    app.wallet("alice").await;
    standby.stop().await;
    assert_eq!(app.keyed_register("bob", "once").await.0, 500);
    primary.kill().await;
    standby.start().await;
    standby.promote().await;
    standby.wait_for_standby(None).await;

    app.until_ready().await;
    let registered = app.keyed_register("bob", "once").await;
    assert_eq!(registered, (201, wallet_of(&standby, "bob").await, false));
    let again = app.keyed_register("bob", "once").await;
    assert_eq!(again, (201, registered.1, true));
    audit(&standby);
}
