//! What an import reads of a page costs the same in a large database: each statement goes by the indexes that it names.

use crate::{plan, postgres};

const FILL: &str = "
    INSERT INTO users (username, email, password_hash, wallet_id, imported_at)
    SELECT 'user' || n, 'user' || n || '@example.com', '', gen_random_uuid(), now() FROM generate_series(1, 100000) n;
    INSERT INTO wallets (id, user_id, balance, version) SELECT wallet_id, id, 0.03, 3 FROM users;
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
    SELECT id, n, gen_random_uuid(), 'OPENING', 0.01, n * 0.01 FROM wallets, generate_series(1, 3) n;
    VACUUM ANALYZE users; VACUUM ANALYZE wallets; VACUUM ANALYZE operations";

const KINDS: &str = "'{OPENING,OPENING_REDUCTION}'";

#[actix_web::test]
async fn a_page_of_an_import_is_read_by_indexes() {
    let client = postgres::connect(&postgres::database().await).await;
    for statement in FILL.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
    let array = async |of: &str| {
        let array = format!("SELECT quote_literal(array_agg({of})) FROM users WHERE id <= 1000");
        let row = client.query_one(&array, &[]).await.unwrap();
        row.get::<_, String>(0)
    };
    let [ids, usernames] = [array("id").await, array("username").await];
    let [emails, wallets] = [array("email").await, array("wallet_id").await];
    let read = |name: &str, parameters: &str, statement: &str| {
        format!("PREPARE {name} ({parameters}) AS {statement}")
    };
    for (prepare, call) in [
        (
            read(
                "known",
                "bigint[], text[]",
                include_str!("../../sql/queries/import_known.sql"),
            ),
            format!("known ({ids}, {KINDS})"),
        ),
        (
            read(
                "holders",
                "text[], text[], uuid[]",
                include_str!("../../sql/queries/import_holders.sql"),
            ),
            format!("holders ({usernames}, {emails}, {wallets})"),
        ),
        (
            read(
                "gone",
                "bigint, bigint, bigint[], bigint",
                include_str!("../../sql/queries/import_gone.sql"),
            ),
            format!("gone (1, 1000, {ids}, 1000)"),
        ),
    ] {
        client.batch_execute(&prepare).await.unwrap();
        let (blocks, nodes) = plan::plan(&client, &call).await;
        // A thousand users, a few blocks each; the tables have ten thousand and more.
        assert!(blocks < 25_000, "{call}: {blocks} blocks: {nodes:?}");
        for node in nodes {
            assert!(!node.starts_with("Seq Scan"), "{call}: {node}");
        }
    }
}
