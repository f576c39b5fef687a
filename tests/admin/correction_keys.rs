//! A correction's form keeps its key for as long as its outcome is not known.

use std::time::Duration;

use futures_util::future::join;
use tokio_postgres::Config;
use wallet_engine::config::DatabaseLimits;

use crate::admin::Admin;
use crate::corrections::{key_in, page_of, send, uuid_of_staff};
use crate::postgres;

#[actix_web::test]
async fn a_correction_whose_wallet_cannot_be_read_keeps_its_form() {
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
async fn a_correction_is_not_given_up_when_a_page_would_be() {
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
        // It began after the correction, and its time is over.
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

async fn until_one_waits_for_a_lock(database: &Config) {
    let database = postgres::connect(database).await;
    let waiting = "SELECT FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while database.query(waiting, &[]).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
