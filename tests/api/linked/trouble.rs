//! Full queues, clients that leave, and an engine that stops.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{join, join_all};
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{answered, batch, cents, deposit, payment, sent, transfer, with_key};
use crate::app::TestApp;
use crate::postgres;

/// Nothing here takes as long when it works; the longest wait of a request is longer.
const PATIENCE: Duration = Duration::from_secs(60);
const LOCK: &str = "BEGIN; LOCK TABLE operations IN ACCESS EXCLUSIVE MODE";

#[actix_web::test]
async fn what_does_not_fit_into_a_wallet_s_queue_is_turned_away_at_once() {
    let app = TestApp::spawn_with(|config| {
        config.engine.queue_max = 2;
        config.engine.wait = 2 * PATIENCE;
    })
    .await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let carol = app.wallet("carol").await;
    app.deposit(&alice, "10.00").await;
    let somebody = postgres::connect(&app.database).await;
    somebody.batch_execute(LOCK).await.unwrap();

    let mut waiting: FuturesUnordered<_> = (0..5)
        .map(|_| transfer(&app, &alice, &bob, "1.00").send())
        .collect();
    for _ in 0..3 {
        let answer = timeout(PATIENCE, waiting.next()).await.unwrap();
        let answer = answer.unwrap().unwrap();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "1");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "overloaded");
    }
    // A batch's operations arrive at once: as many as there is room for happen.
    let of_carol = vec![deposit(&carol, "1.00"); 5];
    let of_carol = batch(&app, false, &of_carol);
    let all = vec![deposit(&alice, "1.00"), deposit(&carol, "1.00")];
    let together = sent(batch(&app, true, &all));
    let (status, problem) = timeout(PATIENCE, together).await.unwrap();
    assert_eq!((status, &problem["code"]), (503, &json!("overloaded")));

    let released = async { somebody.batch_execute("ROLLBACK").await.unwrap() };
    let ((status, body), ()) = join(sent(of_carol), released).await;
    assert_eq!(status, 200);
    let statuses = body["results"].as_array().unwrap().iter();
    let done = statuses.filter(|result| result["status"] == 201).count();
    assert_eq!(done, 2, "{body}");
    while let Some(answer) = timeout(PATIENCE, waiting.next()).await.unwrap() {
        assert_eq!(answer.unwrap().status(), 201);
    }
    drop(waiting);
    assert_eq!(app.balance(&carol).await, "2.00");
    assert_eq!(app.audited_operations().await, 1 + 2 * 2 + 2);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_client_that_leaves_leaves_no_half_behind_and_its_key_says_what_happened() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100.00").await;
    let request = |n: u64| {
        let key = format!("key-{n}");
        if n.is_multiple_of(2) {
            transfer(&app, &alice, &bob, "1.00").header("Idempotency-Key", key)
        } else {
            let both = [
                with_key(payment(&alice, &bob, "2.00"), &key),
                with_key(payment(&bob, &alice, "1.00"), &key),
            ];
            batch(&app, true, &both)
        }
    };
    // Some leave before their request has arrived, some before its answer has.
    let leaving = (0..40).map(async |n| {
        let patience = Duration::from_micros(n * 100);
        timeout(patience, request(n).send()).await.is_err()
    });
    let left = join_all(leaving).await;
    assert!(left.contains(&true), "somebody left");
    let total = async || {
        let balances = join(app.balance(&alice), app.balance(&bob)).await;
        cents(&balances.0) + cents(&balances.1)
    };
    for n in 0..40 {
        let (status, _, body) = answered(request(n)).await;
        assert_eq!(status, if n % 2 == 0 { 201 } else { 200 }, "{body}");
    }
    assert_eq!(total().await, 10_000);
    // Each moved 1.00, once.
    assert_eq!(app.balance(&bob).await, "40.00");
    assert_eq!(app.audited_operations().await, 1 + 20 * 2 + 20 * 4);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_was_accepted_before_a_stop_is_answered() {
    let app = TestApp::spawn_with(|config| {
        config.engine.queue_max = 10;
        config.engine.wait = 2 * PATIENCE;
    })
    .await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100.00").await;
    let database = app.database.clone();
    let somebody = postgres::connect(&database).await;
    somebody.batch_execute(LOCK).await.unwrap();

    // The first that is turned away shows that all others were accepted.
    let mut waiting: FuturesUnordered<_> = (0..11)
        .map(|_| sent(transfer(&app, &alice, &bob, "1.00")))
        .collect();
    let (status, _) = timeout(PATIENCE, waiting.next()).await.unwrap().unwrap();
    assert_eq!(status, 503);
    let answers = async {
        somebody.batch_execute("ROLLBACK").await.unwrap();
        waiting.collect::<Vec<_>>().await
    };
    let (stopped, answers) = timeout(PATIENCE, join(app.stop(), answers)).await.unwrap();
    stopped.unwrap();
    assert_eq!(answers.len(), 10);
    for (status, body) in answers {
        assert_eq!(status, 201, "{body}");
    }
    let audit = postgres::audit(&database).await;
    assert!(audit.breaches.is_empty(), "{:?}", audit.breaches);
    assert_eq!(audit.operations, 1 + 2 * 10);
}
