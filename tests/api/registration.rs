//! Names are unique, also at the same moment.

use futures_util::future::join_all;
use serde_json::json;

use crate::app::TestApp;
use crate::postgres;

#[actix_web::test]
async fn of_fifty_registrations_of_one_name_at_once_one_wins() {
    let app = TestApp::spawn().await;
    let answers = join_all((0..50).map(|n| {
        let email = format!("alice{n}@example.com");
        let app = &app;
        async move {
            let body = json!({"username": "alice", "email": email, "password": "secret"});
            app.post("/api/register/", &body).await
        }
    }))
    .await;

    let won = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(won, 1);
    for (_, body) in answers.iter().filter(|(status, _)| *status != 201) {
        let taken = json!({"username": ["Такое имя пользователя уже зарегистрировано."]});
        assert_eq!(*body, taken);
    }
    assert_eq!(app.audited_operations().await, 0);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn of_twenty_registrations_of_one_address_at_once_one_wins() {
    for domains in [
        ["example.com", "example.com"],
        ["EXAMPLE.com", "EXAMPLE.com"],
        ["example.com", "EXAMPLE.com"],
    ] {
        let app = TestApp::spawn().await;
        let answers = join_all((0..20).map(|n| {
            let app = &app;
            async move {
                let email = format!("alice@{}", domains[n % 2]);
                let body = json!({"username": format!("user{n}"), "email": email, "password": "p"});
                app.post("/api/register/", &body).await
            }
        }))
        .await;

        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 201);
        assert_eq!(won.len(), 1, "{domains:?}");
        assert_eq!(won[0].1["email"], "alice@example.com");
        for answer in lost {
            let taken = json!({"email": ["This field must be unique."]});
            assert_eq!(*answer, (400, taken));
        }
        app.stop().await.unwrap();
    }
}

#[actix_web::test]
async fn a_password_is_stored_as_an_argon2id_hash_of_what_was_trimmed() {
    use argon2::password_hash::PasswordVerifier;

    let app = TestApp::spawn().await;
    let body = json!({"username": "alice", "email": "a@example.com", "password": "  secret\u{a0}"});
    assert_eq!(app.post("/api/register/", &body).await.0, 201);

    let database = postgres::connect(&app.database).await;
    let row = database
        .query_one("SELECT password_hash FROM users", &[])
        .await
        .unwrap();
    let hash: String = row.get(0);
    assert!(hash.starts_with("$argon2id$"));
    let hash = argon2::PasswordHash::new(&hash).unwrap();
    argon2::Argon2::default()
        .verify_password(b"secret", &hash)
        .unwrap();
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn registrations_past_the_hashing_queue_are_told_to_come_again() {
    let app = TestApp::spawn_with(|config| {
        config.engine.hashers = 1;
        config.engine.hash_queue_max = 1;
    })
    .await;
    let answers = join_all((0..30).map(|n| {
        let app = &app;
        async move {
            let name = format!("user{n}");
            let body =
                json!({"username": name, "email": format!("{name}@example.com"), "password": "p"});
            let sent = app.http.post(app.url("/api/register/")).json(&body).send();
            sent.await.unwrap()
        }
    }))
    .await;

    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status() == 503)
        .collect();
    assert!(!refused.is_empty());
    for answer in &refused {
        assert_eq!(answer.headers()["retry-after"], "1");
    }
    assert!(answers.iter().any(|answer| answer.status() == 201));
    app.stop().await.unwrap();
}
