//! `Idempotency-Key` of a registration: it happens once, and its answer is had again.

use std::time::Duration;

use argon2::password_hash::PasswordHasher;
use futures_util::future::join_all;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::postgres;
use crate::raw_http::Request;

const REUSED: &str = r#"{"detail":"Ключ идемпотентности уже использован для другой операции."}"#;
const TAKEN: &str = r#"{"username":["Такое имя пользователя уже зарегистрировано."],"email":["This field must be unique."]}"#;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    body: String,
    location: Option<String>,
    replayed: bool,
}

impl Answer {
    async fn to(sent: RequestBuilder) -> Self {
        let answer = sent.send().await.unwrap();
        let header = |name| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let replayed = header("Idempotency-Replayed");
        assert!(replayed.is_none() || replayed.as_deref() == Some("true"));
        Self {
            status: answer.status().as_u16(),
            location: header("Location"),
            replayed: replayed.is_some(),
            body: answer.text().await.unwrap(),
        }
    }

    /// The same, as a repetition is answered.
    fn again(&self) -> Self {
        Self {
            replayed: true,
            ..self.clone()
        }
    }

    fn refused(status: u16, body: &str) -> Self {
        Self {
            status,
            body: body.to_owned(),
            location: None,
            replayed: false,
        }
    }
}

fn user(name: &str) -> Value {
    json!({"username": name, "email": format!("{name}@example.com"), "password": "secret"})
}

async fn register(app: &TestApp, key: &str, body: &Value) -> Answer {
    let sent = app.http.post(app.url("/api/register/"));
    Answer::to(sent.header("Idempotency-Key", key).json(body)).await
}

async fn users(app: &TestApp) -> i64 {
    let database = postgres::connect(&app.database).await;
    let counted = database.query_one("SELECT count(*) FROM users", &[]).await;
    counted.unwrap().get(0)
}

