//! Sessions of the engine's on the server: what is given up is ended there, and what is ended there is replaced.

use std::time::Duration;

use futures_util::future::join_all;

use super::app::App;
use super::ledger::{audit, recorded};
use super::{until, until_within};
use testkit::servers::{Server, Servers};

/// What an engine opens at most: the committers', the pool's, and two of its own.
const SESSIONS_MAX: i64 = 12;

/// What was given up is gone within this.
const GONE: Duration = Duration::from_secs(6);

#[tokio::test]
async fn registrations_that_are_given_up_leave_nothing_waiting_for_a_lock() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    // The address takes the limits away that would end a statement by themselves.
    let url = format!(
        "{}?options=-c%20lock_timeout%3D0%20-c%20statement_timeout%3D0",
        server.url()
    );
    let app = App::start(&url, 2).await;
    let wallet = app.wallet("alice").await;
    let mut holder = server.connect().await;
    let lock = holder.transaction().await.unwrap();
    lock.batch_execute("LOCK TABLE users").await.unwrap();

    give_up(&app, &server, 2).await;
    until_within(GONE, "the end of what was given up", async || {
        count(&server, "wait_event_type = 'Lock'").await == 0
    })
    .await;
    app.put(&wallet, "1.00").await;

    lock.commit().await.unwrap();
    app.wallet("bob").await;
    audit(&server);
}

#[tokio::test]
async fn registrations_that_are_given_up_do_not_pile_up_where_a_standby_is_waited_for() {
    let servers = Servers::new();
    let primary = servers.primary("one").await;
    let standby = servers.standby("two", &primary).await;
    primary.wait_for_standby(Some(&standby)).await;
    let app = App::start(&primary.url(), 2).await;
    app.wallet("alice").await;
    standby.freeze();

    give_up(&app, &primary, 3).await;
    until_within(GONE, "the end of what was given up", async || {
        count(&primary, "wait_event = 'SyncRep'").await <= 1
    })
    .await;

    standby.thaw();
    app.until_ready().await;
    let wallet = app.wallet("bob").await;
    app.put(&wallet, "1.00").await;
    audit(&primary);
}

/// Rounds of registrations that all end in vain; after each the server has no more sessions than an engine opens.
async fn give_up(app: &App, server: &Server, rounds: usize) {
    for round in 0..rounds {
        let users = (0..12).map(|user| format!("user{round}x{user}"));
        let given_up = users.map(|user| async move { app.register(&user).await.0 });
        for status in join_all(given_up).await {
            assert!([500, 503].contains(&status), "{status}");
        }
        until_within(GONE, "only an engine's sessions are left", async || {
            count(server, "true").await <= SESSIONS_MAX
        })
        .await;
    }
}

#[tokio::test]
async fn sessions_that_are_ended_all_the_time_lose_and_double_nothing() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let app = App::start(&server.url(), 3).await;
    let wallet = app.wallet("alice").await;
    let clients = join_all((0..4).map(|client| {
        let (app, wallet) = (&app, &wallet);
        async move {
            for deposit in 0..25 {
                app.settle(wallet, "1.00", &format!("{client}-{deposit}"))
                    .await;
            }
        }
    }));
    let ends = async {
        for deposits in (5..95).step_by(5) {
            until("deposits", async || {
                recorded(&server, &wallet, "1.00").await >= deposits
            })
            .await;
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE usename = 'wallet'";
            server.execute(&[end]).await;
        }
    };
    tokio::join!(clients, ends);

    assert_eq!(recorded(&server, &wallet, "1.00").await, 100);
    assert_eq!(app.balance(&wallet).await.as_deref(), Some("100.00"));
    app.until_ready().await;
    audit(&server);
}

/// The engine's sessions of that kind.
async fn count(server: &Server, kind: &str) -> i64 {
    let count =
        format!("SELECT count(*) FROM pg_stat_activity WHERE usename = 'wallet' AND {kind}");
    let client = server.connect().await;
    client.query_one(&count, &[]).await.unwrap().get(0)
}
