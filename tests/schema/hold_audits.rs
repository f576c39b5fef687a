//! Breaches of holds, reversals and rules, each planted in the same story.

use serde_json::{Value, json};
use tokio_postgres::{Client, Config};

use crate::app::TestApp;
use crate::postgres;
use crate::verify::verify;

/// The rows of Alice's wallet, which has 84.00 in the end, 20.00 of it held by the hold 2: a deposit of 100.00 (1), a hold of 30.00
/// (2) of which 10.00 is captured (3), a hold of 5.00 (4) that is voided (5), 3.00 of the deposit reversed (6), 4.00 paid to Bob (7),
/// 1.00 of it reversed (8), and a freeze (9). Bob's has the other sides of 7 and 8.
struct Story {
    config: Config,
    client: Client,
    alice: String,
}

async fn send(app: &TestApp, path: &str, body: Value) {
    let (status, body) = app.post(path, &body).await;
    assert!((200..=201).contains(&status), "{path}: {body}");
}

impl Story {
    async fn new() -> Self {
        let config = postgres::database().await;
        let app = TestApp::spawn_on(config.clone(), |_| {}).await;
        let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
        let id = |wallet: &str| wallet.split('/').nth(3).unwrap().to_owned();
        assert_eq!(app.deposit(&alice, "100.00").await.0, 200);
        let bob = id(&bob);
        for (path, body) in [
            ("holds/", json!({"amount": "30.00", "reference": "order 7"})),
            (
                "holds/2/capture/",
                json!({"amount": "10.00", "final": false}),
            ),
            ("holds/", json!({"amount": "5.00"})),
            ("holds/4/void/", json!({})),
            ("operations/1/reverse/", json!({"amount": "3.00"})),
            ("transfers/", json!({"to": bob, "amount": "4.00"})),
            ("operations/7/reverse/", json!({"amount": "1.00"})),
        ] {
            send(&app, &format!("{alice}{path}"), body).await;
        }
        let rules = app.http.patch(app.url(&format!("{alice}rules/")));
        let frozen = json!({"debits": "frozen", "reason": "a lost card"});
        let answer = rules.json(&frozen).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        app.stop().await.unwrap();
        let (agrees, output) = verify(&config);
        assert!(agrees, "{output}");
        Self {
            client: postgres::connect(&config).await,
            config,
            alice: id(&alice),
        }
    }
}

/// Plants each breach in a story of its own; `verify` says its sentence of Alice's wallet.
async fn found(breaches: &[(&str, &str)]) {
    for (spoil, breach) in breaches {
        let story = Story::new().await;
        let spoil = spoil.replace("ALICE", &format!("'{}'", story.alice));
        story.client.batch_execute(&spoil).await.unwrap();
        let (agrees, output) = verify(&story.config);
        assert!(!agrees, "{spoil}: {output}");
        let breach = format!("{}: {breach}", story.alice);
        assert!(
            output.contains(&breach),
            "{spoil}: {breach} is missing in {output}"
        );
    }
}

#[actix_web::test]
async fn a_hold_that_is_not_what_the_ledger_makes_it_is_a_breach() {
    found(&[
        (
            "UPDATE holds SET remaining = 15",
            "hold 2 has 15.00 remaining, but 20.00 by the ledger",
        ),
        (
            "DELETE FROM holds",
            "hold 2 has 0 remaining, but 20.00 by the ledger",
        ),
        (
            "INSERT INTO holds SELECT wallet_id, 4, amount, remaining, expires_at, NULL, created_at FROM holds",
            "hold 4 has 20.00 remaining, but 0.00 by the ledger",
        ),
        (
            "INSERT INTO holds SELECT wallet_id, 50, amount, remaining, expires_at, NULL, created_at FROM holds",
            "hold 50 has 20.00 remaining, but 0 by the ledger",
        ),
        (
            "UPDATE holds SET expires_at = expires_at + interval '1 second'",
            "hold 2 is not as the ledger placed it",
        ),
        (
            "UPDATE holds SET reference = NULL",
            "hold 2 is not as the ledger placed it",
        ),
    ])
    .await;
}

