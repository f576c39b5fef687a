//! The API as a client uses it. Every request and its answer go into the history.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use wallet_engine::domain::{Balance, WalletId};
use wallet_engine::telemetry::chain;

use crate::history::{Answer, Request, is_unkeyed};
use crate::recorder::Recorder;
use crate::system::Addresses;

#[derive(Clone)]
pub struct Api {
    client: usize,
    http: reqwest::Client,
    addresses: Addresses,
    recorder: Arc<Recorder>,
}

impl Api {
    /// For the client of that number, with connections of its own.
    pub fn new(client: usize, addresses: Addresses, recorder: Arc<Recorder>) -> Self {
        Self {
            client,
            http: reqwest::Client::new(),
            addresses,
            recorder,
        }
    }

    /// Registers a user; gives their wallet.
    pub async fn register(&self, number: usize) -> WalletId {
        let body = json!({
            "username": format!("user{number}"),
            "email": format!("user{number}@example.com"),
            "password": "StrongPassword123",
        });
        let url = format!("http://{}/api/register/", self.addresses.of(0));
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let location = answer.headers()["location"].to_str().unwrap();
        let wallet = location.trim_start_matches("/api/wallets/");
        WalletId::parse(wallet.trim_end_matches('/')).unwrap()
    }

    /// Asks one engine, and gives up after `patience`.
    pub async fn call(
        &self,
        engine: usize,
        wallet: WalletId,
        request: Request,
        patience: Duration,
    ) -> Answer {
        let path = format!("http://{}/api/wallets/{wallet}/", self.addresses.of(engine));
        let asking = match &request {
            Request::Read => self.http.get(path),
            Request::Operation { key, operation } | Request::Misuse { key, operation } => {
                let body = json!({
                    "operationType": operation.kind.as_str(),
                    "amount": operation.amount.to_string(),
                });
                let mut post = self.http.post(format!("{path}operation/"));
                if !is_unkeyed(key) {
                    post = post.header("Idempotency-Key", key);
                }
                post.json(&body)
            }
        };
        let is_read = request == Request::Read;
        let number = self.recorder.sent(self.client, engine, wallet, request);
        let answer = match answered(asking.timeout(patience)).await {
            Ok((status, replayed, body)) if is_read => read_answer(status, replayed, &body),
            Ok((status, replayed, body)) => operation_answer(status, replayed, &body),
            Err(error) if error.is_connect() => Answer::NotSent,
            Err(error) => Answer::Unknown(chain(&error).to_string()),
        };
        self.recorder.answered(number, answer.clone());
        answer
    }
}

/// The status, whether the answer says that it is a repetition, and the body.
async fn answered(asking: RequestBuilder) -> reqwest::Result<(u16, bool, String)> {
    let answer: Response = asking.send().await?;
    let status = answer.status().as_u16();
    let replayed = answer
        .headers()
        .get("Idempotency-Replayed")
        .is_some_and(|value| value == "true");
    Ok((status, replayed, answer.text().await?))
}

fn read_answer(status: u16, replayed: bool, body: &str) -> Answer {
    let read = (status, balance(body));
    match read {
        (200, Some(balance)) if !replayed => Answer::Balance(balance),
        (500, _) => Answer::Unknown("500".to_owned()),
        (503, _) => Answer::NotAccepted,
        _ => unexpected(status, body),
    }
}

fn operation_answer(status: u16, replayed: bool, body: &str) -> Answer {
    match status {
        200 => match balance(body) {
            Some(balance) => Answer::Applied { balance, replayed },
            None => unexpected(status, body),
        },
        400 if body == r#"{"status":"error","message":"Недостаточно средств"}"# => {
            Answer::Refused
        }
        422 => Answer::OtherOperation,
        500 => Answer::Unknown("500".to_owned()),
        503 => Answer::NotAccepted,
        _ => unexpected(status, body),
    }
}

/// The balance in the body, written as the contract writes it.
fn balance(body: &str) -> Option<Balance> {
    let body: Value = serde_json::from_str(body).ok()?;
    let text = body["balance"].as_str()?;
    let balance = Balance::from_decimal(text.parse::<Decimal>().ok()?)?;
    (balance.to_string() == text).then_some(balance)
}

fn unexpected(status: u16, body: &str) -> Answer {
    Answer::Unexpected(format!("{status} {body}"))
}
