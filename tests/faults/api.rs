//! The API as a client uses it. Every request and its answer go into the history.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use wallet_engine::domain::{Balance, Movement, WalletId};
use wallet_engine::telemetry::chain;

use crate::history::{Answer, Request, Step, is_unkeyed};
use crate::recorder::Recorder;
use crate::system::Addresses;
use crate::told::{Reason, Receipt, Told};

mod movements;

pub use movements::Past;

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

    /// Asks one engine, and gives up after `patience`. The wallet of linked steps is that of the first.
    pub async fn call(
        &self,
        engine: usize,
        wallet: WalletId,
        request: Request,
        patience: Duration,
    ) -> Answer {
        let path = self.path(engine, wallet);
        let asking = match &request {
            Request::Read => self.http.get(path),
            Request::Operation { key, movement } => self.movement(&path, key, movement),
            Request::Misuse { key, operation } => {
                self.movement(&path, key, &Movement::Operation(*operation))
            }
            Request::Linked(steps) => self.linked(engine, steps),
        };
        let read: fn(u16, bool, &str) -> Answer = match &request {
            Request::Read => read_answer,
            Request::Operation { movement, .. } => movements::reader(movement),
            Request::Misuse { .. } => operation_answer,
            Request::Linked(steps) if steps.len() > 1 => together_answer,
            Request::Linked(steps) if is_member(&steps[0]) => transfer_answer,
            Request::Linked(steps) => movements::reader_of_two(&steps[0].movement),
        };
        let number = self.recorder.sent(self.client, engine, wallet, request);
        let answer = match answered(asking.timeout(patience)).await {
            Ok((status, replayed, body)) => read(status, replayed, &body),
            Err(error) => not_answered(&error),
        };
        self.recorder.answered(number, answer.clone());
        answer
    }

    /// Asks one engine for all of it in one batch, each by itself: so many calls, of which one begins as the other.
    pub async fn call_each(
        &self,
        engine: usize,
        asked: Vec<(WalletId, Request)>,
        patience: Duration,
    ) -> Vec<Answer> {
        let operations: Vec<Value> = asked.iter().map(member).collect();
        let is_linked: Vec<bool> = asked
            .iter()
            .map(|(_, request)| matches!(request, Request::Linked(_)))
            .collect();
        let asking = self.batch(engine, false, &operations);
        let numbers: Vec<usize> = asked
            .into_iter()
            .map(|(wallet, request)| self.recorder.sent(self.client, engine, wallet, request))
            .collect();
        let answers = match answered(asking.timeout(patience)).await {
            Ok((status, _, body)) => each_answer(status, &body, &is_linked),
            Err(error) => vec![not_answered(&error); is_linked.len()],
        };
        for (number, answer) in numbers.into_iter().zip(&answers) {
            self.recorder.answered(number, answer.clone());
        }
        answers
    }

    fn linked(&self, engine: usize, steps: &[Step]) -> RequestBuilder {
        if let [step] = steps
            && step.movement.other().is_some()
        {
            let path = self.path(engine, step.wallet);
            return self.movement(&path, &step.key, &step.movement);
        }
        let operations: Vec<Value> = steps.iter().map(member_of_step).collect();
        self.batch(engine, true, &operations)
    }

    /// The address of a wallet.
    fn path(&self, engine: usize, wallet: WalletId) -> String {
        format!("http://{}/api/wallets/{wallet}/", self.addresses.of(engine))
    }

    fn batch(&self, engine: usize, atomic: bool, operations: &[Value]) -> RequestBuilder {
        let body = json!({"atomic": atomic, "operations": operations});
        let path = format!("http://{}/api/batch/", self.addresses.of(engine));
        self.http.post(path).json(&body)
    }
}

fn with_key(post: RequestBuilder, key: &str) -> RequestBuilder {
    if is_unkeyed(key) {
        post
    } else {
        post.header("Idempotency-Key", key)
    }
}

/// Whether a batch can ask for it.
fn is_member(step: &Step) -> bool {
    matches!(
        step.movement,
        Movement::Operation(_) | Movement::Transfer { .. }
    )
}

/// A member of a batch that asks for an operation, or for one step.
fn member((wallet, request): &(WalletId, Request)) -> Value {
    match request {
        Request::Operation { key, movement } => member_of_step(&Step {
            wallet: *wallet,
            key: key.clone(),
            movement: movement.clone(),
        }),
        Request::Linked(steps) if steps.len() == 1 => member_of_step(&steps[0]),
        other => unreachable!("no member of a batch: {other:?}"),
    }
}

