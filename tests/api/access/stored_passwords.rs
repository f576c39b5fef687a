//! Passwords that another program stored: what Django made, and what nobody can compare.

use futures_util::future::join_all;
use serde_json::{Value, json};
use wallet_engine::auth::Secret;

use super::callers::Protected;
use crate::postgres;

/// Made by Django itself.
const DJANGO: &str = include_str!("../../data/django_passwords.jsonl");
/// What most of them are of.
const PASSWORD: &str = "StrongPassword123";
const OWN: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// One of each scheme, of [`PASSWORD`].
fn one_of_each() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in DJANGO.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let stored = case["stored"].as_str().unwrap().to_owned();
        let scheme = stored.split('$').next().unwrap().to_owned();
        if case["password"] == PASSWORD && found.iter().all(|(known, _)| *known != scheme) {
            found.push((scheme, stored));
        }
    }
    found
}

fn pbkdf2() -> String {
    let (scheme, stored) = one_of_each().swap_remove(0);
    assert_eq!(scheme, "pbkdf2_sha256");
    stored
}

impl Protected {
    /// A user with a wallet and this in place of their password; gives the wallet's path and a token of theirs.
    async fn imported(&self, name: &str, stored: &str) -> (String, String) {
        let path = self.owner(name).await.path;
        let set = "UPDATE users SET password_hash = $2 WHERE username = $1";
        self.database.execute(set, &[&name, &stored]).await.unwrap();
        let token = Secret::new_token().unwrap();
        let begin = "
            INSERT INTO user_tokens (digest, user_id, password, expires_at)
            SELECT $2, id, sha256(convert_to(password_hash, 'UTF8')), now() + interval '1 hour' FROM users WHERE username = $1";
        let digest = token.digest();
        let values = &[&name as _, &digest.as_bytes() as _];
        self.database.execute(begin, values).await.unwrap();
        (path, format!("Token {}", token.expose()))
    }

    async fn stored(&self, name: &str) -> String {
        let find = "SELECT password_hash FROM users WHERE username = $1";
        let row = self.database.query_one(find, &[&name]).await.unwrap();
        row.get(0)
    }

    async fn count(&self, of: &str) -> i64 {
        let count = format!("SELECT count(*) FROM {of}");
        let row = self.database.query_one(&count, &[]).await.unwrap();
        row.get(0)
    }
}

