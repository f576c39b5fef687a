//! The statements of keys and tokens search the indexes that they name, in big tables.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::postgres;

/// 100 000 keys, and 200 000 tokens of 50 000 users, with as many sessions. Without the checks of references, which would take longer
/// than everything else.
const FILL: &str = "
    SET session_replication_role = replica;
    INSERT INTO users (username, email, password_hash, wallet_id)
    SELECT 'u' || n, 'u' || n, '', gen_random_uuid() FROM generate_series(1, 50000) n;
    INSERT INTO wallets (id, user_id, balance, version) SELECT wallet_id, id, 0, 0 FROM users;
    INSERT INTO api_keys (name, slot, digest, scopes, form, created_by, revoked_at, revoked_by)
    SELECT 'key' || n / 10, 1 + n % 2, sha256(n::text::bytea), '{wallets:read}', gen_random_uuid(), n,
        CASE WHEN n % 10 > 1 THEN now() END, CASE WHEN n % 10 > 1 THEN n END
    FROM generate_series(1, 100000) n;
    INSERT INTO user_tokens (digest, user_id, password, expires_at)
    SELECT sha256(n::text::bytea), 1 + n % 50000, sha256(''), now() + n * interval '1 second' FROM generate_series(1, 200000) n;
    INSERT INTO admin_sessions (token_hash, user_id, password, expires_at)
    SELECT sha256(n::text::bytea), n, sha256(''), now() + interval '1 day' FROM generate_series(1, 50000) n;
    INSERT INTO access_changes (user_id, changed_at) SELECT n, now() - n * interval '10 milliseconds' FROM generate_series(1, 50000) n;
    VACUUM ANALYZE users; VACUUM ANALYZE wallets; VACUUM ANALYZE api_keys; VACUUM ANALYZE user_tokens;
    VACUUM ANALYZE admin_sessions; VACUUM ANALYZE access_changes;
    SET session_replication_role = origin;
    SET plan_cache_mode TO force_generic_plan";

macro_rules! queries {
    ($($name:literal: $parameters:literal;)+) => {
        [$(($name, $parameters, include_str!(concat!("../../sql/queries/", $name, ".sql")))),+]
    };
}

/// The indexes that a statement's comment names.
fn named(statement: &str) -> Vec<&str> {
    let comment = statement.lines().take_while(|line| line.starts_with("--"));
    let words = comment.flat_map(|line| line.split([' ', ',', '.', ';']));
    let is_index = |word: &&str| {
        let ends = ["_key", "_pkey", "_idx"];
        ends.iter().any(|end| word.ends_with(end))
    };
    let mut indexes: Vec<_> = words.filter(is_index).collect();
    indexes.sort_unstable();
    indexes.dedup();
    indexes
}

/// The lines of a statement's plan.
async fn plan(client: &Client, statement: &str, parameters: usize) -> String {
    let prepare = format!("DEALLOCATE ALL; PREPARE asked AS {statement}");
    client.batch_execute(&prepare).await.unwrap();
    let nulls = vec!["NULL"; parameters].join(", ");
    let explain = if parameters == 0 {
        "EXPLAIN (COSTS OFF) EXECUTE asked".to_owned()
    } else {
        format!("EXPLAIN (COSTS OFF) EXECUTE asked ({nulls})")
    };
    let answer = client.simple_query(&explain).await.unwrap();
    let lines = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[actix_web::test]
async fn every_statement_of_keys_and_tokens_searches_the_indexes_that_it_names() {
    let client = postgres::connect(&postgres::database().await).await;
    for statement in FILL.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
    for (name, parameters, statement) in queries! {
        "access_key": 1;
        "access_token": 1;
        "access_changes": 1;
        "access_keys_used": 1;
        "access_owner": 1;
        "access_user": 2;
        "key_expire": 1;
        "key_insert": 7;
        "key_revoke": 2;
        "keys_of_name": 1;
        "keys_page": 2;
        "wallets_known": 1;
        "token_begin": 5;
        "token_end": 1;
        "password_set": 3;
        "password_renew": 3;
        "admin_promote": 3;
        "admin_user_edit": 9;
        "admin_user_password_set": 5;
    } {
        let plan = plan(&client, statement, parameters).await;
        assert!(!plan.contains("Seq Scan"), "{name}:\n{plan}");
        let indexes = named(statement);
        assert!(!indexes.is_empty(), "{name} names no index");
        for index in indexes {
            // Which no search uses: it rejects.
            if statement.contains(&format!("{index} rejects")) {
                continue;
            }
            let of_index = |line: &str| line.contains(index) && line.contains("Index");
            assert!(plan.lines().any(of_index), "{name}: no {index} in\n{plan}");
        }
    }
}
