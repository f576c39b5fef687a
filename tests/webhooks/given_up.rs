//! Events that are attempted no more.

use crate::hook::{Hook, engine, id_of};
use crate::receiver::{Receiver, Reply, first_of};

#[actix_web::test]
async fn after_three_days_an_event_is_set_aside_and_its_wallet_goes_on_until_someone_sends_it_again()
 {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "1.00").await;
    app.deposit(&alice, "2.00").await;
    receiver.answer(|seen| Reply::Status(if seen.seq() == 1 { 500 } else { 200 }));
    let hook = Hook::make(&app.database, "https://localhost:1/").await;
    let age = format!(
        "UPDATE operations SET created_at = created_at - interval '3 days';
         UPDATE webhooks SET since = since - interval '3 days', url = '{}', version = version + 1",
        receiver.url()
    );
    hook.client.batch_execute(&age).await.unwrap();

    let what = "one set aside, the next delivered";
    hook.wait_for(what, |row| row.get::<_, i64>("set_aside") == 1)
        .await;
    let seen = receiver
        .wait_for(what, |seen| first_of(seen, id_of(&alice)) == [1, 2])
        .await;
    assert_eq!(seen.iter().filter(|seen| seen.seq() == 2).count(), 1);
    let aside = hook
        .client
        .query_one("SELECT * FROM webhook_set_aside", &[])
        .await
        .unwrap();
    assert_eq!(aside.get::<_, &str>("type"), "operation.deposit");
    assert_eq!(aside.get::<_, Option<i64>>("seq"), Some(1));
    assert_eq!(aside.get::<_, Option<i32>>("last_status"), Some(500));

    let again = "UPDATE webhook_set_aside SET send_requested_at = now()";
    let before = receiver.seen().len();
    hook.client.batch_execute(again).await.unwrap();
    receiver.wait(before + 1).await;
    let refused = "it stays set aside";
    let asked =
        "SELECT count(*) FROM webhook_set_aside WHERE send_requested_at IS NULL AND attempts > 1";
    loop {
        let row = hook.client.query_one(asked, &[]).await.unwrap();
        if row.get::<_, i64>(0) == 1 {
            break;
        }
        hook.wait_for(refused, |row| row.get::<_, i64>("set_aside") == 1)
            .await;
    }
    receiver.answer(|_| Reply::Status(200));
    hook.client.batch_execute(again).await.unwrap();
    hook.wait_for("it is sent", |row| row.get::<_, i64>("set_aside") == 0)
        .await;
    let seen = receiver.seen();
    assert_eq!(seen.last().unwrap().seq(), 1);
    Hook::assert_signed(seen.last().unwrap(), &[&hook.secret]);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_webhook_with_ten_thousand_events_set_aside_is_disabled_and_goes_on_when_it_is_enabled() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    receiver.answer(|_| Reply::Status(500));
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "1.00").await;
    let hook = Hook::make(&app.database, "https://localhost:1/").await;
    let almost_full = format!(
        "INSERT INTO webhook_set_aside (webhook_id, cursor, type, attempts)
             SELECT id, number::text, 'feed.rewound', 1 FROM webhooks, generate_series(1, 9999) AS number;
         UPDATE operations SET created_at = created_at - interval '3 days';
         UPDATE webhooks SET since = since - interval '3 days', url = '{}', version = version + 1",
        receiver.url()
    );
    hook.client.batch_execute(&almost_full).await.unwrap();
    let row = hook
        .wait_for("it is disabled", |row| !row.get::<_, bool>("enabled"))
        .await;
    let failure = row.get::<_, Option<&str>>("last_failure");
    assert_eq!(failure, Some("set_aside_full"));
    assert_eq!(row.get::<_, i64>("set_aside"), 10_000);

    receiver.answer(|_| Reply::Status(200));
    app.deposit(&alice, "2.00").await;
    hook.set("enabled = true, since = now()").await;
    let what = "the next event";
    receiver
        .wait_for(what, |seen| first_of(seen, id_of(&alice)) == [1, 2])
        .await;
    app.stop().await.unwrap();
}
