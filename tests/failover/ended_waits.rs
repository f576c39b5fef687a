//! A wait for a standby that an administrator ends, in either way and as often as there is one: PostgreSQL keeps and
//! shows such a commit, and reports success where it was cancelled. A standby that is promoted lacks it.

use super::app::{App, url_of};
use super::ledger::{audit, recorded};
use super::{PAUSE, within};
use testkit::servers::{Server, Servers};

#[tokio::test]
async fn what_an_administrator_lets_commit_without_the_standby_is_not_acknowledged() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    primary.wait_for_standby(Some(&standby)).await;
    // An engine each: one whose write is open sends no other for that wallet.
    let mut rounds = Vec::new();
    for (end, owner, user, amount) in [
        ("pg_cancel_backend", "alice", "bob", "20.00"),
        ("pg_terminate_backend", "carol", "dave", "30.00"),
    ] {
        let app = App::start(&url_of(&[primary.address(), standby.address()]), 3).await;
        let wallet = app.wallet(owner).await;
        app.put(&wallet, "1.00").await;
        rounds.push((end, user, amount, app, wallet));
    }
    // Away, and not only frozen: it would still receive what is on its way to it.
    standby.stop().await;

    for (end, user, amount, app, wallet) in &rounds {
        let deposited = while_waits_end(&primary, end, app.keyed_deposit(wallet, amount, end));
        assert_eq!(deposited.await.0, 500, "{end}");
        let registered = while_waits_end(&primary, end, app.register(user)).await;
        assert_eq!(registered.0, 500, "{end}");
        assert_eq!(recorded(&primary, wallet, amount).await, 1, "no commit");
    }
    primary.kill().await;
    standby.start().await;
    standby.promote().await;

    // As if it had never been asked for.
    for (end, user, amount, app, wallet) in &rounds {
        app.until_ready().await;
        assert_eq!(recorded(&standby, wallet, amount).await, 0);
        app.settle(wallet, amount, end).await;
        assert_eq!(recorded(&standby, wallet, amount).await, 1);
        app.wallet(user).await;
    }
    let [one, other] = [0, 1].map(|n: usize| rounds[n].3.balance(&rounds[n].4));
    assert_eq!(one.await.as_deref(), Some("21.00"));
    assert_eq!(other.await.as_deref(), Some("31.00"));
    audit(&standby);
}

/// Waits for the request, while every wait for a standby is ended as soon as it is seen.
async fn while_waits_end<T>(server: &Server, end: &str, request: impl Future<Output = T>) -> T {
    let administrator = server.connect().await;
    let end = format!("SELECT {end}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    let ending = async {
        loop {
            administrator.batch_execute(&end).await.unwrap();
            tokio::time::sleep(PAUSE).await;
        }
    };
    within("the answer", async {
        tokio::select! {
            answer = request => answer,
            () = ending => unreachable!("it never ends"),
        }
    })
    .await
}
