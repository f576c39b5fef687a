//! Webhooks that change while they are delivered.

use uuid::Uuid;
use wallet_engine::events::webhooks::WebhookSecret;

use crate::hook::{Hook, engine, id_of};
use crate::receiver::{Receiver, Reply, Seen, first_of};

#[actix_web::test]
async fn a_secret_is_rotated_under_way_and_both_sign() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let alice = app.wallet("alice").await;
    let hook = Hook::to(&app, &receiver).await;
    app.deposit(&alice, "1.00").await;
    receiver.wait(1).await;

    let new = WebhookSecret::generate().unwrap();
    let rotate = "UPDATE webhooks SET old_secret = secret, secret = $2, version = version + 1,
        old_secret_until = now() + interval '1 day' WHERE id = $1";
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&hook.id, &new.as_bytes()];
    hook.client.execute(rotate, &parameters).await.unwrap();
    let has_two = |seen: &Seen| seen.header("webhook-signature").contains(' ');
    loop {
        // Read before: it may be delivered at once.
        let count = receiver.seen().len();
        app.deposit(&alice, "1.00").await;
        let seen = receiver.wait(count + 1).await;
        let (two, one): (Vec<_>, Vec<_>) = seen.iter().partition(|seen| has_two(seen));
        for seen in one {
            Hook::assert_signed(seen, &[&hook.secret]);
        }
        if let Some(seen) = two.first() {
            Hook::assert_signed(seen, &[&hook.secret, &new]);
            break;
        }
    }

    hook.set("old_secret = NULL, old_secret_until = NULL").await;
    loop {
        // Read before: it may be delivered at once.
        let count = receiver.seen().len();
        app.deposit(&alice, "1.00").await;
        let seen = receiver.wait(count + 1).await;
        let last = seen.last().unwrap();
        if !has_two(last) {
            Hook::assert_signed(last, &[&new]);
            break;
        }
    }
    let seen = receiver.seen();
    let first = first_of(&seen, id_of(&alice));
    let last = i64::try_from(first.len()).unwrap();
    assert_eq!(first, (1..=last).collect::<Vec<_>>());
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn nothing_is_sent_while_it_is_paused_and_what_happened_comes_afterwards() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let alice = app.wallet("alice").await;
    let hook = Hook::to(&app, &receiver).await;
    app.deposit(&alice, "1.00").await;
    receiver.wait(1).await;
    hook.set("enabled = false").await;
    // Another webhook shows that leases were renewed, and so that the pause is known.
    let witness = Receiver::start().await;
    Hook::to(&app, &witness).await;
    witness.wait(1).await;

    app.deposit(&alice, "2.00").await;
    witness.wait(2).await;
    assert_eq!(receiver.seen().len(), 1);
    hook.set("enabled = true, since = now()").await;
    let seen = receiver.wait(2).await;
    assert_eq!(first_of(&seen, id_of(&alice)), [1, 2]);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_receiver_that_is_gone_disables_it() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    receiver.answer(|_| Reply::Status(410));
    let alice = app.wallet("alice").await;
    let hook = Hook::to(&app, &receiver).await;
    app.deposit(&alice, "1.00").await;
    let row = hook
        .wait_for("it is disabled", |row| !row.get::<_, bool>("enabled"))
        .await;
    assert_eq!(row.get::<_, Option<&str>>("last_failure"), Some("gone"));
    assert_eq!(row.get::<_, Option<Uuid>>("leased_by"), None);
    assert_eq!(receiver.seen().len(), 1);

    receiver.answer(|_| Reply::Status(200));
    hook.set("enabled = true, since = now()").await;
    receiver.wait(2).await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_replay_brings_everything_again() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let alice = app.wallet("alice").await;
    let hook = Hook::to(&app, &receiver).await;
    for _ in 0..3 {
        app.deposit(&alice, "1.00").await;
    }
    let seen = receiver.wait(3).await;
    let first = seen[0].body["data"]["cursor"].as_str().unwrap();
    hook.set(&format!("cursor = '{first}', since = now()"))
        .await;
    let seen = receiver.wait(5).await;
    let seqs: Vec<_> = seen.iter().map(Seen::seq).collect();
    assert_eq!(seqs, [1, 2, 3, 2, 3]);
    assert_eq!(seen[1].header("webhook-id"), seen[3].header("webhook-id"));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_replay_from_where_the_webhook_is_brings_what_is_under_way_again() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let alice = app.wallet("alice").await;
    let hook = Hook::to(&app, &receiver).await;
    app.deposit(&alice, "1.00").await;
    let seen = receiver.wait(1).await;
    let first = seen[0].body["data"]["cursor"].as_str().unwrap().to_owned();
    let is_first = |row: &tokio_postgres::Row| row.get::<_, String>("cursor") == first;
    hook.wait_for("the first is recorded", is_first).await;

    receiver.answer(|_| Reply::Late(std::time::Duration::from_secs(1)));
    app.deposit(&alice, "1.00").await;
    receiver.wait(2).await;
    // The place is the one where it is already.
    hook.set(&format!("cursor = '{first}', since = clock_timestamp()"))
        .await;
    let seen = receiver.wait(3).await;
    let seqs: Vec<_> = seen.iter().map(Seen::seq).collect();
    assert_eq!(seqs, [1, 2, 2]);
    app.stop().await.unwrap();
}
