//! An engine on a distributed database answers as one on any other.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::app::TestApp;
use testkit::distributed::Cluster;
use testkit::replay::{RECORDED, cases, replay};

use crate::catalogue::lines;
use crate::command::run;

const SHARDS: i32 = 8;

fn id(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// Posts JSON under a key; gives the status, whether it was a repetition, and the body.
async fn keyed(app: &TestApp, path: &str, key: &str, body: &Value) -> (u16, bool, Value) {
    let sent = app
        .http
        .post(app.url(path))
        .header("Idempotency-Key", key)
        .json(body)
        .send();
    let answer = sent.await.unwrap();
    let replayed = answer.headers().contains_key("Idempotency-Replayed");
    (
        answer.status().as_u16(),
        replayed,
        answer.json().await.unwrap(),
    )
}

#[actix_web::test]
async fn every_recorded_case_is_answered_as_recorded() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(SHARDS).await;
    let app = database.serve(|_| {}).await;
    let report = replay(app.address, &cases(RECORDED)).await;
    assert!(report.failures().next().is_none(), "{report}");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn balances_histories_and_transfers_agree_with_the_ledger_on_the_nodes() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(SHARDS).await;
    let app = database.serve(|_| {}).await;
    let mut wallets = Vec::new();
    for n in 0..16 {
        let wallet = app.wallet(&format!("user{n}")).await;
        assert_eq!(app.deposit(&wallet, "10.00").await.0, 200);
        assert_eq!(app.withdraw(&wallet, "3.00").await.0, 200);
        wallets.push(wallet);
    }
    // Each pays the next one: by chance on the same node or another.
    for (n, from) in wallets.iter().enumerate() {
        let to = &wallets[(n + 1) % wallets.len()];
        let body = json!({"to": id(to), "amount": "2.00"});
        let (status, body) = app.post(&format!("{from}transfers/"), &body).await;
        assert_eq!(status, 201, "{body}");
    }
    for wallet in &wallets {
        assert_eq!(app.balance(wallet).await, "7.00");
        let (status, body) = app.get(&format!("{wallet}operations/")).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["results"].as_array().unwrap().len(), 4, "{body}");
    }
    app.stop().await.unwrap();

    // A new engine has only what is on the nodes.
    let app = database.serve(|_| {}).await;
    for wallet in &wallets {
        assert_eq!(app.balance(wallet).await, "7.00");
    }
    app.stop().await.unwrap();
    let sums = "
        SELECT concat_ws(' ', w.balance, w.version, count(*), sum(CASE WHEN o.feed_run > 0 THEN o.feed_run END))
        FROM wallets w JOIN operations o ON o.wallet_id = w.id GROUP BY w.id, w.balance, w.version";
    let client = database.connect().await;
    assert_eq!(
        lines(&client, sums).await,
        vec!["7.00 4 4 4"; wallets.len()]
    );
    run(&database, &["verify"])
        .await
        .assert_done("Everything agrees.");
}

#[actix_web::test]
async fn a_repetition_under_a_key_is_answered_alike_by_that_engine_and_by_another() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(SHARDS).await;
    let app = database.serve(|_| {}).await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    let deposit = json!({"operationType": "DEPOSIT", "amount": "5.00"});
    let pay = json!({"to": id(&bob), "amount": "2.00"});
    let asked = [
        (format!("{alice}operation/"), "salary", deposit),
        (format!("{alice}transfers/"), "rent", pay),
    ];
    let mut first = Vec::new();
    for (path, key, body) in &asked {
        let (status, replayed, body) = keyed(&app, path, key, body).await;
        assert!(!replayed && status < 300, "{body}");
        first.push((status, body));
    }
    let other = database.serve(|_| {}).await;
    for app in [&app, &other] {
        for ((path, key, body), first) in asked.iter().zip(&first) {
            let (status, replayed, body) = keyed(app, path, key, body).await;
            assert_eq!(&(status, body), first);
            assert!(replayed);
        }
        let (status, _, body) = keyed(
            app,
            &asked[0].0,
            "salary",
            &json!({"operationType": "DEPOSIT", "amount": "6.00"}),
        )
        .await;
        assert_eq!(status, 422, "{body}");
    }
    assert_eq!(other.balance(&alice).await, "3.00");
    assert_eq!(other.balance(&bob).await, "2.00");
    app.stop().await.unwrap();
    other.stop().await.unwrap();
}

#[actix_web::test]
async fn money_is_held_captured_and_given_back_across_nodes() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(SHARDS).await;
    let app = database.serve(|_| {}).await;
    let shop = app.wallet("shop").await;
    for n in 0..8 {
        let wallet = app.wallet(&format!("payer{n}")).await;
        assert_eq!(app.deposit(&wallet, "10.00").await.0, 200);
        let (status, hold) = app
            .post(&format!("{wallet}holds/"), &json!({"amount": "4.00"}))
            .await;
        assert_eq!(status, 201, "{hold}");
        assert_eq!(app.withdraw(&wallet, "6.01").await.0, 400);
        let capture = format!("{wallet}holds/{}/capture/", hold["id"]);
        let body = json!({"amount": "3.00", "final": true, "to": id(&shop)});
        let (status, body) = app.post(&capture, &body).await;
        assert!(status < 300, "{body}");
        assert_eq!(app.balance(&wallet).await, "7.00");
    }
    assert_eq!(app.balance(&shop).await, "24.00");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn two_engines_on_the_same_wallets_lose_nothing_and_the_feed_has_each_row_once() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(SHARDS).await;
    let engines = [database.serve(|_| {}).await, database.serve(|_| {}).await];
    let mut wallets = Vec::new();
    for n in 0..6 {
        wallets.push(engines[0].wallet(&format!("user{n}")).await);
    }
    let deposits = (0..20).flat_map(|_| &wallets).zip(0..).map(|(wallet, n)| {
        let app = &engines[n % 2];
        async move { app.deposit(wallet, "1.00").await.0 }
    });
    let done = futures_util::future::join_all(deposits).await;
    let done = done.iter().filter(|status| **status == 200).count();
    let mut sum = 0.0;
    for wallet in &wallets {
        sum += engines[1].balance(wallet).await.parse::<f64>().unwrap();
    }
    assert_eq!(format!("{sum:.0}"), done.to_string());

    let mut rows: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let (status, page) = engines[0]
            .get(&format!("/api/events/?limit=7{after}"))
            .await;
        assert_eq!(status, 200, "{page}");
        let events = page["events"].as_array().unwrap();
        let next = format!("&after={}", page["next"].as_str().unwrap());
        if events.is_empty() && next == after {
            break;
        }
        after = next;
        for event in events {
            let wallet = event["wallet"].as_str().unwrap().to_owned();
            let row = event["operation"]["id"].as_i64().unwrap();
            rows.entry(wallet).or_default().push(row);
        }
    }
    assert_eq!(rows.len(), wallets.len());
    for (wallet, rows) in &rows {
        let whole: Vec<i64> = (1..).take(rows.len()).collect();
        assert_eq!(rows, &whole, "{wallet}");
    }
    assert_eq!(rows.values().map(Vec::len).sum::<usize>(), done);
    for engine in engines {
        engine.stop().await.unwrap();
    }
}
