//! A database that grants few sessions.

use futures_util::future::join_all;

use super::app::{App, is_failed, program, refused, url_of};
use super::ledger::{audit, recorded};
use super::until;
use testkit::proxy::Proxy;
use testkit::servers::Servers;

#[tokio::test]
async fn a_role_with_five_sessions_deposits_beside_a_crowd_and_settles_what_is_unknown() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    server
        .execute(&["ALTER ROLE wallet CONNECTION LIMIT 5"])
        .await;
    let line = Proxy::to(server.address()).await;
    let app = App::start(&url_of(&[line.address()]), 6).await;
    let log = app.log();
    assert!(log.contains("CONNECTION LIMIT"), "{log}");
    let wallet = app.wallet("alice").await;

    let crowd = join_all((0..32).map(|client| {
        let (app, wallet) = (&app, &wallet);
        async move {
            let (_, other) = app.register(&format!("user{client}")).await;
            app.balance(other.as_deref().unwrap_or(wallet)).await;
        }
    }));
    crowd.await;
    for _ in 0..20 {
        app.put(&wallet, "1.00").await;
    }

    // With the pool's idle sessions there, as after the crowd, an outcome becomes unknown.
    line.silence();
    let committed = async {
        until("a commit", async || {
            recorded(&server, &wallet, "100.00").await > 0
        })
        .await;
        line.end_silence();
    };
    let (answer, ()) = tokio::join!(app.keyed_deposit(&wallet, "100.00", "rent"), committed);
    assert!(answer.0 == 200 || is_failed(answer.0), "{answer:?}");
    app.settle(&wallet, "100.00", "rent").await;
    assert_eq!(app.balance(&wallet).await.as_deref(), Some("120.00"));
    assert_eq!(recorded(&server, &wallet, "100.00").await, 1);
    app.until_ready().await;
    audit(&server);
}

#[tokio::test]
async fn a_lost_lane_is_settled_although_the_pool_holds_every_session() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let app = App::start(&server.url(), 6).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "1.00").await;
    join_all((0..16).map(|client| {
        let app = &app;
        async move { app.wallet(&format!("user{client}")).await }
    }))
    .await;
    // As many sessions as the pool has by now, and not one more.
    let administrator = server.connect().await;
    let pooled = "SELECT count(*) FROM pg_stat_activity
                  WHERE usename = 'wallet' AND NOT query ILIKE '%INSERT INTO operations%'";
    let pooled: i64 = administrator.query_one(pooled, &[]).await.unwrap().get(0);
    let limit = format!("ALTER ROLE wallet CONNECTION LIMIT {pooled}");
    administrator.batch_execute(&limit).await.unwrap();

    for round in 0..5 {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE usename = 'wallet' AND query ILIKE '%INSERT INTO operations%'";
        administrator.batch_execute(end).await.unwrap();
        app.settle(&wallet, "2.00", &format!("round-{round}")).await;
    }
    assert_eq!(recorded(&server, &wallet, "2.00").await, 5);
    server
        .execute(&["ALTER ROLE wallet CONNECTION LIMIT -1"])
        .await;
    audit(&server);
}

#[tokio::test]
async fn a_limit_that_no_engine_can_work_with_is_refused_with_what_to_change() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    drop(App::start(&server.url(), 3).await);
    let administrator = server.connect().await;
    until("the engine's end", async || {
        let left = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'wallet'";
        let row = administrator.query_one(left, &[]).await.unwrap();
        row.get::<_, i64>(0) == 0
    })
    .await;
    for limit in [1, 2] {
        let alter = format!("ALTER ROLE wallet CONNECTION LIMIT {limit}");
        administrator.batch_execute(&alter).await.unwrap();
        let log = refused(&server.url()).await;
        assert!(log.contains("CONNECTION LIMIT"), "{limit}: {log}");
    }
    // Five without keys; with them, a session listens as well.
    let with_auth = |auth| {
        let mut command = program(&server.url(), 3);
        command.env("WALLET_AUTH", auth);
        command
    };
    let alter = "ALTER ROLE wallet CONNECTION LIMIT 5";
    administrator.batch_execute(alter).await.unwrap();
    let refused = App::try_start(with_auth("on")).await;
    let log = refused.err().expect("one session too few");
    assert!(log.contains("the engine needs 6 connections"), "{log}");
    App::start_with(with_auth("off")).await;
}
