//! What an outage is answered with: 503 where nothing was done for certain, 500 where it is open.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use nix::sys::signal::Signal;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio_postgres::Client;
use wallet_engine::config::DatabaseLimits;

use super::{AWAY, Bank, FAILED, processes, signal, within};
use crate::postgres;

/// Takes the name of a registration in a transaction that stays open: the insertion waits for its end. A locked table would stop the
/// preparation of the statement as well, on a session that has not prepared it: then nothing is sent, which is answered with 503.
const TAKE_NAME: &str = "BEGIN; INSERT INTO users (username, email, password_hash, wallet_id)
    VALUES ('late', 'other@example.com', '', gen_random_uuid())";

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

/// Whether a statement waits for a lock.
const WAITS: &str =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Sends the registration until its statement waits; gives what that one is answered. A slow machine may take all
/// of its time for the password: then nothing was sent, and the answer says so.
async fn answer_after_waiting(requests: &Requests<'_>) -> Response {
    // The session with the name is in a transaction, and sees the others as they were at first.
    let client: Client = requests.bank.administrator().await;
    loop {
        let waits = Cell::new(false);
        let watch = async {
            while client.query(WAITS, &[]).await.unwrap().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            waits.set(true);
            std::future::pending::<()>().await;
        };
        let answer = Box::pin(requests.registration().send());
        let Either::Left((answer, _)) = select(answer, Box::pin(watch)).await else {
            unreachable!("the watch goes on");
        };
        let answer = answer.unwrap();
        if waits.get() {
            return answer;
        }
        assert_not_done(answer).await;
    }
}

#[actix_web::test]
async fn a_registration_that_waits_for_a_lock_is_open_when_its_time_is_over() {
    let slow = Duration::from_secs(60);
    let bank = Bank::open_with(tempfile::tempdir().unwrap(), |config| {
        config.database.limits.lock = slow;
        config.database.limits.statement = slow;
    })
    .await;
    let requests = Requests {
        bank: &bank,
        active: "",
        cold: "",
    };
    let administrator = bank.administrator().await;
    administrator.batch_execute(TAKE_NAME).await.unwrap();

    let answer = answer_after_waiting(&requests);
    let answer = within("the answer", answer).await;

    assert_eq!(answer.status(), 500);
    assert!(!answer.headers().contains_key("retry-after"));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({"detail": FAILED}));
    administrator.batch_execute("ROLLBACK").await.unwrap();
    // It is cancelled on the server, unless it was faster.
    let again = requests.registration().send().await.unwrap().status();
    assert!(again == 201 || again == 400, "{again}");
    bank.close().await;
}

#[actix_web::test]
async fn a_registration_that_the_database_ended_at_its_lock_did_not_happen() {
    let slow = Duration::from_secs(60);
    let bank = Bank::open_with(tempfile::tempdir().unwrap(), |config| {
        // Its own time is not what ends it.
        config.engine.wait = slow;
        config.database.limits = DatabaseLimits::of(slow);
        config.database.limits.lock = Duration::from_millis(200);
    })
    .await;
    let requests = Requests {
        bank: &bank,
        active: "",
        cold: "",
    };
    let administrator = bank.administrator().await;
    administrator.batch_execute(TAKE_NAME).await.unwrap();
    let began = Instant::now();
    let answer = within("the answer", requests.registration().send());
    assert_not_done(answer.await.unwrap()).await;
    assert!(began.elapsed() < slow, "its time was not over");
    administrator.batch_execute("ROLLBACK").await.unwrap();
    let again = requests.registration().send().await.unwrap().status();
    assert_eq!(again, 201, "the name is still free");
    bank.close().await;
}
