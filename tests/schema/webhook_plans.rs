//! The statements of webhooks search the indexes that they name: a hundred webhooks, each with as much as may wait.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::postgres;

const FILL: &str = "
    INSERT INTO webhooks (slot, url, secret, cursor) SELECT n, 'https://a.example/', '\\x000102030405060708090a0b0c0d0e0f1011121314151617', ''
    FROM generate_series(1, 100) n;
    INSERT INTO webhook_waiting (webhook_id, wallet_id, cursor, attempts, first_failed_at, next_attempt_at)
    SELECT id, gen_random_uuid(), '', 1, now(), now() FROM webhooks, generate_series(1, 500);
    INSERT INTO webhook_set_aside (webhook_id, cursor, type, attempts) SELECT id, n::text, 'feed.rewound', 1
    FROM webhooks, generate_series(1, 1000) n;
    INSERT INTO webhook_requests (actor, key, request_hash, answer) SELECT '', n::text, '', '{}' FROM generate_series(1, 20000) n;
    VACUUM ANALYZE webhooks; VACUUM ANALYZE webhook_waiting; VACUUM ANALYZE webhook_set_aside; VACUUM ANALYZE webhook_requests;
    SET plan_cache_mode TO force_generic_plan";

macro_rules! queries {
    ($($name:literal: $parameters:literal, [$($index:literal),*];)+) => {
        [$((
            $name,
            $parameters,
            include_str!(concat!("../../sql/queries/", $name, ".sql")),
            &[$($index),*] as &[&str],
        )),+]
    };
}

async fn plan(client: &Client, statement: &str, parameters: usize) -> String {
    let prepare = format!("DEALLOCATE ALL; PREPARE asked AS {statement}");
    client.batch_execute(&prepare).await.unwrap();
    let nulls = vec!["NULL"; parameters].join(", ");
    let explain = format!("EXPLAIN (COSTS OFF) EXECUTE asked ({nulls})");
    let answer = client.simple_query(&explain).await.unwrap();
    let lines = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[actix_web::test]
async fn statements_of_webhooks_read_whole_no_table_that_grows() {
    let client = postgres::connect(&postgres::database().await).await;
    for statement in FILL.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
    for (name, parameters, statement, indexes) in queries! {
        "webhook_again": 2, ["webhook_set_aside_requested_idx"];
        "webhook_change": 9, ["webhook_waiting_pkey"];
        "webhook_delete": 2, [];
        "webhook_disable": 2, [];
        "webhook_insert": 9, [];
        "webhook_lease": 2, ["webhook_set_aside_requested_idx"];
        "webhook_lease_end": 1, [];
        "webhook_record": 22, ["webhook_waiting_pkey", "webhook_set_aside_cursor_key"];
        "webhook_replay": 6, ["webhook_waiting_pkey"];
        "webhook_request": 3, ["webhook_requests_pkey"];
        "webhook_rotate": 6, [];
        "webhook_send_again": 6, ["webhook_set_aside_pkey"];
        "webhook_sent_again": 5, ["webhook_set_aside_pkey"];
        "webhook_set_aside_page": 3, ["webhook_set_aside_pkey"];
        "webhook_set_aside_request": 3, ["webhook_requests_pkey"];
        "webhook_states": 2, ["webhook_waiting_pkey"];
        "webhook_waiting": 1, ["webhook_waiting_pkey"];
    } {
        let plan = plan(&client, statement, parameters).await;
        for line in plan.lines().filter(|line| line.contains("Seq Scan on ")) {
            let table = line.split("Seq Scan on ").nth(1).unwrap();
            // A hundred rows at most.
            assert!(table.starts_with("webhooks"), "{name}:\n{plan}");
        }
        for index in indexes {
            assert!(plan.contains(index), "{name}: no {index} in\n{plan}");
        }
    }
}
