//! What an outage is answered with: 503 where nothing was done for certain, 500 where it is open.

use std::time::Duration;

use nix::sys::signal::Signal;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::{AWAY, Bank, FAILED, processes, signal, within};
use crate::postgres;

/// A request of every kind.
struct Requests<'a> {
    bank: &'a Bank,
    /// A wallet that is in memory, and one that is not.
    active: &'a str,
    cold: &'a str,
}

impl Requests<'_> {
    fn deposit(&self, wallet: &str) -> RequestBuilder {
        let body = json!({"operationType": "DEPOSIT", "amount": "7.00"});
        let url = self.bank.app.url(&format!("{wallet}operation/"));
        self.bank.app.http.post(url).json(&body)
    }

    fn registration(&self) -> RequestBuilder {
        let body = json!({"username": "late", "email": "late@example.com", "password": "secret"});
        let url = self.bank.app.url("/api/register/");
        self.bank.app.http.post(url).json(&body)
    }

    fn all(&self) -> Vec<RequestBuilder> {
        let get = |path: String| self.bank.app.http.get(self.bank.app.url(&path));
        vec![
            self.deposit(self.active),
            self.deposit(self.cold),
            self.registration(),
            get(self.cold.to_owned()),
            get(format!("{}operations/", self.active)),
            get(format!("{}operations/1/", self.cold)),
        ]
    }

    async fn answers(&self) -> Vec<Response> {
        let sent = self.all().into_iter().map(RequestBuilder::send);
        let answers = within("the answers", futures_util::future::join_all(sent)).await;
        answers.into_iter().map(Result::unwrap).collect()
    }
}

async fn assert_not_done(answer: Response) {
    let path = answer.url().path().to_owned();
    assert_eq!(answer.status(), 503, "{path}");
    assert_eq!(answer.headers()["retry-after"], "1", "{path}");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({"detail": AWAY}), "{path}");
}

#[actix_web::test]
async fn without_a_database_every_request_is_503_with_retry_after_and_was_not_done() {
    let mut bank = Bank::open().await;
    let cold = bank.app.wallet("cold").await;
    let active = bank.accounts[0].wallet.clone();
    assert_eq!(bank.app.deposit(&active, "1.00").await.0, 200);
    bank.accounts[0].acknowledged.set(1);
    bank.postgres.take().unwrap().stop().await.unwrap();

    let requests = Requests {
        bank: &bank,
        active: &active,
        cold: &cold,
    };
    // The first may still find the end of a session.
    for answer in requests.answers().await {
        assert!([500, 503].contains(&answer.status().as_u16()));
    }
    for answer in requests.answers().await {
        assert_not_done(answer).await;
    }

    bank.postgres = Some(postgres::private(bank.data.path()).await);
    bank.until_ready_is(200).await;
    let requests = Requests {
        bank: &bank,
        active: &active,
        cold: &cold,
    };
    let registered = requests.registration().send().await.unwrap();
    assert_eq!(registered.status(), 201, "the name is still free");
    assert_eq!(bank.app.balance(&cold).await, "0.00");
    bank.close().await;
}

#[actix_web::test]
async fn what_was_sent_to_a_frozen_database_is_open_and_what_was_not_is_not_done() {
    let bank = Bank::open_with(tempfile::tempdir().unwrap(), |config| {
        config.engine.committers = 1;
    })
    .await;
    let accounts: Vec<_> = bank.accounts.iter().collect();
    for account in &accounts {
        assert_eq!(bank.app.deposit(&account.wallet, "1.00").await.0, 200);
        account.acknowledged.set(1);
    }
    let frozen = processes(bank.data.path());
    signal(&frozen, Signal::SIGSTOP);
    let deposit = |n: usize| bank.app.deposit(&accounts[n].wallet, "1.00");
    // The only committer sends the first; the second waits in its wallet, the third in a set of its own.
    let mut sent = Box::pin(deposit(0));
    assert!(futures_util::poll!(&mut sent).is_pending());
    let active = async {
        while bank.app.get("/readyz").await.0 == 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        futures_util::join!(deposit(0), deposit(1))
    };
    let (sent, (behind, beside)) =
        within("the answers", futures_util::future::join(sent, active)).await;
    signal(&frozen, Signal::SIGCONT);
    assert_eq!(sent, (500, json!({"detail": FAILED})));
    accounts[0].open.set(1);
    assert_eq!(behind, (503, json!({"detail": AWAY})));
    assert_eq!(beside, (503, json!({"detail": AWAY})));
    bank.until_ready_is(200).await;
    bank.close().await;
}

#[actix_web::test]
async fn a_registration_that_waits_for_a_lock_is_open_until_the_database_has_said_no() {
    let slow = Duration::from_secs(60);
    for (lock, status, detail) in [(slow, 500, FAILED), (Duration::from_millis(200), 503, AWAY)] {
        let bank = Bank::open_with(tempfile::tempdir().unwrap(), |config| {
            config.database.limits.lock = lock;
            config.database.limits.statement = slow;
        })
        .await;
        let requests = Requests {
            bank: &bank,
            active: "",
            cold: "",
        };
        let administrator = bank.administrator().await;
        let lock = "BEGIN; LOCK TABLE wallets IN SHARE ROW EXCLUSIVE MODE";
        administrator.batch_execute(lock).await.unwrap();

        let answer = within("the answer", requests.registration().send())
            .await
            .unwrap();

        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers().contains_key("retry-after"), status == 503);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body, json!({"detail": detail}));
        // What was given up is cancelled on the server, so it happens no more.
        administrator.batch_execute("COMMIT").await.unwrap();
        let again = requests.registration().send().await.unwrap().status();
        assert!(again == 201 || (status == 500 && again == 400), "{again}");
        bank.close().await;
    }
}
