//! Staff whose password another program stored.

use crate::admin::{Admin, STAFF};
use crate::postgres;

/// Made by Django itself, of [`PASSWORD`]: the first line of `tests/data/django_passwords.jsonl`.
const PBKDF2: &str = "pbkdf2_sha256$1$Zd0kXq7rYw3cT9bN1mLvSh$";
const PASSWORD: &str = "StrongPassword123";

impl Admin {
    async fn has(&self, stored: &str) {
        let set = format!("UPDATE users SET password_hash = '{stored}' WHERE username = '{STAFF}'");
        self.execute(&set).await;
    }
}

fn pbkdf2() -> String {
    let lines = include_str!("../data/django_passwords.jsonl").lines();
    let mut cases = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let case = cases.find(|case| case["password"] == PASSWORD).unwrap();
    let stored = case["stored"].as_str().unwrap().to_owned();
    assert!(stored.starts_with(PBKDF2), "{stored}");
    stored
}

#[actix_web::test]
async fn staff_sign_in_with_what_django_stored_and_their_other_sessions_stay() {
    let admin = Admin::spawn_signed_out().await;
    admin.has(&pbkdf2()).await;
    // As one that began before the password was renewed.
    let first = admin.other_browser();
    first.sign_in(STAFF, PASSWORD).await;
    let database = postgres::connect(&admin.app.database).await;
    let as_before = format!(
        "UPDATE users SET password_hash = '{0}', password_renewal = NULL;
         UPDATE admin_sessions SET password = sha256(convert_to('{0}', 'UTF8'))",
        pbkdf2()
    );
    database.batch_execute(&as_before).await.unwrap();
    assert_eq!(first.get("/admin/users/").await.status, 200);

    assert_eq!(
        admin.try_sign_in(STAFF, "strongpassword123").await.status,
        422
    );
    admin.sign_in(STAFF, PASSWORD).await;
    for browser in [&admin.browser, &first] {
        assert_eq!(browser.get("/admin/users/").await.status, 200);
    }
    let stored = "SELECT password_hash FROM users WHERE is_staff";
    let stored: String = database.query_one(stored, &[]).await.unwrap().get(0);
    assert!(stored.starts_with("$argon2id$"), "{stored}");
    let changes = "SELECT count(*) FROM user_changes";
    let changes: i64 = database.query_one(changes, &[]).await.unwrap().get(0);
    assert_eq!(changes, 0);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_password_that_cannot_be_compared_is_an_error_and_an_unusable_one_is_wrong() {
    let admin = Admin::spawn_signed_out().await;
    admin.has("crypt$$ab.cdefghijkl").await;
    for _ in 0..6 {
        let answer = admin.try_sign_in(STAFF, PASSWORD).await;
        assert_eq!(answer.status, 500);
        assert!(!answer.body.contains("crypt"), "{}", answer.body);
    }
    admin.has("!").await;
    for typed in ["!", PASSWORD] {
        assert_eq!(admin.try_sign_in(STAFF, typed).await.status, 422);
    }
    admin.app.stop().await.unwrap();
}