#[actix_web::test]
async fn a_repetition_is_answered_to_the_byte_also_by_another_engine_and_after_a_restart() {
    let app = TestApp::spawn().await;
    let other = TestApp::spawn_on(app.database.clone(), |_| {}).await;
    let first = register(&app, "a", &user("alice")).await;
    let body = r#"{"username":"alice","email":"alice@example.com","wallet_balance":"0.00"}"#;
    assert_eq!(
        (first.status, &*first.body, first.replayed),
        (201, body, false)
    );
    let wallet = first.location.clone().unwrap();
    app.deposit(&wallet, "5.00").await;

    // However it is written, and whatever has become of the balance.
    let written =
        json!({"username": " ａlice ", "email": "alice@EXAMPLE.com", "password": "secret\n"});
    for (app, key, body) in [
        (&app, "a", user("alice")),
        (&other, "\"a\"", user("alice")),
        (&other, "a", written),
    ] {
        assert_eq!(register(app, key, &body).await, first.again());
    }
    let form = app.http.post(app.url("/api/register/"));
    let form = form
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("username=alice&email=alice%40example.com&password=secret");
    assert_eq!(
        Answer::to(form.header("Idempotency-Key", "a")).await,
        first.again()
    );

    let without = Answer::to(
        app.http
            .post(app.url("/api/register/"))
            .json(&user("alice")),
    )
    .await;
    assert_eq!(without, Answer::refused(400, TAKEN), "without the key");
    let database = app.database.clone();
    app.stop().await.unwrap();
    other.stop().await.unwrap();
    let app = TestApp::spawn_on(database, |_| {}).await;
    assert_eq!(register(&app, "a", &user("alice")).await, first.again());
    assert_eq!(users(&app).await, 1);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_key_of_another_registration_is_422_and_registers_nobody() {
    let app = TestApp::spawn().await;
    assert_eq!(register(&app, "a", &user("alice")).await.status, 201);
    assert_eq!(register(&app, "b", &user("bob")).await.status, 201);
    let with = |field: &str, value: &str| {
        let mut body = user("alice");
        body[field] = value.into();
        body
    };
    for body in [
        user("carol"),
        user("bob"),
        with("username", "carol"),
        with("email", "carol@example.com"),
        with("password", "secret2"),
        with("username", "bob"),
    ] {
        let answer = register(&app, "a", &body).await;
        assert_eq!(answer, Answer::refused(422, REUSED), "{body}");
    }
    assert_eq!(users(&app).await, 2);
    let other = register(&app, "c", &user("alice")).await;
    assert_eq!(other, Answer::refused(400, TAKEN), "a key of its own");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_changed_password_or_address_ends_the_repetitions_and_staff_have_none() {
    let app = TestApp::spawn().await;
    let database = postgres::connect(&app.database).await;
    let hash = argon2::Argon2::default().hash_password(b"changed").unwrap();
    for (name, change, ended) in [
        (
            "alice",
            format!("password_hash = '{hash}'"),
            Answer::refused(422, REUSED),
        ),
        (
            "bob",
            "email = 'new@example.com'".to_owned(),
            Answer::refused(422, REUSED),
        ),
        (
            "carol",
            "is_staff = true".to_owned(),
            Answer::refused(400, TAKEN),
        ),
    ] {
        let first = register(&app, name, &user(name)).await;
        assert_eq!(register(&app, name, &user(name)).await, first.again());
        let change = format!("UPDATE users SET {change} WHERE username = '{name}'");
        assert_eq!(database.execute(&change, &[]).await.unwrap(), 1);
        let answer = register(&app, name, &user(name)).await;
        assert_eq!(answer, ended, "{name}");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_refused_registration_leaves_its_key_free() {
    let app = TestApp::spawn().await;
    app.wallet("alice").await;
    let refused = register(&app, "a", &user("alice")).await;
    assert_eq!(refused, Answer::refused(400, TAKEN));
    let malformed = json!({"username": "alice", "email": "x", "password": "secret"});
    assert_eq!(register(&app, "a", &malformed).await.status, 400);

    let first = register(&app, "a", &user("bob")).await;
    assert_eq!((first.status, first.replayed), (201, false));
    assert_eq!(register(&app, "a", &user("bob")).await, first.again());
    // A body that is wrong by itself is refused whatever the key.
    let wrong = register(&app, "a", &malformed).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("Enter a valid email address."));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn of_many_at_once_under_one_key_one_registers_and_all_have_its_answer() {
    let app = TestApp::spawn().await;
    let other = TestApp::spawn_on(app.database.clone(), |_| {}).await;
    let alice = user("alice");
    let same = (0..20).map(|n| register([&app, &other][n % 2], "same", &alice));
    let answers = join_all(same).await;
    let (again, first): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.replayed);
    let [first] = &first[..] else {
        panic!("{first:?}")
    };
    assert_eq!(first.status, 201);
    assert_eq!(again, vec![first.again(); 19]);
    assert_eq!(users(&app).await, 1);

    let different: Vec<_> = (0..20).map(|n| user(&format!("user{n}"))).collect();
    let different = different.iter().enumerate();
    let different = different.map(|(n, body)| register([&app, &other][n % 2], "different", body));
    let answers = join_all(different).await;
    let (won, lost): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!((won.len(), won[0].replayed), (1, false));
    assert_eq!(lost, vec![Answer::refused(422, REUSED); 19]);
    assert_eq!(users(&app).await, 2);
    app.stop().await.unwrap();
    other.stop().await.unwrap();
}

#[actix_web::test]
async fn a_malformed_key_is_400_and_registers_nobody() {
    let app = TestApp::spawn().await;
    let send = |keys: &[&str], body: &Value| {
        let request =
            Request::new("POST", "/api/register/").header("Content-Type", "application/json");
        let request = keys.iter().fold(request, |request, key| {
            request.header("Idempotency-Key", key.as_bytes())
        });
        let request = request.body(body.to_string());
        async move {
            let answer = request.send(app.address).await.unwrap();
            (answer.status, String::from_utf8(answer.body).unwrap())
        }
    };
    let too_long = "k".repeat(256);
    for (keys, detail) in [
        (
            &[""][..],
            "Ключ идемпотентности должен состоять из видимых символов ASCII, от 1 до 255.",
        ),
        (
            &["two words"],
            "Ключ идемпотентности должен состоять из видимых символов ASCII, от 1 до 255.",
        ),
        (
            &[&too_long],
            "Ключ идемпотентности должен состоять из видимых символов ASCII, от 1 до 255.",
        ),
        (
            &["a", "a"],
            "Заголовок Idempotency-Key указан более одного раза.",
        ),
    ] {
        let answer = send(keys, &user("alice")).await;
        assert_eq!(
            answer,
            (400, format!(r#"{{"detail":"{detail}"}}"#)),
            "{keys:?}"
        );
    }
    let body = json!({"username": "alice", "email": "x", "password": "secret"});
    let wrong = r#"{"email":["Enter a valid email address."]}"#;
    assert_eq!(
        send(&[""], &body).await,
        (400, wrong.to_owned()),
        "the body comes first"
    );
    assert_eq!(users(&app).await, 0);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_registration_that_was_cut_off_is_resolved_by_its_repetition() {
    let app = TestApp::spawn_with(|config| {
        config.engine.wait = Duration::from_secs(3);
        config.database.limits.lock = Duration::from_secs(60);
        config.database.limits.statement = Duration::from_secs(60);
        config.database.pool_max = 1;
    })
    .await;
    // The one session has prepared the insertion, which waits for the lock as well.
    app.wallet("bob").await;
    let somebody = postgres::connect(&app.database).await;
    // The insertion waits for longer than its caller, and is given up.
    let lock = "BEGIN; LOCK TABLE wallets IN SHARE ROW EXCLUSIVE MODE";
    somebody.batch_execute(lock).await.unwrap();
    let cut = register(&app, "a", &user("alice")).await;
    assert_eq!(cut.status, 500);
    somebody.batch_execute("COMMIT").await.unwrap();

    let resolved = register(&app, "a", &user("alice")).await;
    assert_eq!(resolved.status, 201);
    assert_eq!(register(&app, "a", &user("alice")).await, resolved.again());
    assert_eq!(users(&app).await, 2);
    assert_eq!(app.balance(&resolved.location.unwrap()).await, "0.00");
    app.stop().await.unwrap();
}
