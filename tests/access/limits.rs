//! Rates by key, and clients whose credentials are refused again and again.

use std::num::NonZeroU32;

use wallet_engine::auth::Secret;
use wallet_engine::config::ClientRate;

use super::engines::{engine, key, status, until_not};
use crate::app::TestApp;
use crate::postgres;

#[actix_web::test]
async fn one_key_s_rate_is_not_another_s() {
    let database = postgres::database().await;
    let one = NonZeroU32::MIN;
    let engine = engine(&database, |config| {
        config.server.access.rate = Some(ClientRate {
            per_s: one,
            burst: NonZeroU32::new(3).unwrap(),
        });
    })
    .await;
    let client = postgres::connect(&database).await;
    let (busy, _) = key(&client, "busy").await;
    let (other, _) = key(&client, "other").await;
    let mut refused = None;
    for _ in 0..1_000 {
        let url = engine.url("/api/wallets/00000000-0000-4000-8000-000000000000/");
        let request = engine.http.get(url).header("authorization", &busy);
        let answer = request.send().await.unwrap();
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status(), 404);
    }
    let refused = refused.expect("it exceeds its rate");
    let retry_after = refused.headers()["retry-after"].to_str().unwrap();
    assert_eq!(retry_after, "1");
    assert_eq!(status(&engine, &other).await, 404);
}

#[actix_web::test]
async fn who_is_refused_again_and_again_waits_and_who_is_known_does_not() {
    let database = postgres::database().await;
    let engine = engine(&database, |_| {}).await;
    let client = postgres::connect(&database).await;
    let (known, known_id) = key(&client, "known").await;
    let (revoked, revoked_id) = key(&client, "revoked").await;
    assert_eq!(status(&engine, &known).await, 404);
    assert_eq!(status(&engine, &revoked).await, 404);
    let before = flood(&engine).await;
    assert!(before >= 100, "{before}");
    assert_eq!(status(&engine, &known).await, 404);
    // A change of it is learnt, with the other's end: it has to be asked for again.
    let change = "WITH ended AS (UPDATE api_keys SET revoked_at = now() WHERE id = $2)
        INSERT INTO access_changes (key_id) VALUES ($1), ($2)";
    client
        .execute(change, &[&known_id, &revoked_id])
        .await
        .unwrap();
    until_not(&engine, &revoked, 404).await;
    flood(&engine).await;
    assert_eq!(status(&engine, &known).await, 404);
}

/// Sends keys that are none until the address is refused; returns how many were looked at.
async fn flood(engine: &TestApp) -> usize {
    for count in 0..10_000 {
        let made_up = Secret::new_key().unwrap();
        let made_up = format!("Bearer {}", made_up.expose());
        match status(engine, &made_up).await {
            401 => {}
            429 => return count,
            other => panic!("{other}"),
        }
    }
    panic!("it may go on for ever");
}
