//! `POST /api/batch/`: up to a thousand operations of any wallets in one request, each by itself or all together.
//!
//! * Each by itself: they happen in stages. Operations of one wallet, and transfers of one pair of wallets, happen in the
//!   order of the list; whatever else of a wallet comes after a transfer of it waits for the transfer's answer. A list
//!   without transfers, or with transfers alone, of which no wallet has two with different partners, is one stage.
//! * All together: one linked set, so all of it is one transaction, or nothing happens.
//!
//! Keys are the members', each of its wallet. A header would name the whole, which is no operation of any wallet.

mod asked;
mod stages;

use std::fmt::Write;

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde_json::{Value, json};
use utoipa::OpenApi;

use self::asked::{Asked, InvalidMember, Member};
use super::error::Error;
use super::faults::{Fault, Faults};
use super::idempotency::IDEMPOTENCY_KEY;
use super::members;
use super::openapi::refusals::{self, of_the_client_limits, of_the_engine};
use super::openapi::schemas::both;
use super::problem;
use super::resource::{Answer, Call, Endpoint, Handler, Refusal, Resource};
use super::response;
use crate::domain::linked::{
    InvalidLinkedSet, LINKED_WALLETS_MAX, LinkedRefused, LinkedSet, Step, StepReceipt,
};
use crate::domain::{OperationRefused, WalletId};
use crate::engine::{Engine, LinkedError};
use crate::messages::{Lang, id};

/// The longest body of a batch.
const BATCH_MAX_BYTES: usize = 1024 * 1024;

/// Many operations at once.
pub static BATCH: Resource = Resource {
    template: "/api/batch/",
    name: "Batch",
    description: "Many operations in one request.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Resource(|call| Box::pin(batch(call))),
        refusals: &[
            of_a_batch,
            refusals::of_a_json_body,
            of_the_engine,
            of_the_client_limits,
        ],
        fields: None,
    }],
    problems: true,
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(
    paths(batch),
    components(schemas(asked::Batch, asked::Operation, problem::Body))
)]
struct Described;

/// What became of a member: its receipt, or why it did not happen.
pub enum Outcome {
    Done(StepReceipt),
    Invalid(Faults),
    Failed(Error),
}

#[utoipa::path(
    post,
    path = BATCH.template,
    tag = "wallets",
    operation_id = "createBatch",
    summary = BATCH.name,
    description = both(id!("openapi-batch")),
    request_body(content = asked::Batch, example = asked_example),
    responses((
        status = 200,
        description = both(id!("openapi-batch-done")),
        content_type = "application/json",
        body = Object,
        example = results_example,
    )),
)]
async fn batch(call: Call<'_>) -> Answer {
    let headers = call.request.headers();
    if headers.contains_key(IDEMPOTENCY_KEY) {
        return Err(Error::Fields(Faults::one(
            IDEMPOTENCY_KEY.as_str().to_owned(),
            Fault::KeyOfBatch,
        )));
    }
    let lang = problem::preferred(headers);
    let body = members::receive(call.request, call.body, BATCH_MAX_BYTES).await?;
    let Asked { atomic, members } = asked::parse(&body)?;
    drop(body);
    if atomic {
        let receipts = together(call.engine, members).await?;
        return Ok(results(receipts.into_iter().map(Outcome::Done), lang));
    }
    let outcomes = stages::run(call.engine, members).await;
    Ok(results(outcomes, lang))
}

