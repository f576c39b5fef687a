//! The feed of all ledgers.

mod consumer;
mod horizon;
mod past;
mod plans;
mod rewound;
mod waiting;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::holds::{assert_problem, hold, post};

/// A page of the feed.
pub async fn page(app: &TestApp, query: &str) -> (Vec<Value>, String) {
    let (status, body) = app.get(&format!("/api/events/{query}")).await;
    assert_eq!(status, 200, "{query} {body}");
    let events = body["events"].as_array().unwrap().clone();
    (events, body["next"].as_str().unwrap().to_owned())
}

/// All that is there after the cursor, in pages of this size, and the cursor after it.
pub async fn read_on(app: &TestApp, after: &str, limit: usize) -> (Vec<Value>, String) {
    let (mut all, mut after) = (Vec::new(), after.to_owned());
    loop {
        let cursor = if after.is_empty() {
            String::new()
        } else {
            format!("&after={after}")
        };
        let (events, next) = page(app, &format!("?limit={limit}{cursor}")).await;
        assert!(events.len() <= limit);
        if events.is_empty() && next == after {
            return (all, after);
        }
        all.extend(events);
        after = next;
    }
}

/// What the events are of: wallets, with the numbers of their operations in order.
pub fn rows(events: &[Value]) -> BTreeMap<String, Vec<i64>> {
    let mut rows: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for event in events {
        let wallet = event["wallet"].as_str().unwrap().to_owned();
        rows.entry(wallet)
            .or_default()
            .push(event["operation"]["id"].as_i64().unwrap());
    }
    rows
}

/// Asserts that each wallet's rows are all there, once and in order, and returns how many there are.
pub fn assert_whole(events: &[Value]) -> usize {
    for (wallet, ids) in rows(events) {
        let expected: Vec<i64> = (1..).take(ids.len()).collect();
        assert_eq!(ids, expected, "{wallet}");
    }
    events.len()
}

/// The wallet's id, of its path.
pub fn id(wallet: &str) -> &str {
    wallet.trim_end_matches('/').rsplit('/').next().unwrap()
}

#[actix_web::test]
async fn every_row_comes_once_in_order_in_pages_of_any_size_as_the_history_has_it() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100").await;
    hold(
        &app,
        &alice,
        &json!({"amount": "30.00", "reference": "order 7"}),
    )
    .await;
    let transfer = json!({"to": id(&bob), "amount": "10.00", "reference": "rent"});
    post(&app, &alice, "transfers/", &transfer).await;
    post(
        &app,
        &alice,
        "holds/2/capture/",
        &json!({"amount": "20.00", "final": true}),
    )
    .await;
    post(
        &app,
        &alice,
        "operations/1/reverse/",
        &json!({"amount": "5.00"}),
    )
    .await;
    app.withdraw(&bob, "1").await;

    let (all, end) = read_on(&app, "", 1_000).await;
    assert_eq!(assert_whole(&all), 8, "{all:#?}");
    for limit in [1, 2, 3, 7] {
        assert_eq!(
            read_on(&app, "", limit).await,
            (all.clone(), end.clone()),
            "{limit}"
        );
    }
    for event in &all {
        let (wallet, operation) = (event["wallet"].as_str().unwrap(), &event["operation"]);
        let entry = format!("/api/wallets/{wallet}/operations/{}/", operation["id"]);
        let (_, mut entry) = app.get(&entry).await;
        entry.as_object_mut().unwrap().remove("reversed_by");
        assert_eq!(*operation, entry);
        let kind = operation["kind"].as_str().unwrap().to_lowercase();
        assert_eq!(event["type"], format!("operation.{kind}"));
        // From any event on.
        let cursor = event["cursor"].as_str().unwrap();
        let place = all.iter().position(|other| other == event).unwrap();
        assert_eq!(read_on(&app, cursor, 3).await.0, all[place + 1..]);
    }
    // What is new comes after the end, and nothing else.
    app.deposit(&bob, "2").await;
    let mut new = Vec::new();
    let began = Instant::now();
    // It may be behind a transaction of the server's own, such as that of an ANALYZE.
    while new.is_empty() && began.elapsed() < Duration::from_secs(20) {
        (new, _) = read_on(&app, &end, 10).await;
    }
    assert_eq!(rows(&new), BTreeMap::from([(id(&bob).to_owned(), vec![3])]));
}

#[actix_web::test]
async fn the_feed_of_a_wallet_has_its_rows_alone_from_any_place() {
    let app = TestApp::spawn().await;
    let mut wallets = Vec::new();
    for name in ["alice", "bob", "carol"] {
        wallets.push(app.wallet(name).await);
    }
    for round in 0..4 {
        for wallet in &wallets {
            let operations: Vec<Value> = (0..=round)
                .map(|_| json!({"wallet": id(wallet), "kind": "DEPOSIT", "amount": "1.00"}))
                .collect();
            let batch = json!({"atomic": true, "operations": operations});
            let (status, body) = app.post("/api/batch/", &batch).await;
            assert_eq!(status, 200, "{body}");
        }
    }
    let (all, _) = read_on(&app, "", 100).await;
    assert_eq!(assert_whole(&all), 30);
    let mut places: Vec<String> = all
        .iter()
        .map(|event| event["cursor"].as_str().unwrap().to_owned())
        .collect();
    places.insert(0, String::new());
    for wallet in &wallets {
        for (place, cursor) in places.iter().enumerate() {
            let expected: Vec<Value> = all[place..]
                .iter()
                .filter(|event| event["wallet"] == id(wallet))
                .cloned()
                .collect();
            let mut found = Vec::new();
            let mut after = cursor.clone();
            loop {
                let cursor = if after.is_empty() {
                    String::new()
                } else {
                    format!("&after={after}")
                };
                let query = format!("?limit=2&wallet={}{cursor}", id(wallet));
                let (events, next) = page(&app, &query).await;
                if events.is_empty() {
                    break;
                }
                found.extend(events);
                after = next;
            }
            assert_eq!(found, expected, "{wallet} from {place}");
        }
    }
    let (nothing, _) = page(&app, &format!("?wallet={}", uuid::Uuid::new_v4())).await;
    assert_eq!(nothing, [Value::Null; 0]);
}

#[actix_web::test]
async fn now_is_after_everything_and_each_parameter_has_its_form() {
    let app = TestApp::spawn().await;
    let (nothing, now) = page(&app, "?after=now").await;
    assert_eq!(nothing, [Value::Null; 0]);
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "1").await;
    let (events, _) = page(&app, &format!("?after={now}")).await;
    assert_eq!(assert_whole(&events), 1, "begun before the first row");
    let (_, now) = page(&app, "?after=now&limit=1").await;
    app.deposit(&alice, "2").await;
    let (events, _) = page(&app, &format!("?after={now}&wait=0&limit=1000")).await;
    assert_eq!(
        rows(&events),
        BTreeMap::from([(id(&alice).to_owned(), vec![2])])
    );

    for (query, member) in [
        ("?after=", "after"),
        ("?after=Now", "after"),
        ("?after=00000000", "after"),
        ("?limit=0", "limit"),
        ("?limit=1001", "limit"),
        ("?wait=31", "wait"),
        ("?wait=-1", "wait"),
        ("?wallet=alice", "wallet"),
        ("?types=a", "types"),
        ("?limit=1&limit=1", "limit"),
    ] {
        let answer = app.get(&format!("/api/events/{query}")).await;
        assert_problem(&answer, 400, "invalid_request");
        let (_, body) = answer;
        assert!(body["errors"][member].is_array(), "{query} {body}");
    }
}
