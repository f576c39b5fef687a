//! A standby takes over: what is remembered of the old primary is forgotten, and only what takes writes is believed.

use super::app::{App, is_failed, url_of, verify};
use super::{until, within};
use testkit::proxy::Proxy;
use testkit::servers::{Server, Servers};

/// A primary and an asynchronous standby, each behind a line of its own.
struct Pair {
    servers: Servers,
    primary: Server,
    standby: Server,
    lines: [Proxy; 2],
}

impl Pair {
    async fn start() -> Self {
        let servers = Servers::new();
        let primary = servers.primary("one").await;
        let standby = servers.standby("two", &primary).await;
        let lines = [
            Proxy::to(primary.address()).await,
            Proxy::to(standby.address()).await,
        ];
        Self {
            servers,
            primary,
            standby,
            lines,
        }
    }

    fn url(&self) -> String {
        url_of(&[self.lines[0].address(), self.lines[1].address()])
    }

    /// The standby misses what `meanwhile` does, and takes over from the killed primary.
    async fn fail_over_without(&mut self, meanwhile: impl Future<Output = ()>) {
        self.standby.catch_up(&self.primary).await;
        self.standby.stop().await;
        meanwhile.await;
        self.primary.kill().await;
        self.standby.start().await;
        self.standby.promote().await;
    }
}

async fn until_balance(app: &App, wallet: &str, balance: &str) {
    until(&format!("the balance {balance}"), async || {
        app.balance(wallet).await.as_deref() == Some(balance)
    })
    .await;
}

#[tokio::test]
async fn a_balance_that_was_lost_with_the_old_primary_is_neither_shown_nor_paid_out() {
    let mut pair = Pair::start().await;
    let app = App::start(&pair.url(), 5).await;
    let wallet = app.wallet("somebody").await;
    assert_eq!(app.deposit(&wallet, "10.00").await.0, 200);
    let lost = async { assert_eq!(app.deposit(&wallet, "90.00").await.0, 200) };
    pair.fail_over_without(lost).await;

    // Another engine brings the wallet to the version that the first one remembers.
    let other = App::start(&pair.standby.url(), 5).await;
    assert_eq!(other.deposit(&wallet, "1.00").await.0, 200);

    // Nothing is written through the first one, and it shows what there is.
    until_balance(&app, &wallet, "11.00").await;
    let (status, body) = app.withdraw(&wallet, "90.00").await;
    assert_eq!(status, 400, "{body}");
    assert_eq!(app.withdraw(&wallet, "11.00").await.0, 200);
    let (agrees, printed) = verify(&pair.standby.url());
    assert!(agrees, "{printed}");
}

#[tokio::test]
async fn a_withdrawal_right_after_the_failover_is_decided_on_what_there_is() {
    let mut pair = Pair::start().await;
    let app = App::start(&pair.url(), 5).await;
    let wallet = app.wallet("somebody").await;
    assert_eq!(app.deposit(&wallet, "10.00").await.0, 200);
    let lost = async { assert_eq!(app.deposit(&wallet, "90.00").await.0, 200) };
    pair.fail_over_without(lost).await;
    let other = App::start(&pair.standby.url(), 5).await;
    assert_eq!(other.deposit(&wallet, "1.00").await.0, 200);

    let refused = std::cell::Cell::new(false);
    until("a definite answer", async || {
        let (status, _) = app.withdraw(&wallet, "90.00").await;
        assert_ne!(status, 200, "money that is gone");
        refused.set(status == 400);
        refused.get()
    })
    .await;
    let (agrees, printed) = verify(&pair.standby.url());
    assert!(agrees, "{printed}");
}

/// Settling meets the standby, which has not got the deposit yet.
#[tokio::test]
async fn a_standby_behind_does_not_say_that_a_write_did_not_land() {
    let pair = Pair::start().await;
    let app = App::start(&pair.url(), 10).await;
    let wallet = app.wallet("somebody").await;
    assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);
    pair.standby.catch_up(&pair.primary).await;
    pair.standby.set("recovery_min_apply_delay", "2s").await;

    pair.lines[0].silence();
    let trouble = async {
        let client = pair.primary.connect().await;
        until("the deposit is written", async || {
            let rows = client
                .query_one("SELECT count(*) FROM operations", &[])
                .await;
            rows.unwrap().get::<_, i64>(0) == 2
        })
        .await;
        // The primary refuses for as long as it takes to settle with the standby, if an engine does.
        pair.lines[0].refuse(usize::MAX);
        pair.lines[0].end_silence();
        let standby = pair.standby.connect().await;
        let met = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'wallet'";
        for _ in 0..50 {
            if standby.query_one(met, &[]).await.unwrap().get::<_, i64>(0) > 1 {
                break;
            }
            tokio::time::sleep(super::PAUSE).await;
        }
        pair.lines[0].refuse(0);
    };
    let (deposited, ()) = tokio::join!(app.deposit(&wallet, "100.00"), trouble);

    assert_eq!(deposited.0, 200, "{}", deposited.1);
    assert_eq!(app.balance(&wallet).await.unwrap(), "101.00");
    let (agrees, printed) = verify(&pair.primary.url());
    assert!(agrees, "{printed}");
}