/// All of it, or nothing.
async fn together(
    engine: &Engine,
    members: Vec<Result<Member, InvalidMember>>,
) -> Result<Vec<StepReceipt>, Error> {
    let mut faults = Faults::default();
    let mut steps = Vec::with_capacity(members.len());
    for (index, member) in members.into_iter().enumerate() {
        match member {
            Ok(step) => steps.push(step),
            Err(InvalidMember(of_member)) => {
                faults.append(&format!("operations[{index}]."), of_member);
            }
        }
    }
    if !faults.is_empty() {
        return Err(Error::Fields(faults));
    }
    let places: Vec<_> = steps.iter().map(wallets_of).collect();
    let set = LinkedSet::new(steps).map_err(|error| match error {
        InvalidLinkedSet::SameWallet(index) => Error::SameWalletIn { index },
        InvalidLinkedSet::TooManyWallets => Error::Fields(Faults::one(
            "operations",
            Fault::TooManyWallets(LINKED_WALLETS_MAX),
        )),
        InvalidLinkedSet::Empty => Error::Fields(Faults::one("operations", Fault::Empty)),
    })?;
    let receipts = engine.apply_linked(set).await;
    receipts.map_err(|error| {
        let index = match &error {
            LinkedError::Refused(refused) => refused.step,
            LinkedError::KeyReused(step) => *step,
            LinkedError::WalletNotFound(id) => {
                let of_it = |wallets: &[Option<WalletId>; 2]| wallets.contains(&Some(*id));
                places.iter().position(of_it).unwrap_or_default()
            }
            LinkedError::Engine(_) => return Error::Linked(error),
        };
        Error::Batch { index, error }
    })
}

/// The wallet of a step, and that of its receiver.
pub fn wallets_of(step: &Step) -> [Option<WalletId>; 2] {
    [Some(step.wallet), step.movement.receiver()]
}

/// The answer, written as it goes.
fn results(outcomes: impl IntoIterator<Item = Outcome>, lang: Lang) -> HttpResponse {
    let mut json = String::from(r#"{"results":["#);
    for (place, outcome) in outcomes.into_iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        push(&mut json, outcome, lang);
    }
    json.push_str("]}");
    response::ok(json)
}

fn push(json: &mut String, outcome: Outcome, lang: Lang) {
    let error = match outcome {
        Outcome::Done(StepReceipt {
            seq,
            balance,
            transfer,
            replayed,
        }) => {
            // Writing to a string does not fail.
            let _ = write!(json, r#"{{"status":201,"id":{seq},"#);
            if let Some(transfer) = transfer {
                let _ = write!(json, r#""transfer":"{}","#, transfer.0);
            }
            let _ = write!(json, r#""balance":"{balance}","replayed":{replayed}}}"#);
            return;
        }
        Outcome::Invalid(faults) => Error::Fields(faults),
        Outcome::Failed(error) => error,
    };
    json.push_str(&serde_json::to_string(&problem::Part::of(&error, lang)).unwrap_or_default());
}

fn asked_example() -> Value {
    json!({
        "atomic": false,
        "operations": [
            {
                "wallet": "47c6a995-7685-412c-99fe-4259db91f18f",
                "kind": "DEPOSIT",
                "amount": "1.00",
                "key": "order-7",
            },
            {
                "wallet": "47c6a995-7685-412c-99fe-4259db91f18f",
                "kind": "TRANSFER",
                "to": "9b2f7f0e-3f58-4a75-9a0c-2d1c6a3f4b11",
                "amount": "2.00",
            },
        ],
    })
}

fn results_example() -> Value {
    json!({
        "results": [
            {"status": 201, "id": 7, "balance": "1.00", "replayed": false},
            {"status": 409, "code": "insufficient_funds", "detail": "Insufficient funds"},
        ],
    })
}

/// Of a batch.
fn of_a_batch() -> Vec<Refusal> {
    let error = LinkedError::Refused(LinkedRefused {
        step: 1,
        reason: OperationRefused::InsufficientFunds,
    });
    vec![
        (
            "no operations",
            Error::Fields(Faults::one("operations", Fault::Required)),
        ),
        (
            "a key for the whole",
            Error::Fields(Faults::one(
                IDEMPOTENCY_KEY.as_str().to_owned(),
                Fault::KeyOfBatch,
            )),
        ),
        ("refused", Error::Batch { index: 1, error }),
    ]
}
