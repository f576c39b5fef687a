//! Several engines on one database: any of them shows all, and says which are gone.

mod outages;

use std::time::Duration;

use crate::app::TestApp;
use crate::overview::{text, until_shown};
use crate::postgres;
use crate::process::{Engine, named};

const LIVE: &str = "/admin/overview/live/";

/// The text of an engine's row in the table of engines.
fn row<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, table) = page.split_once("Active wallets\n").unwrap();
    let from = table
        .find(&format!("{name}\n"))
        .unwrap_or_else(|| panic!("{name}: {page}"));
    table[from..].split("Hottest wallets").next().unwrap()
}

#[actix_web::test]
async fn any_engine_shows_all_of_them_and_one_that_was_killed_is_marked_with_its_age() {
    let admin = named("alpha").await;
    let wallet = admin.app.wallet("hot").await;
    let other = admin.app.wallet("warm").await;
    admin.app.deposit(&other, "1.00").await;
    let mut second = Engine::start(&admin.app.database, "beta");
    for _ in 0..3 {
        second.deposit(&wallet).await;
    }
    let id = wallet.split('/').nth(3).unwrap();

    // The hottest wallet is one that only the other engine has.
    let page = until_shown(&admin, &format!("\n{id}\n3\n")).await;
    assert!(page.find("alpha\n").unwrap() < page.find("beta\n").unwrap());
    assert!(row(&page, "beta").contains("accepts operations"), "{page}");
    assert!(!page.contains("one name"), "{page}");
    let live = admin.get(LIVE).await.body;
    let link = live.split("href=\"/admin/engine/?id=").nth(1).unwrap();
    let engine = format!("/admin/engine/?id={}", link.split('"').next().unwrap());
    let of_beta = admin.get(&engine).await;
    assert!(of_beta.body.contains("<h1>Engine beta</h1>"));
    let facts = text(&of_beta);
    assert!(facts.contains(&second.url.rsplit(':').next().unwrap().to_owned()));
    assert!(facts.contains("Committer\n"), "{facts}");

    // The other engine has both as well, and its samples are in the sums of this one.
    let there = second.browser_like(&admin);
    let page = text(&there.get(LIVE).await);
    assert!(
        page.contains("alpha\n") && page.contains("beta\n"),
        "{page}"
    );

    second.kill();
    // As if a minute had passed: a process that is killed writes nothing over it.
    admin
        .execute("UPDATE engines SET seen_at = seen_at - interval '1 minute' WHERE name = 'beta'")
        .await;
    let page = until_shown(&admin, "no report\n1 min ago\n").await;
    assert!(row(&page, "beta").starts_with("beta\n"), "{page}");
    assert!(!row(&page, "beta").contains("accepts"), "{page}");
    let of_beta = text(&admin.get(&engine).await);
    assert!(of_beta.contains("does not report"), "{of_beta}");
    // What it reported of its wallets and its rate does not count as present.
    let reported =
        "UPDATE engines SET report = report || '{\"active_wallets\": 4242}' WHERE name = 'beta'";
    admin.execute(reported).await;
    let page = text(&admin.get(LIVE).await);
    assert!(!page.contains("4\u{202f}242"), "{page}");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn two_engines_of_one_name_are_both_there_and_it_is_said() {
    let admin = named("twin").await;
    let twin = TestApp::spawn_on(admin.app.database.clone(), |config| {
        config.server.name = Some("twin".parse().unwrap());
    })
    .await;
    // As if both had run for a while: a restart is no second engine.
    let overlap = async {
        loop {
            admin
                .execute(
                    "UPDATE engines SET started_at = started_at - interval '1 hour'
                     WHERE started_at > now() - interval '30 minutes'",
                )
                .await;
            let page = text(&admin.get(LIVE).await);
            if page.contains("Two engines run under one name") {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let page = tokio::time::timeout(Duration::from_secs(60), overlap)
        .await
        .expect("the page says it");
    assert_eq!(page.matches("\ntwin\n").count(), 2, "{page}");
    assert_eq!(page.matches("another has this name").count(), 2, "{page}");
    twin.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn rows_are_bounded_and_those_of_engines_long_gone_are_swept() {
    let config = postgres::database().await;
    let database = postgres::connect(&config).await;
    database
        .batch_execute(
            "INSERT INTO engines (id, name, address, started_at, seen_at, report)
             SELECT gen_random_uuid(), 'e' || n, 'a', now() - interval '2 days', now() - n * interval '1 second', '{}'
             FROM generate_series(1, 150) n;
             INSERT INTO engines (id, name, address, started_at, seen_at, report) VALUES
                (gen_random_uuid(), 'old', 'a', now() - interval '9 days', now() - interval '25 hours', '{}'),
                (gen_random_uuid(), 'e1', 'a', now() - interval '9 days', now() - interval '21 minutes', '{}');
             INSERT INTO engine_samples SELECT id, 0, now(), '{}' FROM engines",
        )
        .await
        .unwrap();
    // It takes no more than rows: a role that may not create, as engines have where another one migrates.
    let role = format!("engines_{}", config.get_dbname().unwrap());
    let as_role = format!(
        "CREATE ROLE {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON engines, engine_samples TO {role};
         SET ROLE {role}"
    );
    database.batch_execute(&as_role).await.unwrap();
    let sweep = include_str!("../../sql/queries/engines_sweep.sql");
    assert_eq!(database.execute(sweep, &[]).await.unwrap(), 52);
    let left = "SELECT (SELECT count(*) FROM engines), (SELECT count(*) FROM engine_samples)";
    let left = database.query_one(left, &[]).await.unwrap();
    assert_eq!((left.get::<_, i64>(0), left.get::<_, i64>(1)), (100, 100));

    // A ring: the two hundredth sample writes over another.
    let report = include_str!("../../sql/queries/engine_report.sql");
    let report = database.prepare(report).await.unwrap();
    let id = "SELECT id FROM engines WHERE name = 'e1'";
    let id: uuid::Uuid = database.query_one(id, &[]).await.unwrap().get(0);
    for number in 0..200_i16 {
        let slot = number % 181;
        let sent = database
            .query_one(
                &report,
                &[&id, &"e1", &"a", &1.0_f64, &"{}", &slot, &"{}", &0.0_f64],
            )
            .await
            .unwrap();
        assert_eq!(sent.get::<_, i64>(0), 0);
    }
    let samples = "SELECT count(*) FROM engine_samples WHERE engine_id = $1";
    let samples: i64 = database.query_one(samples, &[&id]).await.unwrap().get(0);
    assert_eq!(samples, 181);
}

#[actix_web::test]
async fn what_is_no_engine_is_not_found() {
    let admin = named("alpha").await;
    for id in ["x", "00000000-0000-4000-8000-000000000000", "%00", "'"] {
        for page in ["", "live/"] {
            let answer = admin.get(&format!("/admin/engine/{page}?id={id}")).await;
            assert_eq!(answer.status, 404, "{page}{id}");
        }
    }
    admin.app.stop().await.unwrap();
}
