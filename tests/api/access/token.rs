//! Owners sign in and out, as REST framework's clients do it.

use reqwest::Method;
use serde_json::json;

use super::callers::{PASSWORD, Protected, answered};
use crate::app::TestApp;

const NOBODY: &str = r#"{"non_field_errors":["Unable to log in with provided credentials."]}"#;

#[actix_web::test]
async fn an_owner_signs_in_reads_their_wallet_and_signs_out() {
    let engine = Protected::spawn().await;
    let alice = engine.owner("alice").await;
    let signed_in = engine.sign_in("alice", PASSWORD).await;
    assert_eq!(signed_in.status, 200);
    assert_eq!(signed_in.headers["content-type"], "application/json");
    assert_eq!(signed_in.headers["cache-control"], "no-store");
    let token = signed_in.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(signed_in.body, format!(r#"{{"token":"{token}"}}"#));
    assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let first = format!("Token {token}");
    let second = engine.token("alice").await;
    assert_ne!(first, second);
    assert_eq!(engine.get(&alice.path, &first).await.status, 200);
    let out = engine.request(Method::DELETE, "/api/token/");
    let out = answered(out.header("authorization", &first)).await;
    assert_eq!((out.status, out.body.as_str()), (204, ""));
    let refused = engine.get(&alice.path, &first).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.body, r#"{"detail":"Invalid token."}"#);
    assert_eq!(engine.get(&alice.path, &second).await.status, 200);
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_sign_in_is_read_and_refused_as_rest_framework_does_it() {
    let engine = Protected::spawn().await;
    engine.owner("alice").await;
    engine.owner("gone").await;
    engine
        .sql("UPDATE users SET is_active = false WHERE username = 'gone'")
        .await;
    let required =
        r#"{"username":["This field is required."],"password":["This field is required."]}"#;
    let null = r#"{"username":["This field may not be null."],"password":["This field may not be null."]}"#;
    let blank = r#"{"username":["This field may not be blank."],"password":["This field may not be blank."]}"#;
    let no_text = r#"{"username":["Not a valid string."],"password":["Not a valid string."]}"#;
    let nulls = r#"{"username":["Null characters are not allowed."],"password":["Null characters are not allowed."]}"#;
    for (body, expected) in [
        ("", required),
        ("{}", required),
        (r#"{"username":null,"password":null}"#, null),
        (r#"{"username":"","password":""}"#, blank),
        (r#"{"username":[],"password":{}}"#, no_text),
        (r#"{"username":"a\u0000","password":"\u0000"}"#, nulls),
        (
            r#"{"username":" ","password":" "}"#,
            r#"{"username":["This field may not be blank."]}"#,
        ),
        ("null", r#"{"non_field_errors":["No data provided"]}"#),
        (
            "[]",
            r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#,
        ),
        (r#"{"username":"alice","password":"wrong"}"#, NOBODY),
        (r#"{"username":"ALICE","password":"secret-secret"}"#, NOBODY),
        (
            r#"{"username":"alice","password":" secret-secret"}"#,
            NOBODY,
        ),
        (r#"{"username":"gone","password":"secret-secret"}"#, NOBODY),
        (
            r#"{"username":"nobody","password":"secret-secret"}"#,
            NOBODY,
        ),
    ] {
        let request = engine.request(Method::POST, "/api/token/");
        let request = request.header("content-type", "application/json");
        let answer = answered(request.body(body)).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (400, expected),
            "{body}"
        );
        assert!(!answer.headers.contains_key("www-authenticate"));
    }
    let form = engine.request(Method::POST, "/api/token/");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let form = form.body("username=+alice+&password=secret-secret");
    assert_eq!(answered(form).await.status, 200);
    let text = engine.request(Method::POST, "/api/token/");
    let text = text.header("content-type", "text/plain").body("alice");
    let answer = answered(text).await;
    let unsupported = r#"{"detail":"Unsupported media type \"text/plain\" in request."}"#;
    assert_eq!((answer.status, answer.body.as_str()), (415, unsupported));
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn after_five_failures_of_an_account_its_password_is_refused_too() {
    let engine = Protected::spawn().await;
    engine.owner("alice").await;
    for _ in 0..5 {
        let answer = engine.sign_in("alice", "wrong").await;
        assert_eq!((answer.status, answer.body.as_str()), (400, NOBODY));
    }
    for password in ["wrong", PASSWORD] {
        let answer = engine.sign_in("alice", password).await;
        assert_eq!(answer.status, 429, "{}", answer.body);
        let wait: u64 = answer.all("retry-after")[0].parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
        let detail = format!("Request was throttled. Expected available in {wait} seconds.");
        assert_eq!(answer.json(), json!({"detail": detail}));
    }
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_token_ends_with_the_deactivation_of_its_owner() {
    let engine = Protected::spawn().await;
    let alice = engine.owner("alice").await;
    let token = engine.token("alice").await;
    engine
        .sql(
            "UPDATE users SET is_active = false WHERE username = 'alice';
            INSERT INTO access_changes (user_id) SELECT id FROM users WHERE username = 'alice';
            NOTIFY wallet_engine_access",
        )
        .await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while engine.get(&alice.path, &token).await.status != 401 {
        assert!(
            std::time::Instant::now() < deadline,
            "the token has not ended"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_oldest_token_beyond_twenty_ends_although_it_is_remembered() {
    let engine = Protected::spawn().await;
    let alice = engine.owner("alice").await;
    let first = engine.token("alice").await;
    assert_eq!(engine.get(&alice.path, &first).await.status, 200);
    for _ in 0..19 {
        engine.token("alice").await;
    }
    assert_eq!(engine.get(&alice.path, &first).await.status, 200);
    let last = engine.token("alice").await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while engine.get(&alice.path, &first).await.status != 401 {
        assert!(std::time::Instant::now() < deadline, "it is still valid");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(engine.get(&alice.path, &last).await.status, 200);
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn where_everybody_may_use_the_api_there_is_no_token() {
    let app = TestApp::spawn().await;
    let (status, body) = app.post("/api/token/", &json!({})).await;
    assert_eq!((status, body), (404, json!({"detail": "Not found."})));
    let (status, body) = app.post("/api/password/", &json!({})).await;
    assert_eq!((status, &body["code"]), (404, &json!("not_found")));
    let alice = app.wallet("alice").await;
    let ignored = app.http.get(app.url(&alice));
    let ignored = answered(ignored.header("authorization", "Bearer made up")).await;
    assert_eq!(ignored.status, 200);
    app.stop().await.unwrap();
}
