//! How PostgreSQL answers the wallets' pages when there are many of everything.

use tokio_postgres::Client;

use crate::admin::Admin;
use crate::plan::plan;
use crate::postgres;

const NEWEST: &str = include_str!("../../sql/queries/admin_wallets_newest.sql");
const OLDEST: &str = include_str!("../../sql/queries/admin_wallets_oldest.sql");
const FOUND: &str = include_str!("../../sql/queries/admin_wallets_found.sql");
const LEDGER: &str = include_str!("../../sql/queries/admin_wallet_ledger.sql");
const BALANCES: &str = include_str!("../../sql/queries/admin_wallet_balances.sql");
const IN_STATE: &str = include_str!("../../sql/queries/admin_wallets_in_state.sql");
const HOLD_ROWS: &str = include_str!("../../sql/queries/admin_hold_rows.sql");
const RULES: &str = include_str!("../../sql/queries/admin_wallet_rules.sql");
const OPEN: &str = include_str!("../../sql/queries/admin_adjustments_open.sql");

const PROPOSALS: &str = include_str!("../../sql/queries/admin_approvals.sql");
const PROPOSALS_PAGE: &str = include_str!("../../sql/queries/admin_approvals_page.sql");
const PROPOSALS_WAITING: &str = include_str!("../../sql/queries/admin_approvals_waiting.sql");
const PROPOSAL_OF: &str = include_str!("../../sql/queries/admin_approval_of.sql");
const MOVED: &str = include_str!("../../sql/queries/admin_amount_moved.sql");
const RESERVE: &str = include_str!("../../sql/queries/admin_amount_reserve.sql");

const WALLET: &str = "00000000-0000-4000-8000-000000000001";

/// 100 000 wallets, of which every third is frozen, every seventh closed and every fifth has a hold, and one of them with as many
/// operations, of which every hundredth was an adjustment that is proposed, and every thousandth a row of a hold or a change of the rules.
async fn fill(database: &Client) {
    let fill = format!(
        "INSERT INTO users (username, email, password_hash, wallet_id, created_at)
         SELECT 'user' || n, 'user' || n || '@example.com', '', CASE n WHEN 1 THEN '{WALLET}' ELSE gen_random_uuid() END,
             '2026-01-01Z'::timestamptz + n * interval '1 second'
         FROM generate_series(1, 100000) n;
         INSERT INTO wallets (id, user_id, balance, created_at, version, rules, held)
         SELECT wallet_id, id, id, created_at, CASE username WHEN 'user1' THEN 100000 ELSE 0 END,
             CASE WHEN id % 7 = 0 THEN '{{\"closed\": true}}'::jsonb WHEN id % 3 = 0 THEN '{{\"credits\": \"frozen\"}}' END,
             CASE WHEN id % 5 = 0 THEN 1 ELSE 0 END
         FROM users WHERE username LIKE 'user%';
         INSERT INTO holds (wallet_id, seq, amount, remaining, expires_at, created_at)
         SELECT wallet_id, 1, 1, 1, 'infinity', created_at FROM users WHERE id % 5 = 0;
         INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, idempotency_key, hold_seq, rules)
         SELECT '{WALLET}', n, gen_random_uuid(),
             CASE n % 1000 WHEN 1 THEN 'CAPTURE' WHEN 2 THEN 'LIMIT' ELSE 'DEPOSIT' END,
             CASE n % 1000 WHEN 2 THEN 0 ELSE 0.01 END, n * 0.01, 'staff ' || gen_random_uuid(),
             CASE n % 1000 WHEN 1 THEN n - n % 50000 END, CASE n % 1000 WHEN 2 THEN '{{}}'::jsonb END
         FROM generate_series(3, 100000) n;
         INSERT INTO adjustments (wallet_id, idempotency_key, staff_id, kind, amount, reason)
         SELECT wallet_id, idempotency_key, 1, kind, amount, 'because' FROM operations WHERE seq % 100 = 0;
         INSERT INTO approvals (wallet_id, idempotency_key, staff_id, balance, proposed_at, expires_at)
         SELECT wallet_id, idempotency_key, 1, 0, now(), now() + interval '7 days' FROM adjustments;
         INSERT INTO staff_amounts (staff_id, wallet_id, form, amount, attempts, reserved_at)
         SELECT n % 1000, '{WALLET}', gen_random_uuid(), 1, 1, now() FROM generate_series(1, 50000) n;
         ANALYZE"
    );
    database.batch_execute(&fill).await.unwrap();
}

/// The statement's plan, made for these arguments.
async fn plan_of(
    database: &Client,
    types: &str,
    statement: &str,
    arguments: &str,
) -> (i64, Vec<String>) {
    let prepare = format!("DEALLOCATE ALL; PREPARE page ({types}) AS {statement}");
    database.batch_execute(&prepare).await.unwrap();
    plan(database, &format!("page ({arguments})")).await
}

