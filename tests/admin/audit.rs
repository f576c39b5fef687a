//! Audits: in the background, one at a time, and what they found.

use std::time::Duration;

use tokio_postgres::{Client, Config};

use crate::admin::{Admin, Answer, Browser, PASSWORD, STAFF};
use crate::app::TestApp;
use crate::postgres;

const AUDIT: &str = "/admin/audit/";
/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);

async fn english() -> Admin {
    english_on(postgres::database().await).await
}

async fn english_on(database: Config) -> Admin {
    let app = TestApp::spawn_on(database, |_| {}).await;
    app.wallet(STAFF).await;
    let browser = Browser::new(&app);
    let admin = Admin { app, browser };
    admin
        .execute("UPDATE users SET is_staff = true, role = 'administrator'")
        .await;
    admin.sign_in(STAFF, PASSWORD).await;
    in_english(&admin);
    admin
}

fn in_english(admin: &Admin) {
    let mut cookies = admin.cookies.borrow_mut();
    cookies.insert("wallet_lang".to_owned(), "en".to_owned());
}

/// An audit waits when it says how far it is, until the test's connection unlocks 1.
async fn held() -> (Admin, Client) {
    let mut database = postgres::database().await;
    database.options("-c lock_timeout=60000");
    let admin = english_on(database).await;
    admin
        .execute(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql
             AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
             CREATE TRIGGER wait BEFORE UPDATE ON audits FOR EACH ROW EXECUTE FUNCTION wait()",
        )
        .await;
    let test = postgres::connect(&admin.app.database).await;
    let lock = test.batch_execute("SELECT pg_advisory_lock(1)");
    lock.await.unwrap();
    (admin, test)
}

/// Begins an audit by the page's button.
async fn begin(admin: &Admin) {
    admin.get(AUDIT).await;
    assert_eq!(admin.post(AUDIT, &[]).await.location(), AUDIT);
}

/// The page, as soon as the last audit is in that state.
async fn page_with(admin: &Admin, state: &str) -> Answer {
    let waiting = async {
        loop {
            let page = admin.get(AUDIT).await;
            assert_eq!(page.status, 200);
            let (_, last) = page.body.split_once("class=\"badge").unwrap_or_default();
            if last.split('<').next().unwrap().ends_with(state) {
                break page;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap()
}

#[actix_web::test]
async fn an_audit_finds_that_everything_agrees_or_what_does_not() {
    let admin = english().await;
    let mut wallets = Vec::new();
    for name in ["alice", "bob", "carol"] {
        let wallet = admin.app.wallet(name).await;
        admin.app.deposit(&wallet, "10.00").await;
        wallets.push(
            wallet
                .trim_start_matches("/api/wallets/")
                .trim_end_matches('/')
                .to_owned(),
        );
    }
    assert!(admin.get(AUDIT).await.body.contains("No audits yet."));
    begin(&admin).await;
    let page = page_with(&admin, ">Everything agrees").await;
    assert_eq!(page.header("refresh"), "");
    for (name, count) in [
        ("Users", 4),
        ("Wallets", 4),
        ("Operations", 3),
        ("Breaches", 0),
    ] {
        let fact = format!("<dt>{name}</dt><dd class=\"number\">{count}</dd>");
        assert!(page.body.contains(&fact), "{fact}\n{}", page.body);
    }

    let [alice, bob, _] = &*wallets else {
        unreachable!()
    };
    admin
        .execute(&format!(
            "UPDATE wallets SET balance = 77 WHERE id = '{alice}'; DELETE FROM operations WHERE wallet_id = '{bob}'"
        ))
        .await;
    begin(&admin).await;
    let page = page_with(&admin, ">Breaches found").await;
    for breach in [
        "balance 77.00, but 10.00 after the last operation",
        "version 1, but 0 operations",
    ] {
        assert!(page.body.contains(breach), "{breach}");
    }
    assert!(
        page.body
            .contains(&format!("href=\"/admin/wallets/{alice}/\""))
    );
    assert!(page.body.contains("Earlier audits"));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn of_very_many_breaches_the_first_are_shown_and_all_are_counted() {
    let admin = english().await;
    admin
        .execute("INSERT INTO wallets (id, user_id) SELECT gen_random_uuid(), n FROM generate_series(1, 1500) n")
        .await;
    begin(&admin).await;
    let page = page_with(&admin, ">Breaches found").await.body;
    assert_eq!(page.matches("is nobody&#39;s").count(), 100);
    assert!(page.contains("<dt>Breaches</dt><dd class=\"number\">1\u{202f}500</dd>"));
    assert!(page.contains("The first ones are shown."));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_audit_runs_alone_shows_how_far_it_is_and_says_what_ended_it() {
    let (admin, test) = held().await;
    begin(&admin).await;
    let page = page_with(&admin, ">Running").await;
    assert_eq!(page.header("refresh"), "2");
    assert!(page.body.contains("<progress"));
    assert!(page.body.contains(" disabled>Start an audit"));

    begin(&admin).await;
    let page = page_with(&admin, ">Running").await;
    assert!(page.body.contains("An audit is already running."));
    let second = TestApp::spawn_on(admin.app.database.clone(), |_| {}).await;
    let other = Admin {
        browser: Browser::new(&second),
        app: second,
    };
    other.sign_in(STAFF, PASSWORD).await;
    in_english(&other);
    begin(&other).await;
    let page = page_with(&other, ">Running").await;
    assert!(
        page.body.contains("An audit is already running."),
        "the other engine's"
    );
    other.app.stop().await.unwrap();
    let count = test.query_one("SELECT count(*) FROM audits", &[]).await;
    assert_eq!(count.unwrap().get::<_, i64>(0), 1);

    // Other tests' auditors are on the same server.
    let auditor = "SELECT count(pg_terminate_backend(l.pid))
         FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
         WHERE l.locktype = 'advisory' AND l.classid = 97";
    let ended = test.query_one(auditor, &[]).await;
    assert_eq!(ended.unwrap().get::<_, i64>(0), 1);
    test.batch_execute("SELECT pg_advisory_unlock(1)")
        .await
        .unwrap();
    let page = page_with(&admin, ">Failed").await;
    assert!(
        page.body
            .contains("could not record the progress of an audit"),
        "{}",
        page.body
    );

    begin(&admin).await;
    page_with(&admin, ">Everything agrees").await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_audit_whose_engine_died_is_shown_as_interrupted() {
    let admin = english().await;
    admin
        .execute("INSERT INTO audits (staff_id, slices_done) SELECT id, 7 FROM users")
        .await;
    let page = page_with(&admin, ">Interrupted").await;
    assert_eq!(page.header("refresh"), "");
    assert!(page.body.contains("The engine that ran it has stopped."));
    begin(&admin).await;
    page_with(&admin, ">Everything agrees").await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_audit_that_runs_keeps_no_engine_from_stopping() {
    let (admin, _test) = held().await;
    begin(&admin).await;
    page_with(&admin, ">Running").await;
    admin.app.stop().await.unwrap();
}

/// A lock that others hold is the database's to give up, and no fault of the panel's.
#[actix_web::test]
async fn a_page_whose_table_stays_locked_can_be_asked_for_again() {
    let admin = Admin::spawn_with(|config| {
        config.database.limits.lock = Duration::from_millis(50);
    })
    .await;
    let other = postgres::connect(&admin.app.database).await;
    other
        .batch_execute("BEGIN; LOCK TABLE audits")
        .await
        .unwrap();
    let page = admin.get(AUDIT).await;
    assert_eq!(page.status, 503, "{}", page.body);
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(admin.get(AUDIT).await.status, 200);
}
