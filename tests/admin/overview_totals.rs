//! How much there is, by increments: exact, and by indexes.

use rust_decimal::Decimal;
use time::{Duration, OffsetDateTime};
use tokio_postgres::Client;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;
use wallet_engine::storage::admin::OverviewTotals;

use crate::admin::Admin;
use crate::plan::plan;
use crate::postgres;

const USERS: &str = include_str!("../../sql/queries/admin_overview_users.sql");

async fn all(client: &Client) -> OverviewTotals {
    let count = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM wallets),
                     (SELECT sum(balance) FROM wallets), (SELECT count(*) FROM operations)";
    let row = client.query_one(count, &[]).await.unwrap();
    OverviewTotals {
        users: row.get(0),
        wallets: row.get(1),
        balance: row.get(2),
        operations: row.get(3),
    }
}

#[actix_web::test]
async fn what_was_before_a_moment_and_what_came_since_are_all_there_is() {
    let admin = Admin::spawn().await;
    let app = &admin.app;
    let limits = DatabaseLimits::of(std::time::Duration::from_secs(10));
    let database = Database::new(&app.database, 1, 1, &limits).unwrap();
    let client = postgres::connect(&app.database).await;
    for name in ["first", "second", "third"] {
        let wallet = app.wallet(name).await;
        for amount in ["10.00", "0.01", "7.50"] {
            app.deposit(&wallet, amount).await;
        }
        app.withdraw(&wallet, "3.25").await;
    }
    // An hour of operations and registrations, some of one moment.
    let spread = "UPDATE operations SET created_at = now() - seq * interval '12 minutes';
                  UPDATE users SET created_at = now() - id * interval '9 minutes', is_active = id % 2 = 0,
                      is_staff = is_staff OR id % 3 = 0";
    client.batch_execute(spread).await.unwrap();
    let all = all(&client).await;
    assert_eq!(all.balance, Decimal::new(3 * 14_26, 2));

    let now = OffsetDateTime::now_utc();
    let ago = |minutes| now - Duration::minutes(minutes);
    for minutes in [0, 9, 10, 12, 13, 24, 30, 48, 70] {
        let before = database.overview_totals_before(ago(minutes)).await.unwrap();
        let since = database
            .overview_increment(ago(minutes), None)
            .await
            .unwrap();
        assert_eq!(before + since, all, "{minutes} minutes ago");
        let part = database.overview_increment(ago(minutes), Some(ago(minutes - 7)));
        let before_next = database
            .overview_totals_before(ago(minutes - 7))
            .await
            .unwrap();
        assert_eq!(
            before + part.await.unwrap(),
            before_next,
            "{minutes} minutes ago"
        );
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_came_is_counted_without_reading_all_users() {
    let client = postgres::connect(&postgres::database().await).await;
    let fill = "INSERT INTO users (username, email, password_hash, wallet_id, created_at, is_staff)
                SELECT 'user' || n, 'user' || n || '@example.com', '', gen_random_uuid(),
                    timestamptz '2026-01-01' + n * interval '10 seconds', n % 1000 = 0
                FROM generate_series(1, 100000) n";
    client.batch_execute(fill).await.unwrap();
    client.batch_execute("VACUUM ANALYZE users").await.unwrap();
    let prepare = format!("PREPARE came (timestamptz, timestamptz) AS {USERS}");
    client.batch_execute(&prepare).await.unwrap();
    let (read, plan) = plan(&client, "came ('2026-01-10', '2026-01-10 01:00')").await;
    assert!(read < 40, "{read} pages: {plan:?}");
    let rows = "EXECUTE came ('2026-01-10', '2026-01-10 01:00')";
    assert_eq!(
        client.query_one(rows, &[]).await.unwrap().get::<_, i64>(0),
        360
    );
}

#[actix_web::test]
async fn an_operation_that_commits_late_is_counted_once() {
    let admin = Admin::spawn().await;
    let app = &admin.app;
    let limits = DatabaseLimits::of(std::time::Duration::from_secs(10));
    let database = Database::new(&app.database, 1, 1, &limits).unwrap();
    let client = postgres::connect(&app.database).await;
    let wallet = app.wallet("late").await;
    app.deposit(&wallet, "10.00").await;
    // Of another engine, whose transaction began before the base is counted.
    let late = "BEGIN;
                WITH moved AS (UPDATE wallets SET balance = balance + 1, version = version + 1
                               WHERE balance = 10 RETURNING id, version, balance)
                INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
                SELECT id, version, gen_random_uuid(), 'DEPOSIT', 1, balance, now() FROM moved";
    client.batch_execute(late).await.unwrap();
    let settled = OffsetDateTime::now_utc() - Duration::minutes(5);
    let before = database.overview_totals_before(settled).await.unwrap();
    client.batch_execute("COMMIT").await.unwrap();
    let since = database.overview_increment(settled, None).await.unwrap();
    let all = all(&client).await;
    assert_eq!((all.operations, all.balance), (2, Decimal::new(11_00, 2)));
    assert_eq!(before + since, all);
    admin.app.stop().await.unwrap();
}
