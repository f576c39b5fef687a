//! A search that ends before its page is full: it says how far it came, and goes on exactly there.

use std::time::Duration;

use futures_util::future::join;
use tokio_postgres::Client;
use wallet_engine::config::DatabaseLimits;

use super::orders::RUNS;
use super::{ALL, postgres, rows};
use crate::admin::{Admin, Answer};

/// Some of them in each part that a search reads, and never a page full.
const RARE: &str = "UPDATE operations o SET amount = 7.77
    FROM (SELECT wallet_id, seq, row_number() OVER (ORDER BY created_at, wallet_id, seq) AS number FROM operations) r
    WHERE (r.wallet_id, r.seq) = (o.wallet_id, o.seq) AND number % 397 = 0";
const LOCK: &str = "BEGIN; LOCK TABLE operations IN ACCESS EXCLUSIVE MODE";
/// The search waits for the lock for longer than a page is searched for.
const HAS_WAITED: &str = "SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND starts_with(query, $1) AND clock_timestamp() - query_start > interval '2.2 seconds'";
/// By it, the statement of the search is known among the others that wait.
const READS: &str = include_str!("../../../sql/queries/admin_operations_newest.sql");

/// Loads a page whose first read does not come back before the time of the search is over.
async fn slowly(admin: &Admin, locker: &Client, address: &str) -> Answer {
    locker.batch_execute(LOCK).await.unwrap();
    // Within its transaction, the locker sees the other sessions as they were at first.
    let watch = postgres::connect(&admin.app.database).await;
    let (reads, _) = READS.split_once('\n').unwrap();
    let slow = async {
        while watch.query(HAS_WAITED, &[&reads]).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        locker.batch_execute("ROLLBACK").await.unwrap();
    };
    let both = join(admin.get(address), slow);
    let both = tokio::time::timeout(Duration::from_secs(30), both).await;
    both.unwrap_or_else(|_| panic!("it reads nothing: {address}"))
        .0
}

#[actix_web::test]
async fn a_search_that_ran_out_of_time_goes_on_where_it_ended_and_misses_and_repeats_nothing() {
    let admin = Admin::spawn_with(|config| {
        config.database.limits = DatabaseLimits::of(Duration::from_secs(60));
    })
    .await;
    let english = ("wallet_lang".to_owned(), "en".to_owned());
    admin.cookies.borrow_mut().extend([english]);
    let client = postgres::connect(&admin.app.database).await;
    client.batch_execute(RUNS).await.unwrap();
    client.batch_execute(RARE).await.unwrap();
    let expected =
        "SELECT u.username || ' ' || seq FROM operations o JOIN users u USING (wallet_id)
                    WHERE o.amount = 7.77 ORDER BY 1";
    let expected = client.query(expected, &[]).await.unwrap();
    let expected: Vec<String> = expected.iter().map(|row| row.get(0)).collect();
    assert!(expected.len() > 40, "{expected:?}");

    let mut address = format!("{ALL}?amount=7.77");
    let (mut seen, mut times, mut pages) = (Vec::new(), Vec::new(), 0);
    loop {
        let page = slowly(&admin, &client, &address).await;
        assert_eq!(page.status, 200, "{}", page.body);
        pages += 1;
        let found = rows(&page.body).into_iter();
        // The thousands of a number.
        let found: Vec<_> = found.map(|row| row.replace("\u{202f}", "")).collect();
        assert!(found.len() < 25, "a page that is not full: {found:?}");
        seen.extend(found);
        let is_first = pages == 1;
        assert_eq!(
            page.body.contains("id=\"count\""),
            is_first,
            "{}",
            page.body
        );
        let Some((_, stopped)) = page.body.split_once("id=\"stopped\"") else {
            break;
        };
        assert!(
            !is_first || page.body.contains(">At least "),
            "{}",
            page.body
        );
        assert!(stopped.contains("Searched back to"), "{stopped}");
        let time = stopped.split("Searched back to ").nth(1).unwrap();
        times.push(time.split(" (UTC)").next().unwrap().to_owned());
        let (_, link) = stopped.split_once("<a href=\"").unwrap();
        let link = link.split('"').next().unwrap().replace("&#38;", "&");
        assert_eq!(super::next(&page.body), Some(link.clone()), "one way on");
        address = link;
        // What is written meanwhile is newer than the place, and moves nothing.
        let newer = format!(
            "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, feed_position, feed_run)
             SELECT wallet_id, 100000 + {pages}, gen_random_uuid(), 'DEPOSIT', 7.77, 1, 20000 + {pages}, 1
             FROM users WHERE username = 'u7'"
        );
        client.batch_execute(&newer).await.unwrap();
    }
    assert!(pages > 3, "{pages}");
    assert!(times.is_sorted_by(|a, b| a > b), "{times:?}");
    seen.sort();
    assert_eq!(seen, expected);
    admin.app.stop().await.unwrap();
}
