//! Poolers: one that gives each client a session of its own works, any other is refused with what to change.

use futures_util::future::join_all;
use tokio::select;

use super::app::{App, program, refused};
use super::ledger::{audit, id_of, recorded};
use super::pgbouncer::PgBouncer;
use super::until;
use testkit::servers::Servers;

/// What lets an engine through that sends its settings at the start of a session.
const IGNORE: &str = "ignore_startup_parameters = options, extra_float_digits";

#[tokio::test]
async fn transaction_and_statement_pooling_are_refused_with_what_to_change() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    for mode in ["transaction", "statement"] {
        for settings in [
            "",
            IGNORE,
            "default_pool_size = 1",
            "server_round_robin = 1",
        ] {
            let pooler = PgBouncer::start(&servers, &server, mode, settings).await;
            let log = refused(&pooler.url()).await;
            let named = log.contains("pool_mode") && log.contains("session");
            assert!(named, "{mode}, {settings}: {log}");
        }
    }
    // Also where another engine made the tables long ago.
    drop(App::start(&server.url(), 3).await);
    for mode in ["transaction", "statement"] {
        let pooler = PgBouncer::start(&servers, &server, mode, IGNORE).await;
        let log = refused(&pooler.url()).await;
        assert!(log.contains("pool_mode"), "{mode}: {log}");
        for command in ["verify", "migrate"] {
            let output = program(&pooler.url(), 3).arg(command).output().unwrap();
            let printed = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{mode}: {command}");
            assert!(printed.contains("pool_mode"), "{mode}: {printed}");
        }
    }
}

#[tokio::test]
async fn session_pooling_serves_two_engines_and_its_restart_is_survived() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let mut pooler = PgBouncer::start(&servers, &server, "session", "").await;
    let apps = [
        App::start(&pooler.url(), 3).await,
        App::start(&pooler.url(), 3).await,
    ];
    let wallets = [apps[0].wallet("alice").await, apps[1].wallet("bob").await];
    let clients = async {
        let clients = (0..8).map(|client| {
            let (app, wallet) = (&apps[client % 2], &wallets[client / 2 % 2]);
            async move {
                for deposit in 0..25 {
                    let key = format!("{client}-{deposit}");
                    app.settle(wallet, "1.00", &key).await;
                }
            }
        });
        join_all(clients).await;
    };
    let restarts = async {
        for deposits in [30, 60] {
            until("deposits", async || {
                recorded(&server, &wallets[0], "1.00").await >= deposits
            })
            .await;
            pooler.restart().await;
        }
    };
    tokio::join!(clients, restarts);

    for app in &apps {
        app.until_ready().await;
    }
    for (app, wallet) in apps.iter().zip(&wallets) {
        assert_eq!(recorded(&server, wallet, "1.00").await, 100);
        app.put(wallet, "1.00").await;
        assert_eq!(app.balance(wallet).await.as_deref(), Some("101.00"));
    }
    audit(&server);
}

#[tokio::test]
async fn a_pooler_with_few_sessions_is_shared_by_deposits_reads_and_registrations() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let few = "default_pool_size = 5";
    let mut pooler = PgBouncer::start(&servers, &server, "session", few).await;
    let app = App::start(&pooler.url(), 3).await;
    let wallet = app.wallet("alice").await;
    join_all((0..16).map(|user| {
        let app = &app;
        async move { app.register(&format!("user{user}")).await }
    }))
    .await;
    app.settle(&wallet, "3.00", "crowded").await;
    for _ in 0..20 {
        app.put(&wallet, "1.00").await;
    }

    pooler.restart().await;
    app.settle(&wallet, "2.00", "after").await;
    app.until_ready().await;
    assert_eq!(recorded(&server, &wallet, "2.00").await, 1);
    audit(&server);
}

#[tokio::test]
async fn a_pooler_that_alters_application_name_makes_no_deposit_happen_twice() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let settings = format!("application_name_add_host = 1\n{IGNORE}");
    let pooler = PgBouncer::start(&servers, &server, "session", &settings).await;
    let app = App::start(&pooler.url(), 3).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "1.00").await;

    let mut holder = server.connect().await;
    let lock = holder.transaction().await.unwrap();
    let row = "SELECT 1 FROM wallets WHERE id::text = $1 FOR UPDATE";
    lock.execute(row, &[&id_of(&wallet)]).await.unwrap();
    let depositing = app.deposit(&wallet, "100.00");
    let second_write = until("a second session that writes", async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE wait_event_type = 'Lock' AND usename = 'wallet'";
        let administrator = server.connect().await;
        let row = administrator.query_one(waiting, &[]).await.unwrap();
        row.get::<_, i64>(0) > 1
    });
    tokio::pin!(depositing);
    // An engine that knows better waits until the end of its patience.
    let answered = select! {
        answer = &mut depositing => Some(answer),
        () = second_write => None,
    };
    lock.commit().await.unwrap();
    let answer = match answered {
        Some(answer) => answer,
        None => depositing.await,
    };

    until("a deposit", async || {
        app.deposit(&wallet, "1.00").await.0 == 200
    })
    .await;
    let recorded = recorded(&server, &wallet, "100.00").await;
    match answer.0 {
        200 => assert_eq!(recorded, 1, "{answer:?}"),
        _ => assert!(recorded <= 1, "{recorded}"),
    }
    audit(&server);
}

/// The status of a read of no wallet with this key: 404, or 401 if the key is none.
async fn read(app: &App, key: &str) -> u16 {
    let path = "/api/wallets/00000000-0000-4000-8000-000000000001/";
    app.status_with_key(path, key).await
}

#[tokio::test]
async fn a_key_that_is_revoked_behind_a_session_pooler_is_refused_before_and_after_its_restart() {
    let servers = Servers::new();
    let server = servers.primary("one").await;
    let mut pooler = PgBouncer::start(&servers, &server, "session", "").await;
    let mut serve = program(&pooler.url(), 3);
    serve.env("WALLET_AUTH", "on");
    let app = App::start_with(serve).await;
    let url = pooler.url();
    let run = |arguments: &[&str]| {
        let output = program(&url, 3).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let keys = ["one", "two"].map(|name| {
        let key = run(&["create-key", name, "--scopes", "wallets:read"]);
        (name, key)
    });
    for (name, key) in &keys {
        assert_eq!(read(&app, key).await, 404);
        run(&["revoke-key", name]);
        until("a refusal", async || read(&app, key).await == 401).await;
        pooler.restart().await;
        app.until_ready().await;
    }
}
