//! A million operations of one wallet: whatever is asked of them, a page reads a bounded part.

use tokio_postgres::Client;

use super::{page, wallet_id};
use crate::app::TestApp;
use crate::plan::plan;
use crate::postgres;

const STATEMENT: &str = include_str!("../../../sql/queries/operations_page.sql");
const OPERATIONS: i64 = 1_000_000;
/// 8 KiB each. Ten thousand operations are 180 of the table's and 50 of the index's; each of forty halves is 4 or 5.
const BLOCKS_MAX: i64 = 700;

/// Deposits of a cent, one a second from the beginning of 2001, but for a withdrawal at the second.
async fn fill(database: &Client, wallet: &str) {
    let fill = format!(
        "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
         SELECT '{wallet}', seq, gen_random_uuid(), CASE seq WHEN 2 THEN 'WITHDRAW' ELSE 'DEPOSIT' END, 0.01,
             CASE seq WHEN 1 THEN 1 ELSE seq - 2 END * 0.01, '2001-01-01Z'::timestamptz + seq * interval '1 second'
         FROM generate_series(1, {OPERATIONS}) AS seq;
         UPDATE wallets SET version = {OPERATIONS}, balance = ({OPERATIONS} - 2) * 0.01 WHERE id = '{wallet}'"
    );
    database.batch_execute(&fill).await.unwrap();
}

#[actix_web::test]
async fn a_page_of_a_million_operations_reads_a_bounded_part_of_them() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let database = postgres::connect(&app.database).await;
    fill(&database, wallet_id(&wallet)).await;
    let prepare = format!(
        "PREPARE page (uuid, bigint, text, timestamptz, timestamptz, bigint, bigint) AS {STATEMENT}"
    );
    database.batch_execute(&prepare).await.unwrap();

    let id = wallet_id(&wallet);
    for statistics in ["SELECT", "ANALYZE operations"] {
        database.batch_execute(statistics).await.unwrap();
        for plans in ["force_generic_plan", "force_custom_plan"] {
            let set = format!("SET plan_cache_mode = {plans}");
            database.batch_execute(&set).await.unwrap();
            for rest in [
                "NULL, NULL, NULL, NULL, 200, 10000",
                "500000, NULL, NULL, NULL, 200, 10000",
                "NULL, 'WITHDRAW', NULL, NULL, 200, 10000",
                "NULL, NULL, '2001-01-03Z', '2001-01-04Z', 200, 10000",
                "NULL, 'WITHDRAW', '2001-01-03Z', '2001-01-04Z', 200, 10000",
                "NULL, NULL, '2031-01-01Z', NULL, 200, 10000",
                "NULL, NULL, NULL, '1999-01-01Z', 200, 10000",
            ] {
                let (read, nodes) = plan(&database, &format!("page('{id}', {rest})")).await;
                assert!(read < BLOCKS_MAX, "{rest}: {read} blocks\n{nodes:#?}");
                let whole = nodes
                    .iter()
                    .find(|node| node.contains("Seq Scan\" \"operations"));
                assert_eq!(whole, None, "{rest}");
            }
        }
    }
    the_rare_is_found_page_by_page(&app, &wallet).await;
    a_time_is_found_at_once(&app, &wallet).await;
    app.stop().await.unwrap();
}

/// The one withdrawal is the second oldest operation: a hundred pages away, as none looks at more than 10 000.
async fn the_rare_is_found_page_by_page(app: &TestApp, wallet: &str) {
    let mut address = format!("{wallet}operations/?kind=WITHDRAW");
    let mut empty = 0;
    let found = loop {
        let body = page(app, &address).await;
        match body["results"][0]["id"].as_i64() {
            Some(id) => break id,
            None => empty += 1,
        }
        body["next"].as_str().unwrap().clone_into(&mut address);
    };
    assert_eq!((found, empty), (2, 99));
}

async fn a_time_is_found_at_once(app: &TestApp, wallet: &str) {
    let span = "from=2001-01-03T00:00:00Z&to=2001-01-03T00:00:02Z";
    let body = page(app, &format!("{wallet}operations/?{span}")).await;
    let times = [0, 1].map(|n| body["results"][n]["created_at"].as_str().unwrap());
    let wanted = ["2001-01-03T00:00:01.000000Z", "2001-01-03T00:00:00.000000Z"];
    assert_eq!(times, wanted);
    assert!(
        body["next"].is_null() && body["results"][2].is_null(),
        "{body}"
    );
}
