//! A hundred webhooks, however many are asked for at once.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{URL, database, make, send};
use crate::app::TestApp;

#[actix_web::test]
async fn there_are_a_hundred_at_most_also_when_many_are_made_at_once() {
    let app = TestApp::spawn().await;
    let client = database(&app).await;
    let (path, _) = make(&app, &json!({"url": URL})).await;
    let filled = "INSERT INTO webhooks (slot, url, secret, cursor)
        SELECT free.slot, 'https://example.com/', sha256('x'), w.cursor
        FROM webhooks w, generate_series(1, 100) AS free (slot) WHERE free.slot <> w.slot LIMIT 94";
    client.batch_execute(filled).await.unwrap();
    let body = json!({"url": URL});
    let create = |_| send(&app, (Method::POST, "/api/webhooks/"), None, &body);
    let all = join_all((0..12).map(create)).await;
    let made = all.iter().filter(|(status, ..)| *status == 201).count();
    let count = async || {
        let row = client.query_one("SELECT count(*) FROM webhooks", &[]).await;
        row.unwrap().get::<_, i64>(0)
    };
    assert_eq!(count().await, 95 + i64::try_from(made).unwrap());
    for (status, _, problem) in &all {
        match status {
            201 => {}
            409 => assert_eq!(problem["code"], "too_many_webhooks"),
            // Others took every slot that it tried: nothing was done.
            503 => assert_eq!(problem["code"], "overloaded"),
            _ => panic!("{problem}"),
        }
    }
    while count().await < 100 {
        make(&app, &body).await;
    }
    let (status, _, problem) = send(&app, (Method::POST, "/api/webhooks/"), Some("k"), &body).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &json!("too_many_webhooks"))
    );
    let (_, listed) = app.get("/api/webhooks/").await;
    assert_eq!(listed["results"].as_array().unwrap().len(), 100);
    // Room again; the key is free.
    send(&app, (Method::DELETE, &path), None, &json!({})).await;
    let (status, ..) = send(&app, (Method::POST, "/api/webhooks/"), Some("k"), &body).await;
    assert_eq!(status, 201);
    app.stop().await.unwrap();
}