#[actix_web::test]
async fn what_a_page_reads_does_not_grow_with_the_number_of_wallets_or_operations() {
    let admin = Admin::spawn().await;
    let database = postgres::connect(&admin.app.database).await;
    fill(&database).await;
    let page = "timestamptz, uuid, bigint";
    let found = "numeric, numeric, text, bigint, uuid, bigint, uuid, uuid, text, bigint, text, text, bigint, uuid[]";
    let far = "'2026-01-02Z', '00000000-0000-0000-0000-000000000000', 51";
    let user =
        "NULL, NULL, 'newest', NULL, NULL, 51, NULL, NULL, 'user', 1000, NULL, 'user', 77, NULL";
    let filtered = "1, 9, 'richest', -5000000, '00000000-0000-0000-0000-000000000000', 51, NULL, NULL, 'user19', 1000, 'frozen', 'user19', NULL, ARRAY['00000000-0000-4000-8000-000000000001'::uuid]";
    let number = "NULL, NULL, 'poorest', NULL, NULL, 51, 'abc00000-0000-0000-0000-000000000000', \
                  'abcfffff-ffff-ffff-ffff-ffffffffffff', 'abc', 1000, 'held', 'abc', NULL, '{}'";
    let state = "numeric, numeric, text, bigint, uuid, bigint, text, bigint, timestamptz, uuid";
    let in_state = |order: &str, state: &str| {
        format!("NULL, NULL, '{order}', NULL, NULL, 51, '{state}', 1000, NULL, NULL")
    };
    let from = "1, NULL, 'newest', -1767229200000000, '00000000-0000-0000-0000-000000000000', 51, 'frozen', 1000, \
                '2026-01-01 01:00Z', '00000000-0000-0000-0000-000000000000'";
    let rows = |rest: &str| format!("'{WALLET}', {rest}");
    let form = format!("'{WALLET}', '{WALLET}'");
    for (types, statement, arguments, blocks_max) in [
        (page, NEWEST, "NULL, NULL, 51".to_owned(), 400),
        (page, NEWEST, far.to_owned(), 400),
        (page, OLDEST, "NULL, NULL, 51".to_owned(), 400),
        (page, OLDEST, far.to_owned(), 400),
        // A thousand by name, as many by address, each with its wallet.
        (found, FOUND, user.to_owned(), 9_000),
        (found, FOUND, filtered.to_owned(), 9_000),
        (found, FOUND, number.to_owned(), 9_000),
        // A thousand candidates, each with its wallet, whatever there is.
        (state, IN_STATE, in_state("newest", "frozen"), 9_000),
        (state, IN_STATE, in_state("richest", "closed"), 9_000),
        (state, IN_STATE, in_state("oldest", "held"), 13_000),
        (state, IN_STATE, from.to_owned(), 9_000),
        ("uuid, bigint, bigint", HOLD_ROWS, rows("50000, 200"), 1_000),
        (
            "uuid, bigint, bigint",
            RULES,
            rows("9223372036854775807, 21"),
            400,
        ),
        ("uuid, bigint, bigint", RULES, rows("50000, 21"), 400),
        (
            "uuid, bigint, bigint",
            LEDGER,
            rows("9223372036854775807, 50"),
            700,
        ),
        ("uuid, bigint, bigint", LEDGER, rows("50000, 50"), 700),
        // A piece of an export.
        ("uuid, bigint, bigint", LEDGER, rows("51000, 1000"), 9_000),
        ("uuid, bigint, bigint", BALANCES, rows("100000, 250"), 3_000),
        ("bigint[]", PROPOSALS, "ARRAY[1, 500, 900]".to_owned(), 100),
        (
            "bigint, bigint",
            PROPOSALS_PAGE,
            "9223372036854775807, 26".to_owned(),
            50,
        ),
        ("bigint", PROPOSALS_WAITING, "21".to_owned(), 50),
        ("uuid, text", PROPOSAL_OF, rows("'staff x'"), 20),
        ("bigint, uuid, uuid", MOVED, format!("7, {form}"), 200),
        (
            "bigint, uuid, uuid, numeric, numeric, text",
            RESERVE,
            format!("7, {form}, 1, 1000, 'staff x'"),
            400,
        ),
    ] {
        let (read, nodes) = plan_of(&database, types, statement, &arguments).await;
        assert!(
            read < blocks_max,
            "{arguments}: {read} blocks\n{nodes:#?}\n{statement}"
        );
        // A table of a few rows is on one page, and its index on another.
        let scan = nodes
            .iter()
            .find(|node| node.contains("Seq Scan") && !node.contains("operation_kinds"));
        assert_eq!(scan, None, "{arguments}\n{statement}");
    }
    // A wallet's adjustments are few: each is looked up in the ledger.
    let (read, nodes) = plan_of(&database, "uuid, bigint", OPEN, &rows("20")).await;
    assert!(
        !nodes
            .iter()
            .any(|node| node.starts_with(r#""Seq Scan" "operations""#)),
        "{read}: {nodes:#?}"
    );
    admin.app.stop().await.unwrap();
}
