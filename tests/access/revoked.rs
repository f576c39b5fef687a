//! What is revoked, changed or expired on one engine is refused by all.

use std::time::Duration;

use futures_util::future::join;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;

use super::engines::{PASSWORD, key, owner, status, status_of, token, two, until};

/// What is promised.
const SOON: Duration = Duration::from_secs(1);

#[actix_web::test]
async fn a_key_works_on_every_engine_at_once_and_on_none_a_second_after_it_is_revoked() {
    let ([here, there], client) = two().await;
    let storage = Database::new(
        &here.database,
        1,
        1,
        &DatabaseLimits::of(Duration::from_secs(60)),
    )
    .unwrap();
    let (kept, _) = key(&client, "kept").await;
    let (revoked, id) = key(&client, "revoked").await;
    for engine in [&here, &there] {
        for key in [&kept, &revoked] {
            assert_eq!(status(engine, key).await, 404);
        }
    }
    assert!(storage.key_revoke(id, None).await.unwrap());
    let times = join(until(&here, &revoked, 401), until(&there, &revoked, 401)).await;
    assert!(times.0 < SOON && times.1 < SOON, "{times:?}");
    for engine in [&here, &there] {
        assert_eq!(status(engine, &kept).await, 404);
        assert_eq!(status(engine, &revoked).await, 401);
    }
    storage.close().await;
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}

/// As with a pooler in between that passes no notification on.
#[actix_web::test]
async fn a_revocation_without_a_notification_is_learnt_all_the_same() {
    let ([here, there], client) = two().await;
    let (revoked, id) = key(&client, "revoked").await;
    for engine in [&here, &there] {
        assert_eq!(status(engine, &revoked).await, 404);
    }
    let revoke = format!(
        "BEGIN; UPDATE api_keys SET revoked_at = now() WHERE id = {id};
        INSERT INTO access_changes (key_id) VALUES ({id}); COMMIT"
    );
    client.batch_execute(&revoke).await.unwrap();
    let times = join(until(&here, &revoked, 401), until(&there, &revoked, 401)).await;
    assert!(times.0 < SOON && times.1 < SOON, "{times:?}");
}

/// The row says when its transaction began, which was long before it was committed.
#[actix_web::test]
async fn a_revocation_that_was_long_in_the_making_is_learnt_all_the_same() {
    let ([here, _there], client) = two().await;
    let (revoked, id) = key(&client, "revoked").await;
    assert_eq!(status(&here, &revoked).await, 404);
    let revoke = format!(
        "BEGIN; UPDATE api_keys SET revoked_at = now() WHERE id = {id};
        INSERT INTO access_changes (key_id, changed_at) VALUES ({id}, now() - interval '30 seconds'); COMMIT"
    );
    client.batch_execute(&revoke).await.unwrap();
    until(&here, &revoked, 401).await;
}

#[actix_web::test]
async fn a_key_that_expires_while_it_is_known_is_refused_then() {
    let ([here, _there], client) = two().await;
    let (expires, id) = key(&client, "expires").await;
    let set =
        format!("UPDATE api_keys SET expires_at = now() + interval '2 seconds' WHERE id = {id}");
    client.batch_execute(&set).await.unwrap();
    assert_eq!(status(&here, &expires).await, 404);
    until(&here, &expires, 401).await;
    let expired = format!("SELECT expires_at <= now() FROM api_keys WHERE id = {id}");
    assert!(
        client
            .query_one(&expired, &[])
            .await
            .unwrap()
            .get::<_, bool>(0)
    );
}

#[actix_web::test]
async fn a_stolen_token_ends_everywhere_with_the_password_and_with_the_account() {
    let ([here, there], client) = two().await;
    let (key, _) = key(&client, "all").await;
    for (name, end) in [
        ("alice", "password"),
        (
            "bob",
            "UPDATE users SET is_active = false WHERE username = 'bob'",
        ),
    ] {
        let wallet = owner(&here, &key, name).await;
        let (stolen, own) = (token(&here, name).await, token(&there, name).await);
        for engine in [&here, &there] {
            for token in [&stolen, &own] {
                assert_eq!(status_of(engine, &wallet, token).await, 200);
            }
        }
        if end == "password" {
            let body = serde_json::json!({"current_password": PASSWORD, "new_password": "another password"});
            let url = here.url("/api/password/");
            let request = here
                .http
                .post(url)
                .json(&body)
                .header("authorization", &own);
            assert_eq!(request.send().await.unwrap().status(), 200);
            assert_eq!(status_of(&here, &wallet, &stolen).await, 401, "at once");
        } else {
            let end = format!(
                "BEGIN; {end}; INSERT INTO access_changes (user_id)
                SELECT id FROM users WHERE username = '{name}'; COMMIT"
            );
            client.batch_execute(&end).await.unwrap();
        }
        for engine in [&here, &there] {
            for token in [&stolen, &own] {
                let took = until(engine, token, 401).await;
                assert!(took < SOON, "{took:?}");
            }
        }
    }
}
