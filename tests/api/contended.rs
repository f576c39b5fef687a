//! Two engines that write one wallet all the time: its row is locked before it is written.

use std::cell::Cell;
use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::{join, join_all};
use futures_util::{FutureExt, poll};
use serde_json::json;
use wallet_engine::config::Config;

use crate::app::TestApp;
use crate::metrics::{measured, scrape};
use crate::postgres;

/// Clients of each engine.
const CLIENTS: usize = 12;
/// Of each client, one after another.
const OPERATIONS: usize = 40;

const WRITTEN: &str = r#"wallet_engine_locked_commits_total{outcome="written"}"#;

fn shared(config: &mut Config) {
    measured(config);
    config.engine.shared = true;
}

/// Two engines on one database.
async fn two(change: impl Fn(&mut Config)) -> [TestApp; 2] {
    let first = TestApp::spawn_with(|config| {
        shared(config);
        change(config);
    });
    let first = first.await;
    let second = TestApp::spawn_on(first.database.clone(), |config| {
        shared(config);
        change(config);
    });
    let second = second.await;
    [first, second]
}

async fn stop(apps: [TestApp; 2]) {
    for app in apps {
        app.stop().await.unwrap();
    }
}

/// The status of a deposit of 0.01 under the key.
async fn deposit_under(app: &TestApp, wallet: &str, key: &str) -> u16 {
    let body = json!({"operationType": "DEPOSIT", "amount": "0.01"});
    let url = app.url(&format!("{wallet}operation/"));
    let sent = app
        .http
        .post(url)
        .header("Idempotency-Key", key)
        .json(&body);
    sent.send().await.unwrap().status().as_u16()
}

/// Writes the wallet by both engines until each locks it.
async fn contend(apps: &[TestApp; 2], wallet: &str) {
    loop {
        let both = apps.iter().flat_map(|app| [app; 4]);
        for (status, _) in join_all(both.map(|app| app.deposit(wallet, "0.01"))).await {
            assert_eq!(status, 200);
        }
        let told = join_all(apps.iter().map(scrape)).await;
        if told.iter().all(|told| told[WRITTEN] > 0.0) {
            return;
        }
    }
}

fn id(wallet: &str) -> &str {
    let id = wallet.trim_start_matches("/api/wallets/");
    id.trim_end_matches('/')
}

#[actix_web::test]
async fn what_two_engines_write_at_once_happens_once_and_keys_of_both_as_well() {
    let apps = two(|_| {}).await;
    let wallet = &apps[0].wallet("alice").await;
    contend(&apps, wallet).await;
    let before = apps[0].audited_operations().await;
    let clients = (0..2 * CLIENTS).map(|client| {
        let app = &apps[client % 2];
        async move {
            for n in 0..OPERATIONS {
                // Every other operation is asked for by a client of each engine, under one key.
                let status = if n % 2 == 0 {
                    deposit_under(app, wallet, &format!("{}-{n}", client / 2)).await
                } else {
                    app.deposit(wallet, "0.01").await.0
                };
                assert_eq!(status, 200);
            }
        }
    });
    join_all(clients).await;

    let operations = i64::try_from(CLIENTS * OPERATIONS / 2 * 3).unwrap();
    assert_eq!(apps[0].audited_operations().await, before + operations);
    let balance: f64 = apps[1].balance(wallet).await.parse().unwrap();
    let cents = f64::from(u32::try_from(before + operations).unwrap());
    assert!((balance * 100.0 - cents).abs() < 0.1);
    stop(apps).await;
}

#[actix_web::test]
async fn a_hold_of_one_engine_is_known_to_the_other_that_waited_for_the_row() {
    let apps = two(|_| {}).await;
    let wallet = &apps[0].wallet("alice").await;
    apps[0].deposit(wallet, "1000.00").await;
    contend(&apps, wallet).await;
    // Each holds and captures what it holds, while the other one does.
    let clients = (0..8).map(|client| {
        let app = &apps[client % 2];
        async move {
            let holds = format!("{wallet}holds/");
            for _ in 0..10 {
                let body = json!({"amount": "1.00", "expires_in": 600});
                let (status, hold) = app.post(&holds, &body).await;
                assert_eq!(status, 201, "{hold}");
                let capture = format!("{holds}{}/capture/", hold["id"]);
                let (status, captured) = app.post(&capture, &json!({"amount": "1.00"})).await;
                assert_eq!(status, 200, "{captured}");
            }
        }
    });
    join_all(clients).await;
    let database = postgres::connect(&apps[0].database).await;
    let open = database
        .query_one("SELECT count(*) FROM holds", &[])
        .await
        .unwrap();
    assert_eq!(open.get::<_, i64>(0), 0);
    apps[0].audited_operations().await;
    stop(apps).await;
}

