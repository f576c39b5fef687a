//! A page of the feed reads a bounded part of a large ledger.

use crate::app::TestApp;
use crate::plan::plan;
use crate::postgres;

/// 8 KiB each. Of a page of five hundred rows of as many wallets, each is found twice, as the end of its run and as a row: two blocks,
/// and the four levels of the primary key's index with four more of it and the table.
const BLOCKS_MAX: i64 = 7_000;

/// Two hundred thousand rows of a thousand wallets, each a run by itself, of which the first half is of before the feed, and as
/// many of one wallet, in runs of a hundred.
const FILL: &str = "
    INSERT INTO wallets (id, user_id, balance, version)
    SELECT ('00000000-0000-4000-8000-' || lpad(w::text, 12, '0'))::uuid, w, 200, 200 FROM generate_series(1, 1000) AS w;
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at, feed_position, feed_run)
    SELECT ('00000000-0000-4000-8000-' || lpad(w::text, 12, '0'))::uuid, seq, gen_random_uuid(), 'DEPOSIT', 1, seq, now(),
        CASE WHEN seq > 100 THEN seq * 1000 + w END, CASE WHEN seq > 100 THEN 1 END
    FROM generate_series(1, 200) AS seq, generate_series(1, 1000) AS w;
    INSERT INTO wallets (id, user_id, balance, version)
    VALUES ('00000000-0000-4000-9000-000000000000', 1001, 200000, 200000);
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at, feed_position, feed_run)
    SELECT '00000000-0000-4000-9000-000000000000', seq, gen_random_uuid(), 'DEPOSIT', 1, seq, now(),
        CASE WHEN seq % 100 = 0 THEN 300000 + seq END, CASE WHEN seq % 100 = 0 THEN 100 ELSE 0 END
    FROM generate_series(1, 200000) AS seq";

macro_rules! statement {
    ($name:literal) => {
        include_str!(concat!("../../../sql/queries/", $name, ".sql"))
    };
}

#[actix_web::test]
async fn every_statement_of_the_feed_reads_a_bounded_part_whatever_the_statistics_say() {
    let app = TestApp::spawn().await;
    let database = postgres::connect(&app.database).await;
    database
        .batch_execute("ALTER TABLE wallets DISABLE TRIGGER ALL")
        .await
        .unwrap();
    database.batch_execute(FILL).await.unwrap();
    let prepare = format!(
        "PREPARE page (bigint, uuid, bigint, bigint, bigint) AS {};
         PREPARE past (uuid, bigint, bigint) AS {};
         PREPARE wallet (uuid, bigint, bigint) AS {};
         PREPARE place (uuid, bigint) AS {};
         PREPARE head (bigint) AS {}",
        statement!("feed_page"),
        statement!("feed_past"),
        statement!("feed_wallet"),
        statement!("feed_wallet_place"),
        statement!("feed_head"),
    );
    database.batch_execute(&prepare).await.unwrap();
    let nil = "'00000000-0000-0000-0000-000000000000'";
    let one = "'00000000-0000-4000-8000-000000000500'";
    let hot = "'00000000-0000-4000-9000-000000000000'";
    for statistics in ["SELECT", "ANALYZE operations"] {
        database.batch_execute(statistics).await.unwrap();
        for plans in ["force_generic_plan", "force_custom_plan"] {
            let set = format!("SET plan_cache_mode = {plans}");
            database.batch_execute(&set).await.unwrap();
            for call in [
                format!("page(1, {nil}, 0, 1000000, 500)"),
                format!("page(150500, {one}, 150, 1000000, 500)"),
                format!("page(310000, {hot}, 9950, 1000000, 500)"),
                format!("page(500000, {hot}, 200000, 1000000, 500)"),
                format!("past({nil}, 0, 500)"),
                format!("past({one}, 50, 500)"),
                format!("wallet({one}, 0, 500)"),
                format!("wallet({hot}, 150050, 500)"),
                format!("place({one}, 150500)"),
                format!("place({hot}, 310050)"),
                "head(1000000)".to_owned(),
                "head(200000)".to_owned(),
            ] {
                let (read, nodes) = plan(&database, &call).await;
                assert!(read < BLOCKS_MAX, "{call}: {read} blocks\n{nodes:#?}");
                let whole = nodes
                    .iter()
                    .find(|node| node.contains("Seq Scan\" \"operations"));
                assert_eq!(whole, None, "{call}");
            }
        }
    }
}
