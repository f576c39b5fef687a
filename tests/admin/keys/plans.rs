//! Many keys and many wallets: every query reads a bounded part of them, by an index.

use crate::admin::Admin;
use crate::plan::plan;
use crate::postgres;

const PAGE: &str = include_str!("../../../sql/queries/keys_page.sql");
const NAMED: &str = include_str!("../../../sql/queries/keys_page_of_name.sql");
const FORM: &str = include_str!("../../../sql/queries/key_of_form.sql");
const OF_NAME: &str = include_str!("../../../sql/queries/keys_of_name.sql");
const KNOWN: &str = include_str!("../../../sql/queries/wallets_known.sql");
const TOKENS: &str = include_str!("../../../sql/queries/admin_user_tokens.sql");
const TOKENS_END: &str = include_str!("../../../sql/queries/admin_user_tokens_end.sql");

#[actix_web::test]
async fn no_page_of_keys_reads_all_of_them_nor_all_wallets_or_tokens() {
    let admin = Admin::spawn().await;
    admin
        .execute(
            "INSERT INTO users (username, email, password_hash, wallet_id)
             SELECT 'u' || n, 'u' || n || '@example.com', 'hash', gen_random_uuid() FROM generate_series(1, 100000) n;
             INSERT INTO wallets (id, user_id) SELECT wallet_id, id FROM users WHERE username LIKE 'u%';
             INSERT INTO api_keys (name, slot, digest, scopes, form, created_by, revoked_at)
             SELECT 'key' || n % 50000, 1 + n / 50000 % 2, sha256(n::text::bytea), '{wallets:read}', gen_random_uuid(),
                 1 + n % 1000, CASE WHEN n >= 100000 THEN now() END
             FROM generate_series(0, 119999) n;
             INSERT INTO user_tokens (digest, user_id, password, expires_at)
             SELECT sha256(n::text::bytea), 1 + n % 10000, sha256('hash'), now() + interval '1 day'
             FROM generate_series(1, 100000) n;
             ANALYZE",
        )
        .await;
    let database = postgres::connect(&admin.app.database).await;
    let some = "SELECT string_agg(quote_literal(wallet_id), ', ') FROM (SELECT wallet_id FROM users LIMIT 100) hundred";
    let some: String = database.query_one(some, &[]).await.unwrap().get(0);
    for (types, statement, arguments, blocks_max) in [
        ("bigint, bigint", PAGE, "NULL, 51".to_owned(), 700),
        ("bigint, bigint", PAGE, "50000, 51".to_owned(), 700),
        ("bigint, bigint", PAGE, "50000, 1".to_owned(), 20),
        (
            "bigint, bigint, text",
            NAMED,
            "NULL, 51, 'key7'".to_owned(),
            100,
        ),
        (
            "bigint, bigint, text",
            NAMED,
            "60000, 51, 'key7'".to_owned(),
            100,
        ),
        (
            "bigint, bigint, text",
            NAMED,
            "NULL, 51, 'nothing'".to_owned(),
            20,
        ),
        ("uuid", FORM, "gen_random_uuid()".to_owned(), 20),
        ("text", OF_NAME, "'key7'".to_owned(), 20),
        ("uuid[]", KNOWN, format!("ARRAY[{some}]::uuid[]"), 800),
        ("bigint", TOKENS, "7".to_owned(), 60),
        ("bigint", TOKENS_END, "7".to_owned(), 200),
    ] {
        for plans in ["force_generic_plan", "force_custom_plan"] {
            let prepare = format!(
                "SET plan_cache_mode = {plans}; DEALLOCATE ALL; PREPARE page ({types}) AS {statement}"
            );
            database.batch_execute(&prepare).await.unwrap();
            let (read, nodes) = plan(&database, &format!("page ({arguments})")).await;
            assert!(
                read < blocks_max,
                "{arguments}: {read} blocks\n{nodes:#?}\n{statement}"
            );
            let scan = nodes.iter().find(|node| node.contains("Seq Scan"));
            assert_eq!(scan, None, "{arguments}\n{statement}");
        }
    }
    admin.app.stop().await.unwrap();
}
