//! Rates by key, and clients whose credentials are refused again and again.

use std::num::NonZeroU32;

use wallet_engine::auth::Secret;
use wallet_engine::config::ClientRate;

use super::engines::{engine, key, status};
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
    let (known, _) = key(&client, "known").await;
    assert_eq!(status(&engine, &known).await, 404);
    let mut statuses = Vec::new();
    while statuses.last() != Some(&429) {
        let made_up = Secret::new_key().unwrap();
        let made_up = format!("Bearer {}", made_up.expose());
        statuses.push(status(&engine, &made_up).await);
        assert!(statuses.len() < 10_000, "it may go on for ever");
    }
    let (last, before) = statuses.split_last().unwrap();
    assert_eq!(*last, 429);
    assert!(before.iter().all(|status| *status == 401));
    assert!(before.len() >= 100, "{}", before.len());
    assert_eq!(status(&engine, &known).await, 404);
}
