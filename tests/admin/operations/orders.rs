//! Searches that go on from page to page, and from read to read.

use tokio_postgres::Client;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;
use wallet_engine::storage::admin::{OperationCount, OperationFilter};

use super::{ALL, english, next, postgres, rows};

/// Twenty wallets, whose operations were committed in runs of one to seven rows each, over several reads of a search.
pub const RUNS: &str = "
    INSERT INTO users (username, email, password_hash, wallet_id)
    SELECT 'u' || n, 'u' || n || '@example.com', '', gen_random_uuid() FROM generate_series(1, 20) n;
    INSERT INTO wallets (id, user_id, version) SELECT wallet_id, id, 0 FROM users WHERE username ~ '^u[0-9]+$';
    -- A run every commit, in which two wallets take part.
    CREATE TEMPORARY TABLE runs AS
    SELECT c AS commit, w.id AS wallet, 1 + (c * 5 + w.place) % 7 AS length,
        sum(1 + (c * 5 + w.place) % 7) OVER (PARTITION BY w.id ORDER BY c) AS last
    FROM generate_series(1, 3000) c
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM wallets WHERE version = 0) w
        ON w.place IN (1 + c % 20, 1 + (c + 7) % 20);
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at, feed_position, feed_run)
    SELECT wallet, s, gen_random_uuid(), 'DEPOSIT', 0.01 * (1 + s % 100), 1, '2026-01-01Z'::timestamptz + commit * interval '1 minute',
        CASE WHEN s = last THEN 1000 + commit * 3 END, CASE WHEN s = last THEN length ELSE 0 END
    FROM runs, generate_series(last - length + 1, last) s
    ORDER BY commit;
    UPDATE wallets SET version = coalesce((SELECT max(seq) FROM operations WHERE wallet_id = wallets.id), 0);
    ANALYZE";

async fn numbers(client: &Client, condition: &str) -> i64 {
    let count = format!("SELECT count(*) FROM operations WHERE {condition}");
    client.query_one(&count, &[]).await.unwrap().get(0)
}

#[actix_web::test]
async fn every_page_has_each_operation_once_and_the_newest_first() {
    let admin = english().await;
    let client = postgres::connect(&admin.app.database).await;
    client.batch_execute(RUNS).await.unwrap();
    for (query, condition) in [
        ("amount=0.07", "amount = 0.07"),
        (
            "amount=0.07&day=2026-01-02",
            "amount = 0.07 AND created_at >= '2026-01-02Z' AND created_at < '2026-01-03Z'",
        ),
        (
            "user=u7&least=0.90",
            "amount >= 0.90 AND wallet_id = (SELECT wallet_id FROM users WHERE username = 'u7')",
        ),
    ] {
        let mut address = Some(format!("{ALL}?{query}"));
        let mut seen = Vec::new();
        let mut times = Vec::new();
        let mut first = true;
        while let Some(here) = address {
            let page = admin.get(&here).await.body;
            assert_eq!(page.contains("id=\"count\""), first, "{here}");
            first = false;
            seen.extend(rows(&page));
            let of_rows = page.split("<tbody>").nth(1).unwrap_or_default();
            let each = of_rows.split("<time datetime=\"").skip(1);
            times.extend(each.map(|time| time[..20].to_owned()));
            address = next(&page);
        }
        let all = i64::try_from(seen.len()).unwrap();
        assert_eq!(all, numbers(&client, condition).await, "{query}");
        assert!(all > 25, "{query}: {all}");
        assert!(times.is_sorted_by(|a, b| a >= b), "{query}: {times:?}");
        seen.sort();
        seen.dedup();
        assert_eq!(i64::try_from(seen.len()).unwrap(), all, "{query}");
    }
    for made_up in [
        "x",
        "1__",
        "9223372036854775807_ffffffffffffffffffffffffffffffff_9223372036854775807",
        "-9223372036854775808_00000000000000000000000000000000_-9223372036854775808",
    ] {
        let page = admin.get(&format!("{ALL}?after={made_up}")).await;
        assert_eq!(page.status, 200, "{made_up}");
    }
    let beyond =
        format!("{ALL}?user=u7&after=0_ffffffffffffffffffffffffffffffff_9223372036854775807");
    assert_eq!(rows(&admin.get(&beyond).await.body).len(), 25);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_search_reads_a_bounded_part_at_a_time_and_goes_on_exactly_there() {
    let config = postgres::database().await;
    let client = postgres::connect(&config).await;
    client.batch_execute(RUNS).await.unwrap();
    let limits = DatabaseLimits::of(std::time::Duration::from_secs(60));
    let database = Database::new(&config, 2, 1, &limits).unwrap();
    let filter = OperationFilter::default();
    let search = database.operation_search(&filter).await.unwrap().unwrap();
    let mut below = Some(search.start);
    let mut all = Vec::new();
    let mut reads = 0;
    while let Some(place) = below {
        let read = database.operations_read(&search, place, usize::MAX).await;
        let read = read.unwrap();
        assert!(read.matches.len() < 5_010, "{}", read.matches.len());
        assert_eq!(i64::try_from(read.matches.len()).unwrap(), read.count);
        below = read.next();
        all.extend(read.matches);
        reads += 1;
    }
    let count = numbers(&client, "true").await;
    assert_eq!(i64::try_from(all.len()).unwrap(), count);
    assert!(reads > 3, "{reads}");
    assert!(all.is_sorted_by(|a, b| a.0 > b.0));
    // From any place in the middle, also of a run, what is below it is what was read after it.
    for place in [1, 2, 3, 5_000, 5_001, 5_002, all.len() - 2] {
        let read = database.operations_read(&search, all[place].0, 40).await;
        let after: Vec<_> = all[place + 1..].iter().take(40).copied().collect();
        assert_eq!(read.unwrap().matches, after, "{place}");
    }
    let page = database
        .operations_found(&filter, None, 25)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (page.count, page.rows.len()),
        (Some(OperationCount::Many), 25)
    );
    let rare = OperationFilter {
        key: Some("none".to_owned()),
        ..filter
    };
    let page = database
        .operations_found(&rare, None, 25)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(page.count, Some(OperationCount::Exactly(0)));
    assert_eq!((page.next, page.stopped_at), (None, None));
    database.close().await;
}
