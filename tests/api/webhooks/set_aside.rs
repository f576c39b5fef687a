//! What was given up: listed a page at a time, and sent again.

use reqwest::Method;
use serde_json::{Value, json};

use super::{URL, database, make, send};
use crate::app::TestApp;

/// A webhook that set aside that many events, the last of no wallet. It is paused, so that none of them is sent meanwhile.
async fn webhook(app: &TestApp, events: usize) -> String {
    let (path, _) = make(app, &json!({"url": URL, "enabled": false})).await;
    let id = path.split('/').nth(3).unwrap();
    let given_up = format!(
        "INSERT INTO webhook_set_aside (webhook_id, cursor, type, wallet_id, seq, attempts, last_status, last_error)
         SELECT w.id, left(w.cursor, -16) || lpad(to_hex(n), 16, '0'), 'operation.deposit', gen_random_uuid(), n, 40, 500, 'it answered 500'
         FROM webhooks w, generate_series(1, {events}) n WHERE w.id = '{id}' ORDER BY n;
         UPDATE webhook_set_aside SET type = 'feed.rewound', wallet_id = NULL, seq = NULL, last_status = NULL
         WHERE webhook_id = '{id}' AND seq = {events}"
    );
    database(app).await.batch_execute(&given_up).await.unwrap();
    path
}

#[actix_web::test]
async fn what_was_given_up_is_listed_newest_first_a_page_at_a_time() {
    let app = TestApp::spawn().await;
    let path = webhook(&app, 5).await;
    let (_, found) = app.get(&path).await;
    assert_eq!(found["progress"]["set_aside"], 5);
    let mut next = format!("{path}set-aside/?limit=2");
    let mut events: Vec<Value> = Vec::new();
    for expected in [2, 2, 1] {
        let (status, page) = app.get(&next).await;
        assert_eq!(status, 200, "{page}");
        let results = page["results"].as_array().unwrap();
        assert_eq!(results.len(), expected);
        events.extend(results.iter().cloned());
        next = page["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(next, "");
    let ids: Vec<_> = events
        .iter()
        .map(|event| event["id"].as_i64().unwrap())
        .collect();
    assert!(ids.is_sorted_by(|one, other| one > other), "{ids:?}");
    let seqs: Vec<_> = events[1..]
        .iter()
        .map(|event| event["operation"].as_i64())
        .collect();
    assert_eq!(seqs, [Some(4), Some(3), Some(2), Some(1)]);
    let rewound = &events[0];
    assert_eq!(
        (&rewound["wallet"], &rewound["operation"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&rewound["type"], &rewound["last_status"]),
        (&json!("feed.rewound"), &Value::Null)
    );
    let event = &events[1];
    assert_eq!(
        (&event["type"], &event["attempts"]),
        (&json!("operation.deposit"), &json!(40))
    );
    assert_eq!(
        (&event["last_status"], &event["last_error"]),
        (&json!(500), &json!("it answered 500"))
    );
    assert!(event["wallet"].is_string() && event["set_aside_at"].is_string());

    let (other, _) = make(&app, &json!({"url": URL})).await;
    let (_, page) = app.get(&format!("{path}set-aside/?limit=2")).await;
    let elsewhere = page["next"].as_str().unwrap().replace(&*path, &other);
    for wrong in [elsewhere, format!("{path}set-aside/?limit=201&status=x")] {
        let (status, problem) = app.get(&wrong).await;
        assert_eq!(
            (status, &problem["code"]),
            (400, &json!("invalid_request")),
            "{wrong}"
        );
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn one_is_sent_again_once_under_a_key_also_after_it_is_delivered() {
    let app = TestApp::spawn().await;
    let path = webhook(&app, 1).await;
    let (_, page) = app.get(&format!("{path}set-aside/")).await;
    let event = &page["results"][0];
    assert_eq!(event["send_requested_at"], Value::Null);
    let address = format!("{path}set-aside/{}/send/", event["id"]);
    let ask = |key| {
        let (app, address) = (&app, &address);
        async move { send(app, (Method::POST, address), key, &json!({})).await }
    };
    let (status, replayed, first) = ask(Some("again")).await;
    assert_eq!((status, replayed), (202, false), "{first}");
    assert!(first["send_requested_at"].is_string());
    // Asked for once more, it is sent once.
    assert_eq!(ask(None).await, (202, false, first.clone()));
    database(&app)
        .await
        .batch_execute("DELETE FROM webhook_set_aside")
        .await
        .unwrap();
    assert_eq!(ask(Some("again")).await, (202, true, first));
    let (status, _, problem) = ask(None).await;
    assert_eq!((status, &problem["code"]), (404, &json!("event_not_found")));
    // The key of one kind of request is none of another, whose answer is another row.
    let create = (Method::POST, "/api/webhooks/");
    let (status, _, problem) = send(&app, create, Some("again"), &json!({"url": URL})).await;
    assert_eq!((status, &problem["code"]), (422, &json!("key_reused")));
    app.stop().await.unwrap();
}
