//! An adjustment's form keeps its key for as long as its outcome is not known.

use std::time::Duration;

use futures_util::future::join;
use tokio_postgres::Config;
use wallet_engine::config::DatabaseLimits;

use crate::adjustments::{key_in, page_of, send, uuid_of_staff};
use crate::admin::{Admin, Answer, PASSWORD, STAFF};
use crate::postgres;

/// Past everything that waits.
const SLOW: Duration = Duration::from_secs(60);
/// Over the adjustments that were not carried out.
const OPEN: &str = "Непроведённые корректировки";

#[actix_web::test]
async fn an_adjustment_whose_wallet_cannot_be_read_keeps_its_form() {
    let admin = Admin::spawn_with(|config| {
        config.engine.wait = Duration::from_secs(2);
        config.database.limits = DatabaseLimits::of(config.engine.wait);
    })
    .await;
    let wallet = format!("/api/wallets/{}/", uuid_of_staff(&admin).await);
    let key = key_in(&admin.get(&page_of(&wallet)).await);
    let other = postgres::connect(&admin.app.database).await;
    let lock = "BEGIN; LOCK TABLE wallets IN ACCESS EXCLUSIVE MODE";
    other.batch_execute(lock).await.unwrap();
    let fields = ["DEPOSIT", "5", "under a lock"];
    let unknown = send(&admin, &wallet, &key, fields).await;
    assert_eq!((unknown.status, key_in(&unknown)), (503, key.clone()));
    assert!(unknown.body.contains("under a lock"));
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(send(&admin, &wallet, &key, fields).await.status, 303);
    assert_eq!(admin.app.audited_operations().await, 1);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_adjustment_is_not_given_up_when_a_page_would_be() {
    let admin = Admin::spawn_with(|config| {
        config.server.page_max = Duration::from_secs(3);
        config.engine.wait = Duration::from_secs(60);
        config.database.limits = DatabaseLimits::of(config.engine.wait);
    })
    .await;
    let wallet = format!("/api/wallets/{}/", uuid_of_staff(&admin).await);
    let key = key_in(&admin.get(&page_of(&wallet)).await);
    let fields = ["DEPOSIT", "5", "under a lock"];
    let other = postgres::connect(&admin.app.database).await;
    let lock = "BEGIN; SELECT FROM wallets FOR UPDATE; LOCK TABLE audits";
    other.batch_execute(lock).await.unwrap();

    let meanwhile = async {
        until_one_waits_for_a_lock(&admin.app.database).await;
        // It began after the adjustment, and its time is over.
        assert_eq!(admin.get("/admin/audit/").await.status, 503);
        other.batch_execute("ROLLBACK").await.unwrap();
    };
    let (done, ()) = join(send(&admin, &wallet, &key, fields), meanwhile).await;

    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(send(&admin, &wallet, &key, fields).await.status, 303);
    assert_eq!(admin.app.balance(&wallet).await, "5.00");
    assert_eq!(admin.app.audited_operations().await, 1);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_adjustment_that_is_open_can_be_sent_again_after_another_sign_in() {
    let admin = Admin::spawn_with(|config| {
        config.engine.wait = Duration::from_secs(2);
        config.engine.answer = SLOW;
        config.database.limits.statement = SLOW;
    })
    .await;
    let wallet = format!("/api/wallets/{}/", uuid_of_staff(&admin).await);
    let page = page_of(&wallet);
    let key = key_in(&admin.get(&page).await);
    let fields = ["DEPOSIT", "1 234,5", "in \"trouble\""];
    let trouble = "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql
                   AS 'BEGIN PERFORM pg_sleep(4); RAISE EXCEPTION ''trouble''; END';
                   CREATE TRIGGER trouble BEFORE INSERT ON operations FOR EACH ROW EXECUTE FUNCTION trouble()";
    admin.execute(trouble).await;
    let unknown = send(&admin, &wallet, &key, fields).await;
    assert_eq!((unknown.status, key_in(&unknown)), (503, key.clone()));
    // This waits for what is under way.
    admin.execute("DROP FUNCTION trouble CASCADE").await;

    admin.execute("DELETE FROM admin_sessions").await;
    let led_away = send(&admin, &wallet, &key, fields).await;
    let next: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
    let sign_in = format!("/admin/sign-in/?next={next}");
    assert_eq!(led_away.location(), sign_in);
    admin.sign_in(STAFF, PASSWORD).await;

    let again = fields_in(&admin.get(&page).await);
    let [_, kind, amount, reason] = again.each_ref().map(String::as_str);
    assert_eq!(again[0], key);
    assert_eq!((kind, amount), ("DEPOSIT", "1234.50"));
    let reason = reason.replace("&#34;", "\"");
    for _ in 0..2 {
        let done = send(&admin, &wallet, &key, [kind, amount, &reason]).await;
        assert_eq!(done.location(), page);
    }
    assert_eq!(admin.app.balance(&wallet).await, "1234.50");
    assert_eq!(admin.app.audited_operations().await, 1);
    assert!(!admin.get(&page).await.body.contains(OPEN));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_open_adjustment_is_offered_to_who_asked_for_it_alone() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let page = page_of(&wallet);
    let key = key_in(&admin.get(&page).await);
    let fields = ["WITHDRAW", "5.00", "too early"];
    assert_eq!(send(&admin, &wallet, &key, fields).await.status, 409);
    assert_eq!(fields_in(&admin.get(&page).await)[1..], fields);

    let alice = "UPDATE users SET is_staff = true, role = 'administrator' WHERE username = 'alice'";
    admin.execute(alice).await;
    let other = admin.other_browser();
    other.sign_in("alice", PASSWORD).await;
    let seen = other.get(&page).await.body;
    let (_, open) = seen.split_once(OPEN).unwrap();
    assert!(open.contains("too early") && !open.contains(&key));
    admin.app.stop().await.unwrap();
}

/// What the page's first form of an open adjustment sends, but for its token.
fn fields_in(page: &Answer) -> [String; 4] {
    let (_, open) = page.body.split_once(OPEN).unwrap();
    ["key", "kind", "amount", "reason"].map(|name| {
        let field = format!(r#"name="{name}" value=""#);
        let (_, value) = open.split_once(&field).unwrap();
        value.split('"').next().unwrap().to_owned()
    })
}

pub async fn until_one_waits_for_a_lock(database: &Config) {
    let database = postgres::connect(database).await;
    let waiting = "SELECT FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while database.query(waiting, &[]).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
