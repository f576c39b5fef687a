//! A server's clock that was ahead: what bears its time is found, reported and in order.

use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio_postgres::Client;
use wallet_engine::config::MetricsConfig;

use crate::app::TestApp;
use crate::old_databases::storage;
use crate::postgres;

const COUNT: &str = include_str!("../../sql/queries/operations_in_the_future.sql");

/// What happened to a wallet while the clock was a year ahead, and since.
async fn date_ahead(database: &Client) {
    let ahead = "UPDATE wallets SET updated_at = updated_at + interval '1 year';
                 UPDATE operations SET created_at = created_at + interval '1 year'";
    database.batch_execute(ahead).await.unwrap();
}

fn ids(page: &Value) -> Vec<i64> {
    let results = page["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| result["id"].as_i64().unwrap())
        .collect()
}

/// An address's form of a moment so many seconds from now.
async fn moment(database: &Client, seconds: i64) -> String {
    let text = format!(
        "SELECT to_char((now() + interval '{seconds} seconds') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    );
    database.query_one(&text, &[]).await.unwrap().get(0)
}

#[actix_web::test]
async fn a_history_until_now_or_later_has_what_a_clock_dated_in_the_future() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    for _ in 0..3 {
        assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);
    }
    let database = postgres::connect(&app.database).await;
    date_ahead(&database).await;
    assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);

    let (yesterday, tomorrow) = (
        moment(&database, -86_400).await,
        moment(&database, 86_400).await,
    );
    for (query, wanted) in [
        (format!("to={tomorrow}"), &[4, 3, 2, 1][..]),
        (
            format!("from={yesterday}&to={tomorrow}&limit=3"),
            &[4, 3, 2],
        ),
        (format!("kind=DEPOSIT&to={tomorrow}"), &[4, 3, 2, 1]),
        (format!("to={yesterday}"), &[]),
    ] {
        let (status, page) = app.get(&format!("{wallet}operations/?{query}")).await;
        assert_eq!(status, 200);
        assert_eq!(ids(&page), wanted, "{query}");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_has_left_counts_for_the_day_of_its_rows_though_the_clock_was_ahead() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    app.deposit(&wallet, "100.00").await;
    let rules = json!({"daily_out_max": "50.00", "reason": "a test"});
    let url = format!("http://{}{wallet}rules/", app.address);
    let changed = app.http.patch(url).json(&rules).send().await.unwrap();
    assert_eq!(changed.status(), 200);
    assert_eq!(app.withdraw(&wallet, "10.00").await.0, 200);
    let database = postgres::connect(&app.database).await;
    date_ahead(&database).await;
    assert_eq!(app.withdraw(&wallet, "20.00").await.0, 200);
    let of_the_rows = "SELECT spent, spent_day = (updated_at AT TIME ZONE 'UTC')::date FROM wallets WHERE spent IS NOT NULL";
    let row = database.query_one(of_the_rows, &[]).await.unwrap();
    assert!(row.get::<_, bool>(1), "another day");
    assert_eq!(row.get::<_, Decimal>(0), Decimal::new(2_000, 2));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn times_of_the_future_are_a_metric() {
    let config = postgres::database().await;
    let app = TestApp::spawn_on(config.clone(), |_| {}).await;
    let wallet = app.wallet("alice").await;
    app.deposit(&wallet, "1.00").await;
    app.deposit(&wallet, "1.00").await;
    app.stop().await.unwrap();
    let database = postgres::connect(&config).await;
    date_ahead(&database).await;

    let app = TestApp::spawn_on(config, |config| {
        config.metrics = MetricsConfig::At("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let url = format!("http://{}/metrics", app.metrics.unwrap());
    let began = Instant::now();
    loop {
        let metrics = app
            .http
            .get(&url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        if metrics.contains("\nwallet_engine_operations_in_the_future 2\n") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{metrics}");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_count_of_them_does_not_read_the_ledger() {
    let config = postgres::database().await;
    let database = postgres::connect(&config).await;
    let fill = "
        INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
        SELECT '00000000-0000-4000-8000-000000000001', n, gen_random_uuid(), 'DEPOSIT', 0.01, n * 0.01,
            now() - interval '30 days' + n * interval '1 second'
        FROM generate_series(1, 300000) n;
        SELECT brin_summarize_new_values('operations_created_at');
        ANALYZE operations";
    database.batch_execute(fill).await.unwrap();
    let prepare = format!("PREPARE future (bigint) AS {COUNT}");
    database.batch_execute(&prepare).await.unwrap();
    let (read, nodes) = crate::plan::plan(&database, "future (1000)").await;
    assert!(read < 600, "{read} blocks: {nodes:#?}");
    assert!(
        !nodes.iter().any(|node| node.contains("Seq Scan")),
        "{nodes:#?}"
    );

    let database = storage(&config, Duration::from_secs(20));
    assert_eq!(database.operations_in_the_future().await.unwrap(), 0);
}
