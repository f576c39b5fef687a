//! A key that is tied to wallets: its webhooks are those of these wallets, and others do not exist for it.

use reqwest::Method;
use serde_json::{Value, json};

use super::URL;
use crate::access::callers::{Answered, Protected, answered};

async fn ask(engine: &Protected, key: &str, method: Method, path: &str, body: &Value) -> Answered {
    let request = engine.request(method, path).json(body);
    answered(request.header("authorization", key)).await
}

#[actix_web::test]
async fn a_tied_key_has_webhooks_of_its_own_wallets_alone() {
    let engine = Protected::spawn().await;
    let (alice, bob) = (engine.owner("alice").await, engine.owner("bob").await);
    let tied = engine
        .key("shop", "webhooks:write", Some(&[alice.wallet]))
        .await;
    let wallet = |of: &str| json!({"url": URL, "wallet": of});
    let (alice, bob) = (alice.wallet.to_string(), bob.wallet.to_string());

    let without = engine
        .post("/api/webhooks/", &tied, &json!({"url": URL}))
        .await;
    assert_eq!(
        (without.status, without.code().as_str()),
        (400, "invalid_request")
    );
    assert!(without.json()["errors"]["wallet"].is_array());
    // Out of reach is as if it did not exist.
    let nobody = uuid::Uuid::new_v4().to_string();
    let [missing, other] = [
        engine.post("/api/webhooks/", &tied, &wallet(&nobody)).await,
        engine.post("/api/webhooks/", &tied, &wallet(&bob)).await,
    ];
    assert_eq!(
        (missing.status, missing.code().as_str()),
        (404, "wallet_not_found")
    );
    assert_eq!((other.status, other.body), (404, missing.body));

    let own = engine.post("/api/webhooks/", &tied, &wallet(&alice)).await;
    assert_eq!(own.status, 201, "{}", own.body);
    let mut others = Vec::new();
    for body in [wallet(&bob), json!({"url": URL})] {
        let made = engine.post("/api/webhooks/", &engine.key, &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        others.push(made.headers["location"].to_str().unwrap().to_owned());
    }
    let count = async |key: &str| {
        let listed = engine.get("/api/webhooks/", key).await.json();
        listed["results"].as_array().unwrap().len()
    };
    assert_eq!((count(&tied).await, count(&engine.key).await), (1, 3));

    let own = own.headers["location"].to_str().unwrap();
    for path in &others {
        for (method, rest, body) in [
            (Method::GET, "", json!({})),
            (Method::PATCH, "", json!({"enabled": false})),
            (Method::POST, "rotate/", json!({})),
            (Method::POST, "replay/", json!({"after": "now"})),
            (Method::GET, "set-aside/", json!({})),
        ] {
            let refused = ask(
                &engine,
                &tied,
                method.clone(),
                &format!("{path}{rest}"),
                &body,
            )
            .await;
            let found = ask(
                &engine,
                &tied,
                method.clone(),
                &format!("{own}{rest}"),
                &body,
            )
            .await;
            assert_eq!(
                (refused.status, refused.code().as_str(), found.status),
                (404, "webhook_not_found", 200),
                "{method} {rest}"
            );
        }
        let deleted = ask(&engine, &tied, Method::DELETE, path, &json!({})).await;
        assert_eq!(deleted.status, 204);
    }
    assert_eq!(count(&engine.key).await, 3);
    let versions = "SELECT count(*) FROM webhooks WHERE version > 1";
    let changed = engine.database.query_one(versions, &[]).await.unwrap();
    assert_eq!(changed.get::<_, i64>(0), 1);
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_key_of_a_request_is_its_caller_s_own() {
    let engine = Protected::spawn().await;
    let other = engine.key("other", "webhooks:write", None).await;
    let body = json!({"url": URL});
    let post = async |key: &str| {
        let request = engine.request(Method::POST, "/api/webhooks/").json(&body);
        let request = request.header("Idempotency-Key", "order-7");
        answered(request.header("authorization", key)).await
    };
    let (first, second) = (post(&engine.key).await, post(&other).await);
    assert_eq!((first.status, second.status), (201, 201));
    assert_ne!(first.json()["id"], second.json()["id"]);
    assert!(second.json()["secret"].is_string());
    let actors = "SELECT array_agg(actor ORDER BY actor) FROM webhooks";
    let actors = engine.database.query_one(actors, &[]).await.unwrap();
    assert_eq!(actors.get::<_, Vec<String>>(0), ["key:all", "key:other"]);
    engine.app.stop().await.unwrap();
}
