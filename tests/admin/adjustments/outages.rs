//! Adjustments that could not be carried out, or whose outcome is open.

use std::time::Duration;

use super::{adjust, key_in, page_of, send, uuid_of_staff};
use crate::admin::Admin;
use crate::postgres;

#[actix_web::test]
async fn an_adjustment_of_a_locked_wallet_can_be_sent_again() {
    let admin = Admin::spawn_with(|config| config.engine.wait = Duration::from_secs(2)).await;
    let wallet = format!("/api/wallets/{}/", uuid_of_staff(&admin).await);
    let locker = postgres::connect(&admin.app.database).await;
    locker
        .batch_execute("BEGIN; SELECT FROM wallets FOR UPDATE")
        .await
        .unwrap();
    let fields = ["DEPOSIT", "5", "under a lock"];
    // The wait may end with the write on its way, or between two attempts.
    let refused = adjust(&admin, &wallet, fields[0], fields[1], fields[2]).await;
    assert_eq!(refused.status, 503);
    locker.batch_execute("ROLLBACK").await.unwrap();

    let key = key_in(&refused);
    for _ in 0..2 {
        assert_eq!(send(&admin, &wallet, &key, fields).await.status, 303);
    }
    assert_eq!(admin.app.balance(&wallet).await, "5.00");
    assert_eq!(admin.app.audited_operations().await, 1);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_adjustment_whose_outcome_is_open_keeps_its_key_and_one_that_was_not_done_gets_another()
{
    let slow = Duration::from_secs(60);
    let admin = Admin::spawn_with(|config| {
        config.engine.wait = Duration::from_secs(2);
        config.engine.answer = slow;
        config.database.limits.statement = slow;
    })
    .await;
    let wallet = format!("/api/wallets/{}/", uuid_of_staff(&admin).await);
    let fields = ["DEPOSIT", "5", "in trouble"];
    for (trouble, is_open) in [
        ("PERFORM pg_sleep(4)", true),
        ("RAISE EXCEPTION USING ERRCODE = 'disk_full'", false),
    ] {
        let begin = format!(
            "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {}; RETURN NEW; END';
             CREATE TRIGGER trouble BEFORE INSERT ON operations FOR EACH ROW EXECUTE FUNCTION trouble()",
            trouble.replace('\'', "''")
        );
        let key = key_in(&admin.get(&page_of(&wallet)).await);
        admin.execute(&begin).await;
        let answer = send(&admin, &wallet, &key, fields).await;
        assert_eq!(answer.status, 503, "{trouble}");
        assert_eq!(answer.header("retry-after"), "1", "{trouble}");
        assert_eq!(key_in(&answer) == key, is_open, "{trouble}");
        // This waits for what is under way.
        admin.execute("DROP FUNCTION trouble CASCADE").await;

        // Whatever became of it, what the form is sent for again happens once.
        let again = send(&admin, &wallet, &key_in(&answer), fields).await;
        assert_eq!(again.status, 303, "{trouble}");
    }
    assert_eq!(admin.app.balance(&wallet).await, "10.00");
    assert_eq!(admin.app.audited_operations().await, 2);
    admin.app.stop().await.unwrap();
}
