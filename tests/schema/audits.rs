//! Breaches that the ledger's own arithmetic does not show.

use tokio_postgres::{Client, Config};

use crate::app::TestApp;
use crate::postgres;
use crate::verify::verify;

/// A database with one wallet, whose three deposits of 1.00 have the keys a, b and c; and the wallet's id.
async fn one_wallet() -> (Config, Client, String) {
    let config = postgres::database().await;
    let app = TestApp::spawn_on(config.clone(), |_| {}).await;
    let wallet = app.wallet("alice").await;
    for key in ["a", "b", "c"] {
        let body = serde_json::json!({"operationType": "DEPOSIT", "amount": "1.00"});
        let url = app.url(&format!("{wallet}operation/"));
        let sent = app
            .http
            .post(url)
            .header("Idempotency-Key", key)
            .json(&body)
            .send();
        assert_eq!(sent.await.unwrap().status(), 200);
    }
    app.stop().await.unwrap();
    let id = wallet.split('/').nth(3).unwrap().to_owned();
    let client = postgres::connect(&config).await;
    (config, client, id)
}

/// What `verify` says after these statements were run on such a database.
async fn verified(statements: &str) -> (String, String) {
    let (config, client, id) = one_wallet().await;
    let (agrees, output) = verify(&config);
    assert!(agrees, "{output}");
    client.batch_execute(statements).await.unwrap();
    let (agrees, output) = verify(&config);
    assert!(!agrees, "{output}");
    (id, output)
}

const WITHOUT_BOUNDS: &str = "
    ALTER TABLE wallets DROP CONSTRAINT IF EXISTS wallets_balance_max_check;
    ALTER TABLE operations DROP CONSTRAINT operations_row_check;";

#[actix_web::test]
async fn a_ledger_that_is_no_number_throughout_is_a_breach() {
    let spoil = "UPDATE operations SET amount = 'NaN', balance_after = 'NaN'; UPDATE wallets SET balance = 'NaN'";
    let (id, output) = verified(&format!("{WITHOUT_BOUNDS}{spoil}")).await;
    for breach in [
        format!("{id}: balance NaN is not within its bounds"),
        format!("{id}: the amount or the balance of seq 1 is not within its bounds"),
    ] {
        assert!(output.contains(&breach), "{breach} is missing in {output}");
    }
}

#[actix_web::test]
async fn one_amount_that_is_no_number_is_named_by_its_place() {
    let spoil = "UPDATE operations SET amount = 'NaN' WHERE seq = 2";
    let (id, output) = verified(&format!("{WITHOUT_BOUNDS}{spoil}")).await;
    let breach = format!("{id}: the amount or the balance of seq 2 is not within its bounds");
    assert!(output.contains(&breach), "{output}");
}

#[actix_web::test]
async fn a_key_that_is_there_twice_is_a_breach_whether_or_not_its_index_is_there() {
    let spoil = "DROP INDEX operations_idempotency_key;
                 UPDATE operations SET idempotency_key = 'a' WHERE seq = 3";
    let (id, output) = verified(spoil).await;
    let breach = format!("{id}: a key is there more than once, first at seq 1 and again at seq 3");
    assert!(output.contains(&breach), "{output}");
    assert!(
        output.contains("schema: the index operations_idempotency_key"),
        "{output}"
    );
}

#[actix_web::test]
async fn a_time_of_the_future_is_a_breach() {
    let spoil = "UPDATE operations SET created_at = '2999-01-01T00:00:00Z' WHERE seq > 1";
    let (id, output) = verified(spoil).await;
    let breach = format!("{id}: seq 2 is of a time in the future: 2999-01-01 00:00:00 UTC");
    assert!(output.contains(&breach), "{output}");
}
