//! Owners change their passwords.

use reqwest::Method;
use serde_json::json;

use super::callers::{Answered, PASSWORD, Protected, answered};

const NEW: &str = "another secret";

async fn change(engine: &Protected, authorization: &str, current: &str, new: &str) -> Answered {
    let body = json!({"current_password": current, "new_password": new});
    engine.post("/api/password/", authorization, &body).await
}

#[actix_web::test]
async fn a_new_password_ends_every_token_and_gives_a_new_one() {
    let engine = Protected::spawn().await;
    let alice = engine.owner("alice").await;
    let (stolen, own) = (engine.token("alice").await, engine.token("alice").await);
    engine
        .sql(
            "INSERT INTO admin_sessions (token_hash, user_id, password, expires_at)
            SELECT sha256('x'), id, sha256('x'), now() + interval '1 day' FROM users WHERE username = 'alice'",
        )
        .await;
    assert_eq!(engine.get(&alice.path, &stolen).await.status, 200);
    let changed = change(&engine, &own, PASSWORD, NEW).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.headers["cache-control"], "no-store");
    for old in [&stolen, &own] {
        assert_eq!(engine.get(&alice.path, old).await.status, 401);
    }
    let token = changed.json()["token"].as_str().unwrap().to_owned();
    let token = format!("Token {token}");
    assert_eq!(engine.get(&alice.path, &token).await.status, 200);
    assert_eq!(engine.sign_in("alice", PASSWORD).await.status, 400);
    assert_eq!(engine.sign_in("alice", NEW).await.status, 200);
    let sessions = "SELECT count(*) FROM admin_sessions";
    let sessions = engine.database.query_one(sessions, &[]).await.unwrap();
    assert_eq!(sessions.get::<_, i64>(0), 0);
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn fields_of_a_change_are_checked_all_at_once() {
    let engine = Protected::spawn().await;
    engine.owner("alice").await;
    let token = engine.token("alice").await;
    let padded = "A password must not begin or end with white space.";
    let required = "This field is required.";
    for (body, errors) in [
        (
            json!({}),
            json!({"current_password": [required], "new_password": [required]}),
        ),
        (
            json!({"current_password": "", "new_password": " x", "more": 1}),
            json!({"more": ["There is no such field."], "current_password": [required], "new_password": [padded]}),
        ),
        (
            json!({"current_password": 1, "new_password": "a\u{0}b"}),
            json!({"current_password": ["A string is expected."], "new_password": ["Null characters are not allowed."]}),
        ),
        (
            json!({"current_password": "wrong", "new_password": NEW}),
            json!({"current_password": ["The password is wrong."]}),
        ),
    ] {
        let answer = engine.post("/api/password/", &token, &body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        let problem = answer.json();
        assert_eq!(
            (&problem["code"], &problem["errors"]),
            (&json!("invalid_request"), &errors)
        );
    }
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    let keyed = engine.request(Method::POST, "/api/password/").json(&body);
    let keyed = keyed.header("idempotency-key", "k");
    let keyed = answered(keyed.header("authorization", &token)).await;
    assert_eq!(keyed.status, 400);
    assert!(keyed.json()["errors"]["idempotency-key"].is_array());
    assert_eq!(engine.sign_in("alice", PASSWORD).await.status, 200);
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_password_of_staff_is_longer() {
    let engine = Protected::spawn().await;
    engine.owner("alice").await;
    let token = engine.token("alice").await;
    engine
        .sql("UPDATE users SET is_staff = true, role = 'administrator' WHERE username = 'alice'")
        .await;
    let short = change(&engine, &token, PASSWORD, "11 letters.").await;
    assert_eq!(short.status, 400);
    let text = "A password of staff has at least 12 characters.";
    assert_eq!(short.json()["errors"], json!({"new_password": [text]}));
    assert_eq!(
        change(&engine, &token, PASSWORD, "12 letters ж")
            .await
            .status,
        200
    );
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn wrong_passwords_count_as_failed_sign_ins() {
    let engine = Protected::spawn().await;
    engine.owner("alice").await;
    let token = engine.token("alice").await;
    for _ in 0..5 {
        assert_eq!(change(&engine, &token, "wrong", NEW).await.status, 400);
    }
    let refused = change(&engine, &token, PASSWORD, NEW).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "rate_limited")
    );
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(engine.sign_in("alice", PASSWORD).await.status, 429);
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn of_many_changes_at_once_one_happens() {
    let engine = Protected::spawn().await;
    engine.owner("alice").await;
    let token = engine.token("alice").await;
    let news: Vec<_> = (0..4).map(|n| format!("another secret {n}")).collect();
    let changes = news
        .iter()
        .map(|new| change(&engine, &token, PASSWORD, new));
    let changes = futures_util::future::join_all(changes).await;
    let done = |answer: &&Answered| answer.status == 200;
    assert_eq!(changes.iter().filter(done).count(), 1, "{changes:?}");
    for refused in changes.iter().filter(|answer| answer.status != 200) {
        // Its token ended before its turn, or the password that it named did.
        let is_late = matches!(refused.status, 400 | 401);
        assert!(is_late, "{refused:?}");
    }
    let at = changes.iter().position(|answer| answer.status == 200);
    let signed_in = engine.sign_in("alice", &news[at.unwrap()]).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    engine.app.stop().await.unwrap();
}
