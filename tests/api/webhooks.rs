//! Webhooks over HTTP: made, listed, changed, rotated, replayed and deleted.

mod keys;
mod limits;
mod reach;
mod set_aside;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::app::TestApp;
use crate::postgres;

const URL: &str = "https://hooks.example.com/wallets?token=7";

/// Status, whether it is a replay, and body.
pub(crate) async fn send(
    app: &TestApp,
    (method, path): (Method, &str),
    key: Option<&str>,
    body: &Value,
) -> (u16, bool, Value) {
    let mut request = app.http.request(method, app.url(path)).json(body);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    read(request.send().await.unwrap()).await
}

async fn read(answer: Response) -> (u16, bool, Value) {
    let status = answer.status().as_u16();
    let replayed = answer.headers().contains_key("Idempotency-Replayed");
    let media_type = answer.headers().get("content-type");
    if status >= 400 {
        assert_eq!(media_type.unwrap(), "application/problem+json");
    }
    let text = answer.text().await.unwrap();
    (
        status,
        replayed,
        serde_json::from_str(&text).unwrap_or_default(),
    )
}

/// Makes a webhook; gives its path and the answer.
pub(crate) async fn make(app: &TestApp, body: &Value) -> (String, Value) {
    let sent = app.http.post(app.url("/api/webhooks/")).json(body).send();
    let answer = sent.await.unwrap();
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let (status, _, made) = read(answer).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        location,
        format!("/api/webhooks/{}/", made["id"].as_str().unwrap())
    );
    (location, made)
}

async fn of(app: &TestApp, path: &str, column: &str) -> String {
    let (client, id) = (database(app).await, path.split('/').nth(3).unwrap());
    let statement = format!("SELECT ({column})::text FROM webhooks WHERE id = '{id}'");
    client.query_one(&*statement, &[]).await.unwrap().get(0)
}

async fn database(app: &TestApp) -> Client {
    postgres::connect(&app.database).await
}

