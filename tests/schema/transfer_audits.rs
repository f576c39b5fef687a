//! Breaches between wallets: each of them may agree with its own ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio_postgres::{Client, Config};

use crate::app::TestApp;
use crate::postgres;
use crate::verify::verify;

/// Three wallets. The first had 3.00 and paid the second 1.00; then each got 1.00 in one atomic batch.
struct Transferred {
    config: Config,
    client: Client,
    ids: [String; 3],
}

impl Transferred {
    async fn new() -> Self {
        let config = postgres::database().await;
        let app = TestApp::spawn_on(config.clone(), |_| {}).await;
        let mut ids = Vec::new();
        for name in ["alice", "bob", "carol"] {
            let wallet = app.wallet(name).await;
            ids.push(wallet.split('/').nth(3).unwrap().to_owned());
        }
        assert_eq!(
            app.deposit(&format!("/api/wallets/{}/", ids[0]), "3.00")
                .await
                .0,
            200
        );
        let path = format!("/api/wallets/{}/transfers/", ids[0]);
        let (status, _) = app
            .post(&path, &json!({"to": ids[1], "amount": "1.00"}))
            .await;
        assert_eq!(status, 201);
        let each = |id| json!({"wallet": id, "kind": "DEPOSIT", "amount": "1.00"});
        let operations: Vec<_> = ids.iter().map(each).collect();
        let batch = json!({"atomic": true, "operations": operations});
        let (status, body) = app.post("/api/batch/", &batch).await;
        assert_eq!(status, 200, "{body}");
        app.stop().await.unwrap();
        let (agrees, output) = verify(&config);
        assert!(agrees, "{output}");
        Self {
            client: postgres::connect(&config).await,
            config,
            ids: ids.try_into().unwrap(),
        }
    }

    /// What `verify` says once it is spoilt: it has to find something.
    async fn spoilt(&self, statements: &str) -> String {
        self.client.batch_execute(statements).await.unwrap();
        let (agrees, output) = verify(&self.config);
        assert!(!agrees, "{statements}: {output}");
        output
    }

    fn alone(&self, wallet: usize, seq: i64) -> String {
        format!(
            "{}: seq {seq} is linked with an operation that is not there",
            self.ids[wallet]
        )
    }
}

#[track_caller]
fn says(output: &str, breach: &str) {
    assert!(output.contains(breach), "{breach} is missing in {output}");
}

#[actix_web::test]
async fn one_leg_without_the_other_is_a_breach_and_the_money_is_missed() {
    let story = Transferred::new().await;
    // The receiver's wallet agrees with its ledger, which begins with the batch.
    let output = story
        .spoilt(
            "DELETE FROM operations WHERE kind = 'TRANSFER_IN';
             UPDATE operations SET seq = 1, balance_after = 1 WHERE seq = 2 AND kind = 'DEPOSIT' AND balance_after = 2;
             UPDATE operations SET other_seq = 1 WHERE other_seq = 2 AND kind = 'DEPOSIT';
             UPDATE wallets SET version = 1, balance = 1 WHERE balance = 2",
        )
        .await;
    says(&output, &story.alone(0, 2));
    says(
        &output,
        "all wallets: the balances are 1.00 less than what came in from outside",
    );
    says(&output, "2 breaches.");
}

#[actix_web::test]
async fn two_legs_that_do_not_belong_together_are_breaches() {
    for (spoil, sum) in [
        ("UPDATE operations SET transfer_id = gen_random_uuid() WHERE kind = 'TRANSFER_IN'", None),
        ("UPDATE operations SET other_seq = 2 WHERE kind = 'TRANSFER_OUT'", None),
        ("UPDATE operations SET other_wallet = gen_random_uuid() WHERE kind = 'TRANSFER_OUT'", None),
        (
            "UPDATE operations SET amount = amount + 1, balance_after = balance_after + 1 WHERE kind = 'TRANSFER_IN';
             UPDATE operations SET balance_after = 3 WHERE balance_after = 2 AND seq = 2 AND kind = 'DEPOSIT';
             UPDATE wallets SET balance = 3 WHERE balance = 2",
            Some("all wallets: the balances are 1.00 more than what came in from outside"),
        ),
    ] {
        let story = Transferred::new().await;
        let output = story.spoilt(spoil).await;
        says(&output, &story.alone(0, 2));
        match sum {
            Some(sum) => says(&output, sum),
            None => assert!(!output.contains("all wallets"), "{spoil}: {output}"),
        }
    }
}

