//! `/readyz` is what deposits meet: it is 503 while none succeeds, whatever else the database answers, and 200 again by
//! itself.

use std::time::Duration;

use tokio::time::Instant;

use super::app::{App, is_failed, url_of};
use super::ledger::audit;
use super::{until, until_within};
use testkit::proxy::Proxy;
use testkit::servers::{Server, Servers};

/// From the first deposit that fails until `/readyz` says so.
const UNREADY: Duration = Duration::from_secs(12);

/// From the end of the trouble until `/readyz` says so, although no one deposits.
const READY: Duration = Duration::from_secs(15);

const END_SESSIONS: &str =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'wallet'";

/// Only those that wrote last: whatever else is asked, is answered.
const END_WRITERS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE usename = 'wallet' AND query ILIKE '%INSERT INTO operations%'";

/// A server, an engine on it, and a wallet.
struct Scene {
    app: App,
    wallet: String,
    server: Server,
    _servers: Servers,
}

impl Scene {
    async fn open() -> Self {
        let servers = Servers::new();
        let server = servers.primary("one").await;
        let app = App::start(&server.url(), 3).await;
        let wallet = app.wallet("alice").await;
        app.put(&wallet, "1.00").await;
        Self {
            app,
            wallet,
            server,
            _servers: servers,
        }
    }

    /// Begins the trouble, sees that deposits fail and readiness with them, and ends it.
    async fn through(self, begin: &[&str], end: &[&str]) {
        let Self {
            app,
            wallet,
            server,
            ..
        } = &self;
        server.execute(begin).await;
        until_unready(app, wallet).await;
        server.execute(end).await;
        until_ready(app, wallet).await;
        audit(server);
    }
}

/// Deposits fail, and soon `/readyz` says so.
pub async fn until_unready(app: &App, wallet: &str) {
    until("a deposit that fails", async || {
        is_failed(app.deposit(wallet, "1.00").await.0)
    })
    .await;
    let begun = Instant::now();
    while app.readiness().await != 503 {
        assert!(is_failed(app.deposit(wallet, "1.00").await.0));
        assert!(
            begun.elapsed() < UNREADY,
            "no deposit succeeds, and the engine is ready"
        );
    }
}

/// Without any deposit the engine is ready again, and it is true.
async fn until_ready(app: &App, wallet: &str) {
    until_within(READY, "readiness", async || app.readiness().await == 200).await;
    app.put(wallet, "1.00").await;
}

#[tokio::test]
async fn a_server_that_was_made_read_only_is_not_ready() {
    let scene = Scene::open().await;
    let reload = "SELECT pg_reload_conf()";
    let begin = [
        "ALTER SYSTEM SET default_transaction_read_only = on",
        reload,
    ];
    // ALTER SYSTEM writes no table: the administrator's session, read-only as well, may run it.
    let end = ["ALTER SYSTEM RESET default_transaction_read_only", reload];
    scene.through(&begin, &end).await;
}

#[tokio::test]
async fn a_role_that_was_made_read_only_is_not_ready() {
    let scene = Scene::open().await;
    let begin = [
        "ALTER ROLE wallet SET default_transaction_read_only = on",
        END_SESSIONS,
    ];
    let end = ["ALTER ROLE wallet RESET default_transaction_read_only"];
    scene.through(&begin, &end).await;
}

#[tokio::test]
async fn a_role_that_may_not_sign_in_any_more_is_not_ready() {
    let scene = Scene::open().await;
    scene.app.wallet("bob").await;
    let begin = ["ALTER ROLE wallet NOLOGIN", END_WRITERS];
    scene.through(&begin, &["ALTER ROLE wallet LOGIN"]).await;
}

#[tokio::test]
async fn a_role_that_may_not_write_the_ledger_any_more_is_not_ready() {
    let scene = Scene::open().await;
    let begin = ["REVOKE INSERT ON operations FROM wallet"];
    let end = ["GRANT INSERT ON operations TO wallet"];
    scene.through(&begin, &end).await;
}

#[tokio::test]
async fn a_server_that_takes_its_time_to_let_clients_in_is_reached_again() {
    let servers = Servers::new();
    let mut server = servers.primary("one").await;
    let line = Proxy::to(server.address()).await;
    let app = App::start(&url_of(&[line.address()]), 10).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "1.00").await;

    server.stop().await;
    app.until_unready().await;
    line.slow_down(Duration::from_secs(2));
    server.start().await;

    until_ready(&app, &wallet).await;
    audit(&server);
}