/// The names of the members that are wrong, sorted.
fn wrong(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_object().unwrap();
    let mut names: Vec<_> = errors.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// The bytes of a secret, in the database's form.
fn bytes(secret: &Value) -> String {
    use base64::Engine as _;
    let text = secret.as_str().unwrap().strip_prefix("whsec_").unwrap();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap();
    let digits = bytes.iter().fold(String::new(), |digits, byte| {
        digits + &format!("{byte:02x}")
    });
    format!("\\x{digits}")
}

#[actix_web::test]
async fn a_webhook_is_made_listed_changed_and_deleted_and_its_secret_shown_once() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let wallet = wallet.split('/').nth(3).unwrap();
    let types = json!([
        "operation.withdraw",
        "operation.deposit",
        "operation.deposit"
    ]);
    let asked = json!({"url": URL, "types": types, "wallet": wallet, "enabled": false});
    let (path, mut made) = make(&app, &asked).await;
    let secret = made.as_object_mut().unwrap().remove("secret").unwrap();
    assert_eq!(bytes(&secret), of(&app, &path, "secret").await);
    assert_eq!(made["url"], URL);
    // In the order of all types, each once.
    assert_eq!(
        made["types"],
        json!(["operation.deposit", "operation.withdraw"])
    );
    assert_eq!(
        (&made["wallet"], &made["enabled"]),
        (&json!(wallet), &json!(false))
    );
    assert_eq!(made["old_secret_until"], Value::Null);

    let (status, mut found) = app.get(&path).await;
    assert_eq!(status, 200);
    let (_, listed) = app.get("/api/webhooks/").await;
    assert_eq!(listed, json!({"results": [found]}));
    let progress = found.as_object_mut().unwrap().remove("progress").unwrap();
    assert_eq!(found, made);
    assert_eq!(progress["cursor"], of(&app, &path, "cursor").await);
    for (name, value) in [
        ("waiting", json!(0)),
        ("set_aside", json!(0)),
        ("last_success_at", Value::Null),
        ("last_failure_at", Value::Null),
        ("last_failure", Value::Null),
    ] {
        assert_eq!(progress[name], value, "{name}");
    }

    let change = json!({"enabled": true, "types": null, "url": "https://example.org/"});
    let (status, _, changed) = send(&app, (Method::PATCH, &path), None, &change).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (&changed["url"], &changed["types"], &changed["enabled"]),
        (&json!("https://example.org/"), &Value::Null, &json!(true))
    );
    let (_, _, unchanged) = send(&app, (Method::PATCH, &path), None, &json!({})).await;
    assert_eq!(unchanged["url"], changed["url"]);
    assert_eq!(of(&app, &path, "version").await, "3");

    for _ in 0..2 {
        let (status, _, body) = send(&app, (Method::DELETE, &path), None, &json!({})).await;
        assert_eq!((status, body), (204, Value::Null));
        let (status, gone) = app.get(&path).await;
        assert_eq!((status, &gone["code"]), (404, &json!("webhook_not_found")));
    }
    let (_, listed) = app.get("/api/webhooks/").await;
    assert_eq!(listed, json!({"results": []}));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let app = TestApp::spawn().await;
    let nobody = Uuid::new_v4();
    for (body, names) in [
        (json!({}), vec!["url"]),
        (
            json!({"url": "http://x.example/", "types": [], "wallet": "x", "enabled": 1, "after": "x", "b": 1}),
            vec!["after", "b", "enabled", "types", "url", "wallet"],
        ),
        (
            json!({"url": URL, "types": ["operation.toll"]}),
            vec!["types"],
        ),
        (json!({"url": URL, "types": [7]}), vec!["types"]),
        (
            json!({"url": URL, "types": "operation.deposit"}),
            vec!["types"],
        ),
        (json!({"url": "https://127.0.0.1/"}), vec!["url"]),
        (json!({"url": "https://a:b@example.com/"}), vec!["url"]),
        (json!({"url": "https://example.com/#top"}), vec!["url"]),
        (json!({"url": "example.com"}), vec!["url"]),
        (
            json!({"url": format!("https://x.example/{}", "a".repeat(2_048))}),
            vec!["url"],
        ),
        (
            json!({"url": URL, "wallet": nobody.to_string()}),
            vec!["wallet"],
        ),
    ] {
        let (status, problem) = app.post("/api/webhooks/", &body).await;
        let expected = if body["wallet"] == nobody.to_string() {
            (404, "wallet_not_found")
        } else {
            (400, "invalid_request")
        };
        assert_eq!(
            (status, problem["code"].as_str().unwrap()),
            expected,
            "{body}"
        );
        assert_eq!(wrong(&problem), names, "{body}");
    }
    let (path, _) = make(&app, &json!({"url": URL})).await;
    let change = json!({"wallet": nobody.to_string(), "url": null, "enabled": null});
    let (status, _, problem) = send(&app, (Method::PATCH, &path), None, &change).await;
    assert_eq!(status, 400);
    assert_eq!(wrong(&problem), ["enabled", "url", "wallet"]);
    for missing in [
        format!("/api/webhooks/{nobody}/"),
        "/api/webhooks/7/".to_owned(),
    ] {
        for (method, path) in [
            (Method::GET, missing.clone()),
            (Method::PATCH, missing.clone()),
            (Method::POST, format!("{missing}rotate/")),
            (Method::GET, format!("{missing}set-aside/")),
        ] {
            let (status, _, problem) = send(&app, (method.clone(), &path), None, &json!({})).await;
            assert_eq!(
                (status, &problem["code"]),
                (404, &json!("webhook_not_found")),
                "{method} {path}"
            );
        }
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_rotation_keeps_the_secret_before_for_a_day_and_no_other() {
    let app = TestApp::spawn().await;
    let (path, made) = make(&app, &json!({"url": URL})).await;
    let rotate = format!("{path}rotate/");
    let mut before = made["secret"].clone();
    for _ in 0..2 {
        let answer = app.http.post(app.url(&rotate)).send().await.unwrap();
        let (status, _, rotated) = read(answer).await;
        assert_eq!(status, 200, "{rotated}");
        assert_ne!(rotated["secret"], before);
        assert_eq!(bytes(&rotated["secret"]), of(&app, &path, "secret").await);
        assert_eq!(bytes(&before), of(&app, &path, "old_secret").await);
        let in_a_day = "old_secret_until = updated_at + interval '24 hours'";
        assert_eq!(of(&app, &path, in_a_day).await, "true");
        assert!(rotated["old_secret_until"].is_string());
        before = rotated["secret"].clone();
    }
    let (status, _, problem) = send(&app, (Method::POST, &rotate), None, &json!({"x": 1})).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid_request")));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_replay_moves_to_a_place_in_the_feed_and_drops_what_waits() {
    let app = TestApp::spawn().await;
    let (path, _) = make(&app, &json!({"url": URL, "after": "start"})).await;
    let start = of(&app, &path, "cursor").await;
    let (now, _) = make(&app, &json!({"url": URL})).await;
    let now = of(&app, &now, "cursor").await;
    assert_ne!(start, now);
    let client = database(&app).await;
    let waits = "INSERT INTO webhook_waiting (webhook_id, wallet_id, cursor, attempts, first_failed_at, next_attempt_at)
        SELECT id, gen_random_uuid(), cursor, 1, now(), now() + interval '1 hour' FROM webhooks LIMIT 1";
    client.batch_execute(waits).await.unwrap();
    let replay = format!("{path}replay/");
    for (after, expected) in [
        (json!("now"), &now),
        (json!(&start), &start),
        (json!(&now), &now),
    ] {
        let body = json!({"after": after});
        let (status, _, replayed) = send(&app, (Method::POST, &replay), None, &body).await;
        assert_eq!(status, 200, "{replayed}");
        assert!(of(&app, &path, "cursor").await >= *expected, "{after}");
        assert_eq!(of(&app, &path, "since = updated_at").await, "true");
        let (_, found) = app.get(&path).await;
        assert_eq!(found["progress"]["waiting"], 0);
    }
    for body in [
        json!({}),
        json!({"after": null}),
        json!({"after": "x"}),
        json!({"after": 7}),
    ] {
        let (status, _, problem) = send(&app, (Method::POST, &replay), None, &body).await;
        assert_eq!(status, 400, "{body}");
        assert!(problem["errors"]["after"].is_array(), "{body}");
    }
    app.stop().await.unwrap();
}
