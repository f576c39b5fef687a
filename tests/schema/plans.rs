//! Names and keys are searched by the indexes that are in the order of bytes.

use crate::postgres;

macro_rules! query {
    ($name:literal) => {
        include_str!(concat!("../../sql/queries/", $name, ".sql"))
    };
}

#[actix_web::test]
async fn every_search_for_a_name_or_a_key_is_a_search_of_its_index() {
    let client = postgres::connect(&postgres::database().await).await;
    let fill = "
        INSERT INTO users (username, email, password_hash, wallet_id)
        SELECT 'u' || n, 'u' || n, '', gen_random_uuid() FROM generate_series(1, 2000) n;
        INSERT INTO registration_keys (idempotency_key, user_id) SELECT 'key ' || id, id FROM users;
        INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, idempotency_key)
        SELECT (SELECT wallet_id FROM users LIMIT 1), n, gen_random_uuid(), 'DEPOSIT', 0.01, n * 0.01, 'key ' || n
        FROM generate_series(1, 20000) n;
        INSERT INTO adjustments (wallet_id, idempotency_key, staff_id, kind, amount, reason)
        SELECT wallet_id, idempotency_key, 1, kind, amount, 'because' FROM operations;
        ANALYZE";
    client.batch_execute(fill).await.unwrap();
    let commit_session = "SET plan_cache_mode TO force_generic_plan; SET enable_seqscan TO off";
    client.batch_execute(commit_session).await.unwrap();
    for (statement, parameters, indexes) in [
        (
            query!("commit_carefully"),
            17,
            &["operations_idempotency_key"][..],
        ),
        (
            query!("commit_full"),
            45,
            &["operations_idempotency_key"][..],
        ),
        (
            query!("names_taken"),
            2,
            &["users_username_key", "users_email_key"],
        ),
        (query!("user_registered"), 1, &["registration_keys_pkey"]),
        (query!("admin_promote"), 3, &["users_username_key"]),
        (query!("access_user"), 2, &["users_username_key"]),
        (query!("admin_adjustment_insert"), 7, &["adjustments_pkey"]),
        (
            query!("admin_adjustments_open"),
            2,
            &["operations_idempotency_key"],
        ),
        (query!("admin_wallet_ledger"), 3, &["adjustments_pkey"]),
    ] {
        let prepare = format!("DEALLOCATE ALL; PREPARE search AS {statement}");
        client.batch_execute(&prepare).await.unwrap();
        let nulls = vec!["NULL"; parameters].join(", ");
        let explain = format!("EXPLAIN EXECUTE search ({nulls})");
        let plan: Vec<String> = client
            .simple_query(&explain)
            .await
            .unwrap()
            .iter()
            .filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .collect();
        for index in indexes {
            let of_index = |line: &String| line.contains(&format!(" using {index} "));
            let at = plan.iter().position(of_index);
            let at = at.unwrap_or_else(|| panic!("no search of {index} in {plan:#?}"));
            let condition = plan[at..].iter().find(|line| line.contains("Index Cond:"));
            let condition = condition.unwrap();
            let column = if index.starts_with("users_") {
                "("
            } else {
                "idempotency_key"
            };
            assert!(condition.contains(column), "{plan:#?}");
        }
    }
}