fn member_of_step(step: &Step) -> Value {
    let mut member = json!({"wallet": step.wallet.to_string()});
    match step.movement {
        Movement::Operation(operation) => {
            member["kind"] = json!(operation.kind.as_str());
            member["amount"] = json!(operation.amount.to_string());
        }
        Movement::Transfer { to, amount } => {
            member["kind"] = json!("TRANSFER");
            member["to"] = json!(to.to_string());
            member["amount"] = json!(amount.to_string());
        }
        ref other => unreachable!("no client asks for it: {other:?}"),
    }
    if !is_unkeyed(&step.key) {
        member["key"] = json!(step.key);
    }
    member
}

fn not_answered(error: &reqwest::Error) -> Answer {
    if error.is_connect() {
        Answer::NotSent
    } else {
        Answer::Unknown(chain(error).to_string())
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
            Some(balance) => Answer::Applied {
                told: balance.into(),
                replayed,
            },
            None => unexpected(status, body),
        },
        400 => {
            let told: Value = serde_json::from_str(body).unwrap_or_default();
            let reason = told["message"].as_str().and_then(Reason::of_message);
            reason.map_or_else(|| unexpected(status, body), Answer::Refused)
        }
        422 => Answer::OtherOperation,
        500 => Answer::Unknown("500".to_owned()),
        503 => Answer::NotAccepted,
        _ => unexpected(status, body),
    }
}

fn transfer_answer(status: u16, replayed: bool, body: &str) -> Answer {
    let mut part: Value = serde_json::from_str(body).unwrap_or_default();
    part["status"] = json!(status);
    part["replayed"] = json!(replayed);
    part_answer(&part)
}

/// The answer to an atomic batch.
fn together_answer(status: u16, _: bool, body: &str) -> Answer {
    let read: Value = serde_json::from_str(body).unwrap_or_default();
    match (status, read["results"].as_array()) {
        (200, Some(results)) => {
            let receipts: Option<Vec<Receipt>> = results.iter().map(receipt).collect();
            receipts.map_or_else(|| unexpected(status, body), Answer::Together)
        }
        (409, None) if read["code"] == "batch_refused" => {
            let index = read["index"]
                .as_u64()
                .and_then(|index| index.try_into().ok());
            let reason = read["cause"].as_str().and_then(Reason::of_code);
            match (index, reason) {
                (Some(index), Some(reason)) => Answer::RefusedAt(index, reason),
                _ => unexpected(status, body),
            }
        }
        (500, _) => Answer::Unknown("500".to_owned()),
        (503, _) => Answer::NotAccepted,
        _ => unexpected(status, body),
    }
}

/// The answers to a batch of members that stand alone.
fn each_answer(status: u16, body: &str, is_linked: &[bool]) -> Vec<Answer> {
    let count = is_linked.len();
    let read: Value = serde_json::from_str(body).unwrap_or_default();
    match (status, read["results"].as_array()) {
        (200, Some(results)) if results.len() == count => results
            .iter()
            .zip(is_linked)
            .map(|(part, is_linked)| match part_answer(part) {
                answer if *is_linked => answer,
                Answer::Together(receipts) => Answer::Applied {
                    told: receipts[0].told,
                    replayed: receipts[0].replayed,
                },
                Answer::RefusedAt(_, reason) => Answer::Refused(reason),
                answer => answer,
            })
            .collect(),
        (500, _) => vec![Answer::Unknown("500".to_owned()); count],
        (503, _) => vec![Answer::NotAccepted; count],
        _ => vec![unexpected(status, body); count],
    }
}

/// What one member of a batch was answered, or a transfer.
fn part_answer(part: &Value) -> Answer {
    match (part["status"].as_u64(), part["code"].as_str()) {
        (Some(201), None) => receipt(part).map_or_else(
            || Answer::Unexpected(part.to_string()),
            |receipt| Answer::Together(vec![receipt]),
        ),
        (Some(409), Some(code)) => match Reason::of_code(code) {
            Some(reason) => Answer::RefusedAt(0, reason),
            None => Answer::Unexpected(part.to_string()),
        },
        (Some(422), Some("key_reused")) => Answer::OtherOperation,
        (Some(500), _) => Answer::Unknown("500".to_owned()),
        (Some(503), _) => Answer::NotAccepted,
        _ => Answer::Unexpected(part.to_string()),
    }
}

fn receipt(part: &Value) -> Option<Receipt> {
    let transfer = match &part["transfer"] {
        Value::Null => None,
        id => Some(id.as_str()?.parse().ok()?),
    };
    let is_success = part["status"] == 201;
    is_success.then_some(Receipt {
        told: Told {
            balance: Some(balance(&part.to_string())?),
            seq: Some(part["id"].as_i64()?),
            hold: None,
        },
        transfer,
        replayed: part["replayed"].as_bool()?,
    })
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
