//! Receivers that do not answer as they should.

use std::time::Duration;

use crate::hook::{Hook, engine, id_of};
use crate::receiver::{Receiver, Reply, first_of};

/// What is stored as the last failure of a webhook whose receiver answers so once, and accepts from then on.
async fn failure(reply: Reply) -> Option<String> {
    let (app, receiver) = (
        engine().await,
        Receiver::start_with(move |_| reply.clone()).await,
    );
    let alice = app.wallet("alice").await;
    let hook = Hook::to(&app, &receiver).await;
    app.deposit(&alice, "1.00").await;
    receiver.wait(1).await;
    let row = hook
        .wait_for("an outcome", |row| {
            let failure: Option<&str> = row.get("last_failure");
            failure.is_some()
                || row
                    .get::<_, Option<time::OffsetDateTime>>("last_success_at")
                    .is_some()
        })
        .await;
    let failure: Option<String> = row.get("last_failure");
    receiver.answer(|_| Reply::Status(200));
    if failure.is_some() {
        receiver.wait(2).await;
    }
    app.deposit(&alice, "1.00").await;
    let what = "both operations in order";
    let both = |seen: &[_]| first_of(seen, id_of(&alice)) == [1, 2];
    receiver.wait_for(what, both).await;
    app.stop().await.unwrap();
    failure
}

#[actix_web::test]
async fn a_status_other_than_success_is_a_failure() {
    assert_eq!(failure(Reply::Status(500)).await.as_deref(), Some("500"));
    assert_eq!(failure(Reply::Status(404)).await.as_deref(), Some("404"));
}

#[actix_web::test]
async fn a_response_that_ends_in_its_head_is_a_failure() {
    assert_eq!(
        failure(Reply::Cut).await.as_deref(),
        Some("broken_response")
    );
}

#[actix_web::test]
async fn a_success_counts_whatever_becomes_of_its_body() {
    assert_eq!(failure(Reply::CutBody).await, None);
    assert_eq!(failure(Reply::Large).await, None);
}

#[actix_web::test]
async fn a_redirect_is_a_failure_and_its_target_is_not_connected_to() {
    let target = Receiver::start().await;
    let location = format!("location: {}", target.url());
    assert_eq!(
        failure(Reply::With(307, location)).await.as_deref(),
        Some("307")
    );
    assert_eq!(target.connections(), 0);
}

#[actix_web::test]
async fn a_receiver_may_ask_to_be_left_alone() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    receiver.answer(|_| Reply::With(503, "retry-after: 4".to_owned()));
    let alice = app.wallet("alice").await;
    Hook::to(&app, &receiver).await;
    app.deposit(&alice, "1.00").await;
    let seen = receiver.wait(2).await;
    let pause = seen[1].at - seen[0].at;
    assert!(pause >= Duration::from_secs(4), "{pause:?}");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_receiver_that_is_silent_or_slow_for_one_wallet_holds_back_no_other() {
    let (app, receiver) = (engine().await, Receiver::start().await);
    let [silent, slow, other] = [
        app.wallet("silent").await,
        app.wallet("slow").await,
        app.wallet("other").await,
    ];
    let [of_silent, of_slow] = [&silent, &slow].map(|wallet| id_of(wallet).to_owned());
    receiver.answer(move |seen| match seen.wallet() {
        wallet if wallet == of_silent => Reply::Never,
        wallet if wallet == of_slow => Reply::Late(Duration::from_secs(2)),
        _ => Reply::Status(200),
    });
    let hook = Hook::to(&app, &receiver).await;
    for wallet in [&silent, &slow] {
        app.deposit(wallet, "1.00").await;
    }
    receiver.wait(2).await;
    for _ in 0..20 {
        app.deposit(&other, "1.00").await;
    }
    let what = "another wallet's operations";
    let seen = receiver
        .wait_for(what, |seen| first_of(seen, id_of(&other)).len() == 20)
        .await;
    assert_eq!(first_of(&seen, id_of(&silent)), [1]);
    let row = hook
        .wait_for("the timeout", |row| row.get::<_, i64>("waiting") == 1)
        .await;
    assert_eq!(row.get::<_, Option<&str>>("last_failure"), Some("timeout"));
    let of_slow = |seen: &&crate::receiver::Seen| seen.wallet() == id_of(&slow);
    assert_eq!(receiver.seen().iter().filter(of_slow).count(), 1);
    app.stop().await.unwrap();
}