#[actix_web::test]
async fn sessions_that_end_with_the_lock_lose_and_repeat_nothing() {
    let apps = two(|_| {}).await;
    let wallet = &apps[0].wallet("alice").await;
    contend(&apps, wallet).await;
    let before = apps[0].audited_operations().await;
    let clients = (0..2 * CLIENTS).map(|client| {
        let app = &apps[client % 2];
        async move {
            let mut answers = HashMap::new();
            for n in 0..OPERATIONS {
                let key = format!("{client}-{n}");
                let status = deposit_under(app, wallet, &key).await;
                assert!([200, 500, 503].contains(&status), "{status}");
                answers.insert(key, status);
            }
            answers
        }
    });
    let administrator = postgres::connect(&apps[0].database).await;
    let is_done = Cell::new(false);
    let ends = async {
        while !is_done.get() {
            // One that has the lock, or waits for it.
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND backend_type = 'client backend'
                    AND (state = 'idle in transaction' OR wait_event_type = 'Lock')
                LIMIT 1";
            administrator.batch_execute(end).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let all = async {
        let answers = join_all(clients).await;
        is_done.set(true);
        answers
    };
    let (answers, ()) = join(all, ends).await;
    let answers: HashMap<String, u16> = answers.into_iter().flatten().collect();

    let database = postgres::connect(&apps[0].database).await;
    let rows = database
        .query(
            "SELECT idempotency_key FROM operations WHERE idempotency_key IS NOT NULL",
            &[],
        )
        .await
        .unwrap();
    let recorded: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    for (key, status) in &answers {
        if *status == 200 {
            assert!(recorded.contains(key), "{key} is lost");
        }
    }
    // What was not answered may have happened; asked for again, it has happened once.
    for (client, app) in (0..2 * CLIENTS).zip(apps.iter().cycle()) {
        for n in 0..OPERATIONS {
            let status = deposit_under(app, wallet, &format!("{client}-{n}")).await;
            assert_eq!(status, 200);
        }
    }
    let operations = i64::try_from(2 * CLIENTS * OPERATIONS).unwrap();
    assert_eq!(apps[1].audited_operations().await, before + operations);
    stop(apps).await;
}

#[actix_web::test]
async fn a_row_that_somebody_keeps_locked_is_an_error_in_time_and_no_neighbour_waits() {
    let apps = two(|config| config.engine.wait = Duration::from_secs(2)).await;
    let [wallet, neighbour] = &[apps[0].wallet("alice").await, apps[0].wallet("bob").await];
    contend(&apps, wallet).await;
    let somebody = postgres::connect(&apps[0].database).await;
    let lock = format!(
        "BEGIN; SELECT FROM wallets WHERE id = '{}' FOR UPDATE",
        id(wallet)
    );
    somebody.batch_execute(&lock).await.unwrap();

    let mut waiting = join_all(apps.iter().map(|app| app.deposit(wallet, "0.01"))).boxed_local();
    assert!(poll!(&mut waiting).is_pending());
    for app in &apps {
        assert_eq!(app.deposit(neighbour, "0.01").await.0, 200);
    }
    let answers = tokio::time::timeout(Duration::from_secs(20), waiting);
    for (status, _) in answers.await.unwrap() {
        assert_eq!(status, 503);
    }

    let before = apps[0].audited_operations().await;
    somebody.batch_execute("ROLLBACK").await.unwrap();
    for app in &apps {
        assert_eq!(app.deposit(wallet, "0.01").await.0, 200);
    }
    assert_eq!(apps[0].audited_operations().await, before + 2);
    stop(apps).await;
}