#[actix_web::test]
async fn a_transfer_that_names_no_other_wallet_makes_money() {
    let story = Transferred::new().await;
    let spoil = "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after)
                 SELECT id, version + 1, gen_random_uuid(), 'TRANSFER_IN', 5, balance + 5 FROM wallets WHERE version = 1;
                 UPDATE wallets SET version = 2, balance = balance + 5 WHERE version = 1";
    let output = story.spoilt(spoil).await;
    says(&output, &story.alone(2, 2));
    says(
        &output,
        "all wallets: the balances are 5.00 more than what came in from outside",
    );
}

#[actix_web::test]
async fn a_balance_that_no_operation_accounts_for_is_missed_in_the_sum() {
    let story = Transferred::new().await;
    let spoil = "UPDATE wallets SET balance = balance + 0.25 WHERE version = 1";
    let output = story.spoilt(spoil).await;
    says(
        &output,
        &format!(
            "{}: balance 1.25, but 1.00 after the last operation",
            story.ids[2]
        ),
    );
    says(
        &output,
        "all wallets: the balances are 0.25 more than what came in from outside",
    );
}

#[actix_web::test]
async fn a_ring_that_lacks_an_operation_is_a_breach_of_the_one_before() {
    let story = Transferred::new().await;
    // Carol's, which is the only one of its wallet.
    let output = story
        .spoilt(
            "DELETE FROM operations WHERE wallet_id IN (SELECT id FROM wallets WHERE version = 1);
             UPDATE wallets SET version = 0, balance = 0 WHERE version = 1",
        )
        .await;
    says(&output, &story.alone(1, 2));

    for spoil in [
        // One that is not linked, a side of a transfer, and itself.
        "UPDATE operations SET other_wallet = NULL, other_seq = NULL WHERE wallet_id = (SELECT wallet_id FROM operations WHERE kind = 'TRANSFER_OUT') AND seq = 3",
        "UPDATE operations SET other_seq = 2 WHERE kind = 'DEPOSIT' AND other_seq = 3",
        "UPDATE operations SET other_wallet = wallet_id, other_seq = seq WHERE kind = 'DEPOSIT' AND other_seq = 3",
    ] {
        let story = Transferred::new().await;
        let output = story.spoilt(spoil).await;
        says(&output, &story.alone(2, 1));
        assert!(!output.contains("all wallets"), "{output}");
    }
}

#[actix_web::test]
async fn an_audit_beside_transfers_finds_nothing() {
    let config = postgres::database().await;
    let app = Arc::new(TestApp::spawn_on(config.clone(), |_| {}).await);
    let mut wallets = Vec::new();
    for n in 0..8 {
        let wallet = app.wallet(&format!("user{n}")).await;
        assert_eq!(app.deposit(&wallet, "100.00").await.0, 200);
        wallets.push(wallet);
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let payers: Vec<_> = (0..wallets.len())
        .map(|n| {
            let (app, is_over) = (Arc::clone(&app), Arc::clone(&is_over));
            let path = format!("{}transfers/", wallets[n]);
            let to = wallets[(n + 1) % wallets.len()]
                .split('/')
                .nth(3)
                .unwrap()
                .to_owned();
            actix_web::rt::spawn(async move {
                let mut paid = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let (status, body) =
                        app.post(&path, &json!({"to": to, "amount": "0.01"})).await;
                    assert_eq!(status, 201, "{body}");
                    paid += 1;
                }
                paid
            })
        })
        .collect();
    for _ in 0..5 {
        let config = config.clone();
        let verified = actix_web::rt::task::spawn_blocking(move || verify(&config)).await;
        let (agrees, output) = verified.unwrap();
        assert!(agrees, "{output}");
    }
    is_over.store(true, Ordering::Relaxed);
    for payer in payers {
        assert!(payer.await.unwrap() > 0);
    }
    let app = Arc::try_unwrap(app).unwrap_or_else(|_| panic!("it is in use"));
    app.stop().await.unwrap();
}
