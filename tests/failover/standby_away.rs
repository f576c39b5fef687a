//! A synchronous standby that is away: nothing is acknowledged that it has not.

use super::app::{App, is_failed, url_of, verify};
use super::{until, within};
use testkit::servers::{Server, Servers};

/// A primary, its synchronous standby, and an engine with both addresses and a wallet.
struct Pair {
    // Dropped first.
    app: App,
    wallet: String,
    primary: Server,
    standby: Server,
    _servers: Servers,
}

impl Pair {
    async fn start() -> Self {
        let servers = Servers::new();
        let primary = servers.primary("one").await;
        let standby = servers.standby("two", &primary).await;
        primary.wait_for_standby(Some(&standby)).await;
        let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
        let wallet = app.wallet("somebody").await;
        assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);
        Self {
            app,
            wallet,
            primary,
            standby,
            _servers: servers,
        }
    }

    async fn rows(server: &Server) -> i64 {
        let client = server.connect().await;
        let count = client.query_one("SELECT count(*) FROM operations", &[]);
        count.await.unwrap().get(0)
    }

    /// Waits until a session waits for the standby.
    async fn until_a_commit_waits(&self) {
        let client = self.primary.connect().await;
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        until("a commit waits", async || {
            client
                .query_one(waiting, &[])
                .await
                .unwrap()
                .get::<_, i64>(0)
                > 0
        })
        .await;
    }
}

#[tokio::test]
async fn a_deposit_that_the_standby_lacks_is_not_acknowledged_and_the_promoted_standby_has_it_not()
{
    let mut pair = Pair::start().await;
    pair.standby.stop().await;

    assert_eq!(pair.app.deposit(&pair.wallet, "100.00").await.0, 500);

    pair.primary.kill().await;
    pair.standby.start().await;
    pair.standby.promote().await;
    pair.standby.wait_for_standby(None).await;
    let app = &pair.app;
    until("the new balance", async || {
        app.balance(&pair.wallet).await == Some("1.00".to_owned())
    })
    .await;
    app.until_deposited(&pair.wallet, "1.00").await;
    assert_eq!(app.balance(&pair.wallet).await.unwrap(), "2.00");
    let (agrees, printed) = verify(&pair.standby.url());
    assert!(agrees, "{printed}");
}

#[tokio::test]
async fn a_repetition_under_its_key_has_one_definite_result_when_the_standby_is_back() {
    let mut pair = Pair::start().await;
    pair.standby.stop().await;
    let (app, wallet) = (&pair.app, &pair.wallet);
    assert_eq!(app.keyed_deposit(wallet, "100.00", "once").await.0, 500);
    // Repetitions of what is on the primary alone, also after its session was ended.
    for _ in 0..2 {
        assert!(is_failed(
            app.keyed_deposit(wallet, "100.00", "once").await.0
        ));
    }
    until("it is not ready", async || {
        app.deposit(wallet, "0.01").await;
        app.readiness().await == 503
    })
    .await;

    pair.standby.start().await;

    until("the repetition is answered", async || {
        app.keyed_deposit(wallet, "100.00", "once").await.0 == 200
    })
    .await;
    app.until_ready().await;
    pair.standby.catch_up(&pair.primary).await;
    for server in [&pair.primary, &pair.standby] {
        let client = server.connect().await;
        let once = client.query_one(
            "SELECT count(*) FROM operations WHERE idempotency_key = 'once'",
            &[],
        );
        assert_eq!(once.await.unwrap().get::<_, i64>(0), 1);
    }
    let (agrees, printed) = verify(&pair.primary.url());
    assert!(agrees, "{printed}");
}

#[tokio::test]
async fn another_engine_repeats_nothing_that_the_standby_lacks() {
    let mut pair = Pair::start().await;
    pair.standby.stop().await;
    assert_eq!(
        pair.app
            .keyed_deposit(&pair.wallet, "100.00", "once")
            .await
            .0,
        500
    );
    // It is visible on the primary, by the end of the session that waited.
    until("the row is visible", async || {
        Pair::rows(&pair.primary).await == 2
    })
    .await;

    let other = App::start(&url_of(&[pair.primary.address()]), 3).await;
    for _ in 0..2 {
        let repeated = other.keyed_deposit(&pair.wallet, "100.00", "once").await;
        assert!(is_failed(repeated.0), "{repeated:?}");
    }

    pair.standby.start().await;
    until("the repetition is answered", async || {
        other.keyed_deposit(&pair.wallet, "100.00", "once").await.0 == 200
    })
    .await;
    assert_eq!(other.balance(&pair.wallet).await.unwrap(), "101.00");
}

#[tokio::test]
async fn a_wait_that_an_administrator_cancels_acknowledges_nothing() {
    let mut pair = Pair::start().await;
    pair.standby.stop().await;
    let cancel = async {
        let client = pair.primary.connect().await;
        loop {
            let cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
            client.query_one(cancel, &[]).await.unwrap();
            tokio::time::sleep(super::PAUSE).await;
        }
    };
    let asked = async {
        let deposited = pair.app.deposit(&pair.wallet, "100.00").await.0;
        let (registered, _) = pair.app.register("another").await;
        (deposited, registered)
    };
    let statuses = within("the answers", async {
        tokio::select! {
            () = cancel => unreachable!(),
            statuses = asked => statuses,
        }
    })
    .await;
    assert_eq!(statuses, (500, 500));
}

#[tokio::test]
async fn what_waits_in_vain_leaves_no_session_behind() {
    let mut pair = Pair::start().await;
    pair.standby.stop().await;
    for n in 0..3 {
        assert!(is_failed(pair.app.deposit(&pair.wallet, "1.00").await.0));
        assert_eq!(pair.app.register(&format!("user{n}")).await.0, 500);
    }
    pair.until_a_commit_waits().await;
    let client = pair.primary.connect().await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    for _ in 0..100 {
        let waiting: i64 = client.query_one(waiting, &[]).await.unwrap().get(0);
        // One for each committer, being settled.
        assert!(waiting <= 2, "{waiting} sessions wait");
        tokio::time::sleep(super::PAUSE).await;
    }
    pair.standby.start().await;
    pair.app.until_deposited(&pair.wallet, "1.00").await;
}

#[tokio::test]
async fn commits_that_wait_for_no_standby_although_one_is_named_are_warned_of_at_the_start() {
    let pair = Pair::start().await;
    let warns = |app: &App| {
        let log = app.log();
        let warnings = log
            .lines()
            .filter(|line| line.contains(r#""level":"WARN""#));
        warnings
            .filter(|line| line.contains("synchronous_commit"))
            .count()
    };
    assert_eq!(warns(&pair.app), 0);
    let url = format!("{}?options=-csynchronous_commit=local", pair.primary.url());
    assert_eq!(warns(&App::start(&url, 3).await), 1);
}
