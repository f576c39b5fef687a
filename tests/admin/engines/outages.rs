//! The database is away for an engine, or an engine is killed: the others show since when they know nothing of it, and it is there again
//! by itself, or swept.

use std::future::Future;
use std::time::Duration;

use testkit::proxy::Proxy;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::{LIVE, row};
use crate::admin::Admin;
use crate::app::TestApp;
use crate::overview::text;
use crate::postgres;
use crate::process::{Engine, named};

const FAILS: &str = "could not report this engine to the panel's overview; it goes on trying";
const WORKS: &str = "the panel's overview has this engine again";
const UNREAD: &str = "The other engines could not be read";

/// Between this engine alone and the tests' server.
async fn line(database: &Config) -> Proxy {
    let [Host::Unix(directory)] = database.get_hosts() else {
        panic!("the tests' server has a socket: {database:?}");
    };
    let port = database.get_ports().first().copied().unwrap_or(5432);
    Proxy::to_socket(&directory.join(format!(".s.PGSQL.{port}"))).await
}

/// Fails loudly instead of hanging.
async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let patience = Duration::from_secs(90);
    let result = tokio::time::timeout(patience, future).await;
    result.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    within(what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Looks at the overview until all these engines are in that state; gives its text.
async fn until_all(admin: &Admin, names: &[&str], state: &str) -> String {
    within(state, async {
        loop {
            let page = text(&admin.get(LIVE).await);
            let is_shown = |name: &&str| {
                page.contains(&format!("{name}\n")) && first(&page, name).contains(state)
            };
            if names.iter().all(is_shown) {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
}

/// What the table of engines says of one of them.
fn first<'a>(page: &'a str, name: &str) -> &'a str {
    let row = row(page, name);
    let others = ["alpha", "beta", "delta", "gamma", "omega"];
    let ends = others.iter().filter(|other| **other != name);
    let ends = ends.filter_map(|other| row.find(&format!("\n{other}\n")));
    &row[..ends.min().unwrap_or(row.len())]
}

#[actix_web::test]
async fn after_an_outage_an_engine_reports_by_itself_and_a_killed_one_is_gone_and_swept() {
    let admin = named("alpha").await;
    let database = &admin.app.database;
    let (refused, frozen) = (line(database).await, line(database).await);
    let beta = Engine::start_through(refused.address(), database, "beta").await;
    let gamma = Engine::start_through(frozen.address(), database, "gamma").await;
    let mut delta = Engine::start(database, "delta");
    let all = ["beta", "delta", "gamma"];
    until_all(&admin, &all, "accepts operations").await;

    refused.shut();
    frozen.silence();
    delta.kill();
    // Each has missed several reports by then.
    let page = until_all(&admin, &all, "no report").await;
    for name in all {
        let shown = first(&page, name);
        assert!(shown.contains("s ago\n"), "its age: {shown}");
        assert!(!shown.contains("accepts"), "{shown}");
    }
    assert!(
        first(&page, "alpha").contains("accepts operations"),
        "{page}"
    );
    assert!(!page.contains(UNREAD), "{page}");
    for engine in [&beta, &gamma] {
        until("the failure in the log", || engine.logged(FAILS) > 0).await;
        assert_eq!(engine.logged(WORKS), 0);
    }

    refused.open();
    frozen.end_silence();
    let page = until_all(&admin, &["beta", "gamma"], "accepts operations").await;
    assert!(first(&page, "delta").contains("no report"), "{page}");
    for engine in [&beta, &gamma] {
        until("the end of it in the log", || engine.logged(WORKS) > 0).await;
        let lines = (engine.logged(FAILS), engine.logged(WORKS));
        assert_eq!(lines, (1, 1), "{:#?}", engine.log());
    }

    // A day later: whichever engine starts next sweeps.
    admin
        .execute("UPDATE engines SET seen_at = seen_at - interval '25 hours' WHERE name = 'delta'")
        .await;
    let omega = TestApp::spawn_on(database.clone(), |config| {
        config.server.name = Some("omega".parse().unwrap());
    })
    .await;
    let client = postgres::connect(database).await;
    within("the sweep", async {
        let left = "SELECT FROM engines WHERE name = 'delta'";
        while !client.query(left, &[]).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    within("the page without it", async {
        while text(&admin.get(LIVE).await).contains("delta\n") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let left = "SELECT count(*) FROM engines WHERE name IN ('alpha', 'beta', 'gamma', 'omega')";
    let left: i64 = client.query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 4, "those that run are kept");
    omega.stop().await.unwrap();
    drop((beta, gamma));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn engines_that_could_not_be_read_are_shown_with_their_age_and_read_again_soon_afterwards() {
    let admin = named("alpha").await;
    let database = &admin.app.database;
    let _beta = Engine::start(database, "beta");
    until_all(&admin, &["beta"], "accepts operations").await;
    let locker = postgres::connect(database).await;
    locker
        .batch_execute("BEGIN; LOCK TABLE engines IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let page = until_all(&admin, &["beta"], "no report").await;
    assert!(page.contains(UNREAD), "{page}");
    assert!(first(&page, "beta").contains("s ago\n"), "{page}");
    locker.batch_execute("ROLLBACK").await.unwrap();
    let begun = tokio::time::Instant::now();
    let page = until_all(&admin, &["beta"], "accepts operations").await;
    assert!(!page.contains(UNREAD), "{page}");
    // A few times the interval of the reports, however long the attempts took that failed.
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    admin.app.stop().await.unwrap();
}
