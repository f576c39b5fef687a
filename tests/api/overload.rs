//! More operations than the queues take: whoever does not fit hears so at once, and when to come again.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tokio::time::timeout;

use wallet_engine::config::DatabaseLimits;

use crate::app::TestApp;
use crate::postgres;

/// Nothing here takes as long when it works; the longest wait of a request is longer.
const PATIENCE: Duration = Duration::from_secs(60);

async fn deposit(app: &TestApp, wallet: &str) -> (u16, Option<String>) {
    let url = app.url(&format!("{wallet}operation/"));
    let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
    let answer = app.http.post(url).json(&body).send().await.unwrap();
    let retry_after = answer.headers().get("retry-after");
    let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), retry_after)
}

#[actix_web::test]
async fn whoever_does_not_fit_into_a_queue_is_turned_away_at_once() {
    let app = TestApp::spawn_with(|config| {
        config.engine.queue_max = 2;
        config.engine.inflight_max = 3;
        config.engine.wait = 2 * PATIENCE;
    })
    .await;
    let (wallet, other) = (app.wallet("alice").await, app.wallet("bob").await);
    let somebody = postgres::connect(&app.database).await;
    let lock = "BEGIN; LOCK TABLE operations IN ACCESS EXCLUSIVE MODE";
    somebody.batch_execute(lock).await.unwrap();

    // Two wait on the wallet, and one more in the engine: nobody is answered but the others.
    let mut waiting = FuturesUnordered::new();
    for (wallet, asking, turned_away) in [(&wallet, 6, 4), (&other, 3, 2)] {
        for _ in 0..asking {
            waiting.push(deposit(&app, wallet));
        }
        for _ in 0..turned_away {
            let answer = timeout(PATIENCE, waiting.next()).await.unwrap();
            assert_eq!(answer, Some((503, Some("1".to_owned()))));
        }
    }
    assert_eq!(waiting.len(), 3);

    somebody.batch_execute("ROLLBACK").await.unwrap();
    while let Some(answer) = timeout(PATIENCE, waiting.next()).await.unwrap() {
        assert_eq!(answer, (200, None));
    }
    drop(waiting);
    assert_eq!(app.audited_operations().await, 3);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn registrations_without_room_for_their_password_cost_no_query() {
    let app = TestApp::spawn_with(|config| {
        config.engine.hashers = 1;
        config.engine.hash_queue_max = 1;
        config.engine.wait = 2 * PATIENCE;
        config.database.limits = DatabaseLimits::of(8 * PATIENCE);
    })
    .await;
    // Whatever asks for users now waits.
    let somebody = postgres::connect(&app.database).await;
    let lock = "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE";
    somebody.batch_execute(lock).await.unwrap();

    let register = async |number: usize| {
        let name = format!("user{number}");
        let body =
            json!({"username": name, "email": format!("{name}@example.com"), "password": "secret"});
        let sent = app.http.post(app.url("/api/register/")).json(&body).send();
        let answer = sent.await.unwrap();
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), retry_after)
    };
    let mut waiting: FuturesUnordered<_> = (0..12).map(register).collect();
    for _ in 0..10 {
        let answer = timeout(PATIENCE, waiting.next()).await.unwrap();
        assert_eq!(answer, Some((503, Some("1".to_owned()))));
    }

    somebody.batch_execute("ROLLBACK").await.unwrap();
    while let Some(answer) = timeout(PATIENCE, waiting.next()).await.unwrap() {
        assert_eq!(answer, (201, None));
    }
    drop(waiting);
    app.stop().await.unwrap();
}
