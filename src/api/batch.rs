//! `POST /api/batch/`: up to a thousand operations of any wallets in one request, each by itself or all together.
//!
//! * Each by itself: they happen in stages. A wallet's operations happen in the order of the list; what comes after a
//!   transfer of a wallet, or is one after others of it, waits for their answers. A list without transfers is one stage, and
//!   one of transfers in which no wallet comes twice. All stages together have the time of one request.
//! * All together: one linked set, so all of it is one transaction, or nothing happens.
//!
//! Keys are the members', each of its wallet. A header would name the whole, which is no operation of any wallet.

pub(super) mod asked;
mod permitted;
mod results;
mod stages;

use actix_web::http::Method;
use serde_json::{Value, json};
use utoipa::OpenApi;

use self::asked::Asked;
use super::error::Error;
use super::faults::{Fault, Faults};
use super::idempotency::IDEMPOTENCY_KEY;
use super::members;
use super::openapi::refusals::{self, of_the_client_limits, of_the_engine};
use super::openapi::schemas::both;
use super::problem;
use super::resource::{Answer, Call, Endpoint, Handler, Permission, Refusal, Resource};
use crate::auth::{Scope, Scopes};
use crate::domain::linked::{
    InvalidLinkedSet, LINKED_WALLETS_MAX, LinkedRefused, LinkedSet, Step, StepReceipt,
};
use crate::domain::{OperationRefused, WalletId};
use crate::engine::{Engine, LinkedError};
use crate::messages::id;

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
        permission: Permission::AnyOf(Scopes::of(&[Scope::OperationsWrite, Scope::TransfersWrite])),
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
    components(schemas(asked::Batch, asked::Operation, results::Results))
)]
struct Described;

#[utoipa::path(
    post,
    path = BATCH.template,
    tag = "wallets",
    operation_id = "createBatch",
    description = both(id!("openapi-batch")),
    request_body(content = asked::Batch, example = asked_example),
    responses((
        status = 200,
        description = both(id!("openapi-batch-done")),
        body = results::Results,
        example = results::example,
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
    let Asked { atomic, operations } = asked::parse(&body)?;
    drop(body);
    let operations = operations
        .into_iter()
        .map(|operation| permitted::permitted(operation, &call.caller))
        .collect();
    if atomic {
        let receipts = together(call.engine, operations).await?;
        return Ok(results::written(receipts.into_iter().map(Ok), lang));
    }
    let outcomes = stages::run(call.engine, operations).await;
    Ok(results::written(outcomes, lang))
}

/// All of it, or nothing.
async fn together(
    engine: &Engine,
    operations: Vec<Result<Step, Error>>,
) -> Result<Vec<StepReceipt>, Error> {
    let mut faults = Faults::default();
    let mut refused = None;
    let mut steps = Vec::with_capacity(operations.len());
    for (index, operation) in operations.into_iter().enumerate() {
        match operation {
            Ok(step) => steps.push(step),
            Err(Error::Fields(of_it)) => faults.append(&format!("operations[{index}]."), of_it),
            Err(error) => {
                refused.get_or_insert(Error::Batch {
                    index,
                    error: Box::new(error),
                });
            }
        }
    }
    if !faults.is_empty() {
        return Err(Error::Fields(faults));
    }
    if let Some(error) = refused {
        return Err(error);
    }
    let places: Vec<_> = steps.iter().map(stages::wallets_of).collect();
    let set = LinkedSet::new(steps).map_err(|error| match error {
        InvalidLinkedSet::SameWallet(index) => Error::Batch {
            index,
            error: Box::new(Error::Linked(LinkedError::SameWallet)),
        },
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
            LinkedError::SameWallet | LinkedError::Engine(_) => return Error::Linked(error),
        };
        Error::Batch {
            index,
            error: Box::new(Error::Linked(error)),
        }
    })
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

/// Of a batch.
fn of_a_batch() -> Vec<Refusal> {
    let error = Box::new(Error::Linked(LinkedError::Refused(LinkedRefused {
        step: 1,
        reason: OperationRefused::InsufficientFunds,
    })));
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