#[tokio::test]
async fn sessions_find_the_primary_whatever_comes_first_in_the_list_and_whatever_restarts() {
    let mut pair = Pair::start().await;
    let url = url_of(&[pair.lines[1].address(), pair.lines[0].address()]);
    let app = App::start(&url, 5).await;
    let wallet = app.wallet("somebody").await;
    for _ in 0..2 {
        pair.primary.kill().await;
        until("it is not ready", async || app.readiness().await == 503).await;
        pair.primary.start().await;
        app.until_deposited(&wallet, "1.00").await;
        app.until_ready().await;
        // Every session, those of the pool too.
        for n in 0..20 {
            assert_eq!(app.deposit(&wallet, "1.00").await.0, 200, "{n}");
        }
    }
    for n in 0..10 {
        assert_eq!(app.register(&format!("later{n}")).await.0, 201);
    }
}

#[tokio::test]
async fn an_old_primary_that_is_still_up_is_not_used_once_its_successor_was_seen() {
    let mut pair = Pair::start().await;
    let app = App::start(&pair.url(), 5).await;
    let wallet = app.wallet("somebody").await;
    assert_eq!(app.deposit(&wallet, "10.00").await.0, 200);
    pair.standby.catch_up(&pair.primary).await;

    // The line to the old primary breaks; it goes on by itself, as a primary.
    pair.standby.stop().await;
    pair.standby.start().await;
    pair.standby.promote().await;
    pair.lines[0].refuse(usize::MAX);
    pair.lines[0].cut();
    app.until_deposited(&wallet, "1.00").await;

    // It can be reached again, and the new one cannot.
    pair.lines[0].refuse(0);
    pair.lines[1].refuse(usize::MAX);
    pair.lines[1].cut();
    for _ in 0..3 {
        assert!(is_failed(app.deposit(&wallet, "5.00").await.0));
    }
    until("it is not ready", async || app.readiness().await == 503).await;
    let old = pair.primary.connect().await;
    let rows = old
        .query_one("SELECT count(*) FROM operations", &[])
        .await
        .unwrap();
    assert_eq!(rows.get::<_, i64>(0), 1, "nothing was written there");

    pair.lines[1].refuse(0);
    app.until_deposited(&wallet, "1.00").await;
    let (agrees, printed) = verify(&pair.standby.url());
    assert!(agrees, "{printed}");
}

/// The same system, the same timeline: the server's files were replaced by older ones.
#[tokio::test]
async fn an_older_copy_at_the_same_address_is_taken_for_what_it_is() {
    let mut pair = Pair::start().await;
    let app = App::start(&pair.url(), 5).await;
    let wallet = app.wallet("somebody").await;
    assert_eq!(app.deposit(&wallet, "10.00").await.0, 200);
    pair.standby.stop().await;
    let mut copy = pair.servers.empty("copy");
    copy.copy(&pair.primary).await;
    assert_eq!(app.deposit(&wallet, "90.00").await.0, 200);

    pair.primary.kill().await;
    copy.start().await;
    pair.lines[0].lead_to(copy.address());

    until_balance(&app, &wallet, "10.00").await;
    let (status, _) = within("the answer", app.withdraw(&wallet, "90.00")).await;
    assert_eq!(status, 400);
    let (agrees, printed) = verify(&copy.url());
    assert!(agrees, "{printed}");
}

/// A proxy that gives each new connection another server, the standby included.
#[tokio::test]
async fn a_proxy_that_balances_over_the_standby_costs_retries_and_nothing_else() {
    let pair = Pair::start().await;
    pair.standby.set("recovery_min_apply_delay", "1s").await;
    let app = App::start(&url_of(&[pair.lines[0].address()]), 5).await;
    let wallet = app.wallet("somebody").await;
    let mut acknowledged = 0;
    for n in 0..12 {
        let server = [&pair.standby, &pair.primary][n % 2];
        pair.lines[0].lead_to(server.address());
        pair.lines[0].cut();
        acknowledged += usize::from(
            app.keyed_deposit(&wallet, "1.00", &format!("key{n}"))
                .await
                .0
                == 200,
        );
    }
    pair.lines[0].lead_to(pair.primary.address());
    app.until_ready().await;
    for n in 0..12 {
        until("its outcome", async || {
            app.keyed_deposit(&wallet, "1.00", &format!("key{n}"))
                .await
                .0
                == 200
        })
        .await;
    }
    assert!(acknowledged > 0);
    assert_eq!(app.balance(&wallet).await.unwrap(), "12.00");
    let (agrees, printed) = verify(&pair.primary.url());
    assert!(agrees, "{printed}");
}
