//! Transfers and batches in an outage: 503 where nothing was done for certain, 500 where it is open, and a key that settles
//! it.

use nix::sys::signal::Signal;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::{Bank, id_of, processes, signal, within};
use crate::postgres;

const STAGES: usize = 100;

/// Two wallets that are none of the bank's accounts.
struct Pair<'a> {
    bank: &'a Bank,
    from: String,
    to: String,
}

impl<'a> Pair<'a> {
    async fn open(bank: &'a Bank) -> Self {
        let app = &bank.app;
        let (from, to) = (app.wallet("payer").await, app.wallet("payee").await);
        app.deposit(&from, "100.00").await;
        Self { bank, from, to }
    }

    fn transfer(&self, key: &str) -> RequestBuilder {
        let app = &self.bank.app;
        let body = json!({"to": id_of(&self.to), "amount": "1.00"});
        let request = app.http.post(app.url(&format!("{}transfers/", self.from)));
        request.header("Idempotency-Key", key).json(&body)
    }

    fn batch(&self, atomic: bool, key: &str) -> RequestBuilder {
        let app = &self.bank.app;
        let (from, to) = (id_of(&self.from), id_of(&self.to));
        let operations = json!([
            {"wallet": from, "kind": "TRANSFER", "to": to, "amount": "1.00", "key": key},
            {"wallet": to, "kind": "DEPOSIT", "amount": "1.00", "key": key},
        ]);
        let body = json!({"atomic": atomic, "operations": operations});
        app.http.post(app.url("/api/batch/")).json(&body)
    }

    async fn balances(&self) -> [String; 2] {
        let app = &self.bank.app;
        [app.balance(&self.from).await, app.balance(&self.to).await]
    }
}

async fn sent(request: RequestBuilder) -> Response {
    within("an answer", request.send()).await.unwrap()
}

/// The problem, which is of this status and code.
async fn assert_problem(answer: Response, status: u16, code: &str) {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let retry_after = answer.headers().contains_key("retry-after");
    assert_eq!(retry_after, status == 503);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], code);
}

#[actix_web::test]
async fn without_a_database_nothing_is_moved_and_that_is_certain() {
    let mut bank = Bank::open().await;
    let running = bank.postgres.take().unwrap();
    let pair = Pair::open(&bank).await;
    running.stop().await.unwrap();

    // The first may still find the end of a session.
    bank.until_ready_is(503).await;
    let first = sent(pair.transfer("first")).await.status().as_u16();
    assert!([500, 503].contains(&first), "{first}");
    for request in [pair.transfer("second"), pair.batch(true, "second")] {
        assert_problem(sent(request).await, 503, "overloaded").await;
    }
    let answer = sent(pair.batch(false, "second")).await;
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    for result in body["results"].as_array().unwrap() {
        assert_eq!(result["status"], 503, "{body}");
        assert_eq!(result["code"], "overloaded", "{body}");
    }

    let again = postgres::private(bank.data.path()).await;
    bank.until_ready_is(200).await;
    assert_eq!(pair.balances().await, ["100.00", "0.00"]);
    assert_eq!(sent(pair.transfer("second")).await.status(), 201);
    assert_eq!(pair.balances().await, ["99.00", "1.00"]);
    drop(pair);
    bank.postgres = Some(again);
    bank.close().await;
}

#[actix_web::test]
async fn what_a_frozen_database_was_sent_is_open_and_its_key_settles_it() {
    let bank = Bank::open_with(tempfile::tempdir().unwrap(), |config| {
        config.engine.committers = 1;
    })
    .await;
    let pair = Pair::open(&bank).await;
    let mut moved = 0;
    for what in ["transfer", "batch"] {
        let request = || match what {
            "transfer" => pair.transfer(what),
            _ => pair.batch(true, what),
        };
        bank.until_ready_is(200).await;
        // The wallets are in memory, so the request is sent to the database as a write.
        assert_eq!(
            sent(pair.transfer(&format!("before {what}").replace(' ', "-")))
                .await
                .status(),
            201
        );
        moved += 1;
        let frozen = processes(bank.data.path());
        signal(&frozen, Signal::SIGSTOP);
        let answer = sent(request()).await;
        signal(&frozen, Signal::SIGCONT);
        assert_problem(answer, 500, "unavailable").await;

        bank.until_ready_is(200).await;
        // Whether it had happened or not: now it has, once.
        for _ in 0..2 {
            assert!(sent(request()).await.status().is_success(), "{what}");
        }
        moved += 1;
        let deposited = i64::from(what == "batch");
        let [from, to] = [100 - moved, moved + deposited];
        assert_eq!(
            pair.balances().await,
            [format!("{from}.00"), format!("{to}.00")]
        );
    }
    drop(pair);
    bank.close().await;
}

#[actix_web::test]
async fn all_stages_of_a_batch_together_have_the_time_of_one_request() {
    let bank = Bank::open().await;
    let pair = Pair::open(&bank).await;
    let (from, to) = (id_of(&pair.from), id_of(&pair.to));
    // Each is a stage: it shares wallets with the one before.
    let transfer = json!({"wallet": from, "kind": "TRANSFER", "to": to, "amount": "0.01"});
    let body = json!({"atomic": false, "operations": vec![transfer; STAGES]});
    let request = bank.app.http.post(bank.app.url("/api/batch/")).json(&body);

    let frozen = processes(bank.data.path());
    signal(&frozen, Signal::SIGSTOP);
    // A stage that had a time of its own would make this STAGES times as long as one request may wait.
    let answer = sent(request).await;
    signal(&frozen, Signal::SIGCONT);
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), STAGES);
    for result in &results[1..] {
        assert_eq!(result["status"], 503, "{answer}");
    }
    bank.until_ready_is(200).await;
    assert_eq!(pair.balances().await.len(), 2);
    drop(pair);
    bank.close().await;
}
