//! The feed of a distributed database: every row of every node once, in one order.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;
use testkit::app::TestApp;
use testkit::distributed::Cluster;
use uuid::Uuid;

use crate::load::{Load, wallets};

/// Reads the next page; returns its events, and where the next one begins.
async fn page(app: &TestApp, after: Option<&str>, wait: u64) -> (Vec<Value>, String) {
    let after = after.map_or(String::new(), |after| format!("&after={after}"));
    let path = format!("/api/events/?limit=100&wait={wait}{after}");
    loop {
        let (status, body) = app.get(&path).await;
        if status == 503 {
            continue;
        }
        assert_eq!(status, 200, "{body}");
        let events = body["events"].as_array().unwrap().clone();
        return (events, body["next"].as_str().unwrap().to_owned());
    }
}

#[actix_web::test]
async fn a_reader_beside_writers_on_all_nodes_gets_every_row_once_and_in_order() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(4).await;
    let wallets = wallets(&database, 12).await;
    let app = database.serve(|_| {}).await;
    let load = Load::begin(&app, &wallets, 6);
    let mut last: HashMap<String, i64> = HashMap::new();
    let mut read = 0;
    let mut after = None;
    let mut take = |events: &[Value]| {
        for event in events {
            let wallet = event["wallet"].as_str().unwrap().to_owned();
            let seq = event["operation"]["id"].as_i64().unwrap();
            let before = last.insert(wallet, seq).unwrap_or_default();
            assert_eq!(seq, before + 1, "the next row of its wallet: {event}");
            read += 1;
        }
        read
    };
    while take(&[]) < 300 {
        let (events, next) = page(&app, after.as_deref(), 1).await;
        take(&events);
        after = Some(next);
    }
    load.end(&app, &database).await;
    loop {
        let (events, next) = page(&app, after.as_deref(), 0).await;
        if events.is_empty() {
            break;
        }
        take(&events);
        after = Some(next);
    }
    assert_eq!(take(&[]), app.audited_operations().await);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_node_on_which_nobody_writes_holds_back_nothing() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(4).await;
    let wallets = wallets(&database, 12).await;
    let app = database.serve(|_| {}).await;
    let (_, mut after) = page(&app, None, 0).await;
    let wallet = format!("/api/wallets/{}/", wallets[0]);
    let mut seen: HashSet<i64> = HashSet::new();
    for _ in 0..20 {
        assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);
        // Long before the wait is over.
        let read = tokio::time::timeout(Duration::from_secs(15), page(&app, Some(&after), 20));
        let (events, next) = read
            .await
            .expect("the feed does not wait for the other node");
        assert_eq!(events.len(), 1, "{events:?}");
        assert!(seen.insert(events[0]["operation"]["id"].as_i64().unwrap()));
        after = next;
    }
    let of_wallet: Uuid = wallets[0];
    let (status, body) = app.get(&format!("/api/events/?wallet={of_wallet}")).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["events"].as_array().unwrap().len(), 20);
    app.stop().await.unwrap();
}