#[actix_web::test]
async fn each_of_django_s_signs_in_and_is_ours_from_then_on_and_tokens_stay() {
    let engine = Protected::spawn().await;
    let each = one_of_each();
    assert_eq!(each.len(), 6, "{each:?}");
    for (name, stored) in &each {
        let (path, before) = engine.imported(name, stored).await;
        let wrong = engine.sign_in(name, "strongpassword123").await;
        assert_eq!(wrong.status, 400, "{name}: {}", wrong.body);
        assert_eq!(engine.stored(name).await, *stored);
        let signed_in = engine.sign_in(name, PASSWORD).await;
        assert_eq!(signed_in.status, 200, "{name}: {}", signed_in.body);
        let renewed = engine.stored(name).await;
        assert!(renewed.starts_with(OWN), "{name}: {renewed}");

        let after = format!("Token {}", signed_in.json()["token"].as_str().unwrap());
        for token in [&before, &after] {
            assert_eq!(engine.get(&path, token).await.status, 200, "{name}");
        }
        assert_eq!(engine.sign_in(name, "strongpassword123").await.status, 400);
        assert_eq!(engine.sign_in(name, PASSWORD).await.status, 200);
        assert_eq!(engine.stored(name).await, renewed, "it is renewed once");
    }
    let recorded = ["user_changes", "access_changes", "staff_journal"];
    for table in recorded {
        assert_eq!(engine.count(table).await, 0, "{table}");
    }
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wrong_password_is_counted_and_an_unusable_one_is_no_other() {
    let engine = Protected::spawn().await;
    engine.imported("alice", &pbkdf2()).await;
    engine.imported("bob", "!yYq3vS0aVhZ").await;
    engine.imported("carol", "").await;
    for name in ["alice", "bob", "carol", "nobody"] {
        let mut answers = Vec::new();
        for typed in ["!yYq3vS0aVhZ", "!", "x", "y", "z"] {
            let answer = engine.sign_in(name, typed).await;
            assert_eq!(answer.status, 400, "{name}: {}", answer.body);
            answers.push(answer.body);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(engine.sign_in(name, PASSWORD).await.status, 429, "{name}");
        engine.sql("DELETE FROM admin_sign_in_attempts").await;
    }
    assert_eq!(engine.stored("alice").await, pbkdf2());
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_nobody_can_compare_is_an_internal_error_and_no_wrong_password() {
    let engine = Protected::spawn().await;
    for (name, stored) in [
        ("alice", "md5$salt$5ebe2294ecd0e0f08eab7690d2a6ee69"),
        ("bob", "pbkdf2_sha256$1000$salt"),
        (
            "carol",
            "pbkdf2_sha256$4000000000$salt$M+jIr+GqOMj08TfJRR6HC1AeQCGnXf1g3sIeepAy5Rs=",
        ),
        ("dave", "secret"),
    ] {
        let (_, token) = engine.imported(name, stored).await;
        // More often than a password may be wrong.
        for _ in 0..6 {
            let answer = engine.sign_in(name, PASSWORD).await;
            assert_eq!(answer.status, 500, "{name}: {}", answer.body);
            assert!(answer.json()["detail"].is_string(), "{}", answer.body);
        }
        let change = json!({"current_password": PASSWORD, "new_password": "another secret"});
        let answer = engine.post("/api/password/", &token, &change).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (500, "unavailable")
        );
        assert_eq!(engine.stored(name).await, stored);
    }
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_password_is_changed_by_who_knows_the_one_that_django_stored() {
    let engine = Protected::spawn().await;
    let (path, token) = engine.imported("alice", &pbkdf2()).await;
    let change =
        |current: &str| json!({"current_password": current, "new_password": "another secret"});
    let wrong = engine.post("/api/password/", &token, &change("x")).await;
    assert_eq!(wrong.status, 400, "{}", wrong.body);
    let changed = engine
        .post("/api/password/", &token, &change(PASSWORD))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(engine.get(&path, &token).await.status, 401);
    let token = format!("Token {}", changed.json()["token"].as_str().unwrap());
    assert_eq!(engine.get(&path, &token).await.status, 200);
    assert_eq!(engine.sign_in("alice", PASSWORD).await.status, 400);
    assert_eq!(engine.sign_in("alice", "another secret").await.status, 200);
    assert_eq!(
        engine.count("user_changes WHERE field = 'password'").await,
        1
    );
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn sign_ins_at_once_all_succeed() {
    let engine = Protected::spawn().await;
    let (path, before) = engine.imported("alice", &pbkdf2()).await;
    // Fewer than an account's failures: each is counted until it has succeeded.
    let answers = join_all((0..5).map(|_| engine.sign_in("alice", PASSWORD))).await;
    let mut tokens = vec![before];
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.body);
        tokens.push(format!(
            "Token {}",
            answer.json()["token"].as_str().unwrap()
        ));
    }
    for token in &tokens {
        assert_eq!(engine.get(&path, token).await.status, 200);
    }
    assert!(engine.stored("alice").await.starts_with(OWN));
    engine.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_sign_in_succeeds_although_its_password_cannot_be_stored_anew() {
    let engine = Protected::spawn().await;
    let stored = pbkdf2();
    let (path, _) = engine.imported("alice", &stored).await;
    let other = postgres::connect(&engine.app.database).await;
    // Others may refer to the row, and not change it.
    let lock = "BEGIN; SELECT FROM users WHERE username = 'alice' FOR NO KEY UPDATE";
    other.batch_execute(lock).await.unwrap();
    let token = engine.sign_in("alice", PASSWORD).await;
    assert_eq!(token.status, 200, "{}", token.body);
    assert_eq!(engine.stored("alice").await, stored);
    let token = format!("Token {}", token.json()["token"].as_str().unwrap());
    assert_eq!(engine.get(&path, &token).await.status, 200);
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(engine.sign_in("alice", PASSWORD).await.status, 200);
    assert!(engine.stored("alice").await.starts_with(OWN));
    assert_eq!(engine.get(&path, &token).await.status, 200);
    engine.app.stop().await.unwrap();
}
