//! Statements that read all wallets: what they may take, and what a page says when that is not enough.

use std::time::Duration;

use time::OffsetDateTime;
use tokio_postgres::Client;
use wallet_engine::config::DatabaseLimits;
use wallet_engine::storage::Database;
use wallet_engine::storage::admin::{ListedWallet, WalletOrder, WalletQuery};

use crate::admin::Admin;
use crate::plan::plan;
use crate::postgres;

const SCAN: &str = include_str!("../../sql/queries/admin_wallets_scan.sql");

const TOO_MANY: [(&str, &str); 2] = [
    ("ru", "Кошельков слишком много, чтобы"),
    ("en", "There are too many wallets to"),
];

/// A table that the planner reads with parallel workers, however small it is.
const PARALLEL: &str = "INSERT INTO users (username, email, password_hash, wallet_id)
    SELECT 'user' || n, 'user' || n || '@example.com', '', gen_random_uuid() FROM generate_series(1, 10000) n;
    INSERT INTO wallets (id, user_id, balance) SELECT wallet_id, id, 1 FROM users;
    ANALYZE users, wallets;
    DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET min_parallel_table_scan_size = 0', current_database());
        EXECUTE format('ALTER DATABASE %I SET parallel_setup_cost = 0', current_database());
        EXECUTE format('ALTER DATABASE %I SET parallel_tuple_cost = 0', current_database());
    END $$";

/// From then on there is one wallet, and it tells of the statement that reads it: its balance is the limit in milliseconds,
/// its version the workers that the planner takes there, and its last change the server's process.
const TELL: &str = r#"ALTER TABLE wallets RENAME TO many;
    CREATE FUNCTION workers() RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE plan jsonb;
        BEGIN
            EXECUTE 'EXPLAIN (FORMAT JSON) SELECT sum(balance) FROM many' INTO plan;
            RETURN coalesce(jsonb_path_query_first(plan, '$.**."Workers Planned"')::bigint, 0);
        END $$;
    CREATE VIEW wallets AS
        SELECT id, user_id, created_at, workers() AS version, to_timestamp(pg_backend_pid()) AS updated_at,
            (SELECT setting FROM pg_settings WHERE name = 'statement_timeout')::numeric AS balance,
            0.00 AS held, NULL::jsonb AS rules
        FROM (SELECT * FROM many LIMIT 1) one"#;

async fn execute(client: &Client, statements: &str) {
    client.batch_execute(statements).await.unwrap();
}

/// The limit in milliseconds, the workers and the process of the statement that lists the wallets.
async fn settings_of(database: &Database, order: WalletOrder) -> (i64, i64, i64) {
    let query = WalletQuery {
        order,
        limit: 1,
        ..WalletQuery::default()
    };
    let list = database.wallets_list(&query).await.unwrap();
    let [
        ListedWallet {
            balance: Some(limit),
            version: workers,
            updated_at: process,
            ..
        },
    ] = list.rows[..]
    else {
        panic!("{list:?}");
    };
    let limit = rust_decimal::Decimal::from(limit);
    (
        i64::try_from(limit).unwrap(),
        workers,
        process.unix_timestamp(),
    )
}

#[actix_web::test]
async fn a_scan_is_made_on_one_core_under_a_limit_of_its_own_and_nothing_after_it() {
    let config = postgres::database().await;
    execute(&postgres::connect(&config).await, PARALLEL).await;
    let client = postgres::connect(&config).await;
    let types = "numeric, numeric, text, bigint, uuid, bigint";
    execute(&client, &format!("PREPARE scan ({types}) AS {SCAN}")).await;
    let (_, nodes) = plan(&client, "scan (NULL, NULL, 'richest', NULL, NULL, 26)").await;
    let gathers = nodes.iter().any(|node| node.starts_with("\"Gather"));
    assert!(gathers, "it is one that takes workers: {nodes:#?}");
    execute(&client, TELL).await;

    let limits = DatabaseLimits {
        statement: Duration::from_secs(60),
        scan: Duration::from_secs(70),
        ..DatabaseLimits::of(Duration::from_secs(20))
    };
    let database = Database::new(&config, 1, 1, &limits).unwrap();
    let (limit, workers, process) = settings_of(&database, WalletOrder::Newest).await;
    assert_eq!(limit, 60_000);
    assert!(workers > 0);
    for order in [
        WalletOrder::Richest,
        WalletOrder::Poorest,
        WalletOrder::Latest,
    ] {
        assert_eq!(settings_of(&database, order).await, (70_000, 0, process));
    }
    let totals = database.overview_totals_before(OffsetDateTime::now_utc());
    let totals = totals.await.unwrap();
    assert_eq!((totals.balance, totals.operations), (70_000.into(), 0));
    assert_eq!(
        settings_of(&database, WalletOrder::Newest).await,
        (60_000, workers, process),
        "the pool's only session is as it was"
    );
}

#[actix_web::test]
async fn a_list_that_takes_too_long_says_so_on_the_page_that_can_ask_for_less() {
    let admin = Admin::spawn_with(|config| {
        config.database.limits.scan = Duration::from_millis(50);
    })
    .await;
    let wallet = admin.app.wallet("alice").await;
    admin.app.deposit(&wallet, "10.00").await;
    let locker = postgres::connect(&admin.app.database).await;
    execute(
        &locker,
        "BEGIN; LOCK TABLE wallets IN ACCESS EXCLUSIVE MODE",
    )
    .await;
    for (lang, too_many) in TOO_MANY {
        let lang = ("wallet_lang".to_owned(), lang.to_owned());
        admin.cookies.borrow_mut().extend([lang]);
        for (query, asked) in [
            ("sort=richest", r#"value="richest" selected"#),
            ("sort=poorest", r#"value="poorest" selected"#),
            ("sort=latest", r#"value="latest" selected"#),
            ("from=12.50", r#"name="from" value="12.50""#),
            ("zero=1", r#"name="zero" value="1" checked"#),
        ] {
            let page = admin.get(&format!("/admin/wallets/?{query}")).await;
            assert_eq!(page.status, 503, "{query}: {}", page.body);
            assert_eq!(page.header("retry-after"), "60");
            assert_eq!(page.header("x-frame-options"), "DENY");
            for part in [too_many, asked, r#"<input id="q""#, r#"name="csrf""#] {
                assert!(page.body.contains(part), "{query}: {part}: {}", page.body);
            }
            assert!(!page.body.contains(r#"class="empty""#), "{}", page.body);
        }
    }
    execute(&locker, "ROLLBACK").await;
    for narrower in ["q=alice&sort=richest", "q=alice&from=1", "sort=oldest"] {
        let page = admin.get(&format!("/admin/wallets/?{narrower}")).await;
        assert_eq!(page.status, 200, "{narrower}");
        assert!(page.body.contains(">alice</a>"), "{}", page.body);
        assert!(!page.body.contains(TOO_MANY[1].1), "{}", page.body);
    }
    admin.app.stop().await.unwrap();
}