#[actix_web::test]
async fn what_happened_to_a_hold_is_within_it_and_it_is_closed_once() {
    found(&[
        (
            "UPDATE operations SET hold_seq = 3 WHERE wallet_id = ALICE AND seq = 5",
            "seq 5 is of hold 3, which is not there or has less remaining",
        ),
        (
            "UPDATE operations SET amount = 31 WHERE wallet_id = ALICE AND seq = 3",
            "seq 3 is of hold 2, which is not there or has less remaining",
        ),
        (
            "UPDATE operations SET hold_seq = 2 WHERE wallet_id = ALICE AND seq = 5",
            "hold 2 was released otherwise than once, whole and at its time",
        ),
        (
            "UPDATE operations SET expires_at = now() WHERE wallet_id = ALICE AND seq = 5",
            "hold 4 was released otherwise than once, whole and at its time",
        ),
    ])
    .await;
}

#[actix_web::test]
async fn what_is_held_follows_from_row_to_row_and_is_the_wallet_s() {
    found(&[
        (
            "UPDATE wallets SET held = 19 WHERE id = ALICE",
            "held 19.00, but 20.00 after the last operation",
        ),
        (
            "UPDATE operations SET held_after = 19 WHERE wallet_id = ALICE AND seq = 7",
            "what is held after seq 7 does not follow from the one before",
        ),
        (
            "UPDATE operations SET held_after = NULL WHERE wallet_id = ALICE AND seq = 2",
            "what is held after seq 2 does not follow from the one before",
        ),
    ])
    .await;
}

#[actix_web::test]
async fn a_reversal_of_nothing_of_another_sort_of_more_or_of_one_side_is_a_breach() {
    found(&[
        (
            "UPDATE operations SET amount = 2 WHERE wallet_id = ALICE AND seq = 1",
            "more than seq 1 was is reversed",
        ),
        (
            "UPDATE operations SET reverses_seq = 50 WHERE wallet_id = ALICE AND seq = 6",
            "seq 6 reverses seq 50, which is not there or is no such operation",
        ),
        (
            "UPDATE operations SET reverses_seq = 2 WHERE wallet_id = ALICE AND seq = 6",
            "seq 6 reverses seq 2, which is not there or is no such operation",
        ),
        (
            "UPDATE operations SET reverses_seq = 3 WHERE wallet_id = ALICE AND seq = 6",
            "seq 6 reverses seq 3, which is not there or is no such operation",
        ),
        (
            "UPDATE operations SET kind = 'TRANSFER_OUT', reverses_seq = NULL WHERE wallet_id <> ALICE AND seq = 2",
            "seq 8 reverses seq 7, which is not there or is no such operation",
        ),
    ])
    .await;
}

#[actix_web::test]
async fn rules_that_no_row_made_and_rows_that_lack_what_their_kind_has_are_breaches() {
    found(&[
        (
            "UPDATE wallets SET rules = NULL WHERE id = ALICE",
            "the rules are not those of the last change",
        ),
        (
            "UPDATE operations SET rules = '{}' WHERE wallet_id = ALICE AND seq = 9",
            "the rules are not those of the last change",
        ),
        (
            "ALTER TABLE operations DROP CONSTRAINT operations_row_check;
             UPDATE operations SET amount = 1 WHERE wallet_id = ALICE AND seq = 9",
            "the amount or the balance of seq 9 is not within its bounds",
        ),
        (
            "UPDATE operations SET reverses_seq = NULL WHERE wallet_id = ALICE AND seq = 6",
            "seq 6 has not what its kind has",
        ),
        (
            "UPDATE operations SET hold_seq = NULL WHERE wallet_id = ALICE AND seq = 3",
            "seq 3 has not what its kind has",
        ),
        (
            "UPDATE operations SET kind = 'WITHDRAW' WHERE wallet_id = ALICE AND seq = 6",
            "seq 6 has not what its kind has",
        ),
    ])
    .await;
}
