//! Two engines on one database that know of each other: a client may ask either, whoever answered it before.

use futures_util::future::join_all;
use serde_json::json;
use wallet_engine::config::Config;

use crate::app::TestApp;

/// Rounds of one client, each of five requests that depend on each other.
const ROUNDS: u64 = 300;
const CLIENTS: usize = 8;

fn shared(config: &mut Config) {
    config.engine.shared = true;
}

#[actix_web::test]
async fn what_one_engine_answered_is_what_the_other_one_knows() {
    let here = TestApp::spawn_with(shared).await;
    let there = TestApp::spawn_on(here.database.clone(), shared).await;
    let clients = (0..CLIENTS).map(|client| {
        let (here, there) = (&here, &there);
        async move {
            let wallet = here.wallet(&format!("user{client}")).await;
            for round in 0..ROUNDS {
                // The homes change with every round, so that each engine has an old memory of the wallet.
                let (first, second) = if round % 2 == 0 {
                    (here, there)
                } else {
                    (there, here)
                };
                let ok = |balance: &str| (200, json!({"status": "success", "balance": balance}));
                assert_eq!(first.deposit(&wallet, "7.50").await, ok("7.50"));
                assert_eq!(second.balance(&wallet).await, "7.50");
                let (status, body) = second.withdraw(&wallet, "7.51").await;
                assert_eq!(
                    (status, &body["message"]),
                    (400, &json!("Недостаточно средств"))
                );
                assert_eq!(second.withdraw(&wallet, "7.50").await, ok("0.00"));
                assert_eq!(first.balance(&wallet).await, "0.00");
            }
        }
    });
    join_all(clients).await;

    let operations = i64::try_from(CLIENTS).unwrap() * i64::try_from(ROUNDS).unwrap() * 2;
    assert_eq!(here.audited_operations().await, operations);
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}
