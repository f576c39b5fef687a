//! Changes under an idempotency key: once, answered again without secrets.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{URL, database, make, of, send};
use crate::app::TestApp;

const POST: (Method, &str) = (Method::POST, "/api/webhooks/");

#[actix_web::test]
async fn a_webhook_is_made_once_under_a_key_and_its_secret_is_not_answered_again() {
    let app = TestApp::spawn().await;
    let body = json!({"url": URL, "types": ["operation.deposit"]});
    let all = join_all((0..8).map(|_| send(&app, POST, Some("order-7"), &body))).await;
    let first: Vec<_> = all.iter().filter(|(_, replayed, _)| !replayed).collect();
    assert_eq!(first.len(), 1, "{all:?}");
    let mut made = first[0].2.clone();
    assert!(made["secret"].is_string());
    made["secret"] = Value::Null;
    for (status, replayed, answer) in &all {
        assert_eq!(*status, 201);
        if *replayed {
            assert_eq!(*answer, made);
        }
    }
    let (_, listed) = app.get("/api/webhooks/").await;
    assert_eq!(listed["results"].as_array().unwrap().len(), 1);

    // As it was then, whatever became of it; also once it is gone.
    let path = format!("/api/webhooks/{}/", made["id"].as_str().unwrap());
    let change = json!({"url": "https://example.org/"});
    send(&app, (Method::PATCH, &path), None, &change).await;
    send(&app, (Method::DELETE, &path), None, &json!({})).await;
    let again = send(&app, POST, Some("order-7"), &body).await;
    assert_eq!(again, (201, true, made));
    for other in [
        json!({"url": URL}),
        json!({"url": URL, "types": ["operation.deposit"], "enabled": false}),
        json!({"url": URL, "types": ["operation.deposit"], "after": "start"}),
    ] {
        let (status, _, problem) = send(&app, POST, Some("order-7"), &other).await;
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("key_reused")),
            "{other}"
        );
    }
    // A refusal leaves the key free.
    let (status, _, _) = send(&app, POST, Some("free"), &json!({"url": "x"})).await;
    assert_eq!(status, 400);
    let (status, replayed, _) = send(&app, POST, Some("free"), &body).await;
    assert_eq!((status, replayed), (201, false));
    let (status, _, problem) = send(&app, POST, Some("a key"), &body).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid_request")));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn every_change_under_a_key_happens_once() {
    let app = TestApp::spawn().await;
    let (path, _) = make(&app, &json!({"url": URL})).await;
    let (other, _) = make(&app, &json!({"url": URL})).await;
    let rotate = |path: &str| format!("{path}rotate/");
    let replay = format!("{path}replay/");
    let change = json!({"enabled": false});
    let after = json!({"after": "now"});
    for (key, method, address, body) in [
        ("change", Method::PATCH, &path, &change),
        ("rotate", Method::POST, &rotate(&path), &json!({})),
        ("replay", Method::POST, &replay, &after),
    ] {
        let ask = || send(&app, (method.clone(), address), Some(key), body);
        let (status, replayed, mut first) = ask().await;
        assert_eq!((status, replayed), (200, false), "{first}");
        let version = of(&app, &path, "version").await;
        if key == "rotate" {
            assert!(first["secret"].is_string());
            first["secret"] = Value::Null;
        }
        assert_eq!(ask().await, (200, true, first), "{key}");
        assert_eq!(of(&app, &path, "version").await, version, "{key}");
        // The same of another webhook is another request.
        let elsewhere = address.replace(&*path, &other);
        let (status, _, problem) = send(&app, (method.clone(), &elsewhere), Some(key), body).await;
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("key_reused")),
            "{key}"
        );
    }
    // Types that become all of them are a change, none at all is not.
    let (status, ..) = send(
        &app,
        (Method::PATCH, &path),
        Some("types"),
        &json!({"types": null}),
    )
    .await;
    assert_eq!(status, 200);
    let (status, ..) = send(&app, (Method::PATCH, &path), Some("types"), &json!({})).await;
    assert_eq!(status, 422);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn no_secret_is_kept_with_a_key() {
    let app = TestApp::spawn().await;
    let (_, _, made) = send(&app, POST, Some("made"), &json!({"url": URL})).await;
    let path = format!("/api/webhooks/{}/", made["id"].as_str().unwrap());
    let rotate = format!("{path}rotate/");
    send(&app, (Method::POST, &rotate), Some("rotated"), &json!({})).await;
    let client = database(&app).await;
    let kept = "SELECT q.answer ? 'url' AND NOT q.answer ?| ARRAY['secret', 'old_secret'] FROM webhook_requests q";
    let rows = client.query(kept, &[]).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.get(0)));
    app.stop().await.unwrap();
}
