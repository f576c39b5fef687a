//! The answer to a batch: what became of each operation, one for one.

use std::fmt::Display;

use actix_web::HttpResponse;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::error::Error;
use super::super::openapi::schemas::{self, both};
use super::super::openapi::{linked, problems};
use super::super::problem::{self, Errors};
use super::super::response;
use super::stages::Outcome;
use crate::domain::Balance;
use crate::domain::linked::StepReceipt;
use crate::messages::{Lang, id};

/// The room that a result takes, or less.
const RESULT_BYTES: usize = 128;

// For the description alone: `written` writes the results as they come.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BatchResults, description = both(id!("openapi-batch-done")))]
#[expect(dead_code, reason = "it is described, and written result by result")]
pub struct Results {
    #[schema(min_items = 1, max_items = 1000)]
    results: Vec<BatchResult>,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(description = both(id!("openapi-batch-result")))]
enum BatchResult {
    Done(Done),
    Refused(Refused),
}

/// An operation that happened.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BatchReceipt, description = both(id!("openapi-batch-receipt")))]
struct Done {
    #[schema(schema_with = linked::created)]
    status: u16,
    #[schema(schema_with = linked::row)]
    id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = linked::transfer)]
    transfer: Option<Text<Uuid>>,
    #[schema(schema_with = schemas::balance_after)]
    balance: Text<Balance>,
    #[schema(schema_with = linked::replayed)]
    replayed: bool,
}

/// An operation that did not happen, or whose outcome is unknown.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BatchRefusal, description = both(id!("openapi-batch-refusal")))]
struct Refused {
    #[schema(schema_with = problems::status)]
    status: u16,
    #[schema(schema_with = problems::code)]
    code: &'static str,
    #[schema(schema_with = problems::detail)]
    detail: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = problems::errors)]
    errors: Option<Errors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = problems::limit)]
    limit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = problems::remaining)]
    remaining: Option<String>,
}

/// The response, written result by result.
pub fn written(outcomes: impl IntoIterator<Item = Outcome>, lang: Lang) -> HttpResponse {
    let outcomes = outcomes.into_iter();
    let mut json = Vec::with_capacity(RESULT_BYTES * outcomes.size_hint().0);
    json.extend_from_slice(br#"{"results":["#);
    for (place, outcome) in outcomes.enumerate() {
        if place > 0 {
            json.push(b',');
        }
        let result = match outcome {
            Ok(receipt) => BatchResult::Done(receipt.into()),
            Err(error) => BatchResult::Refused(Refused::of(&error, lang)),
        };
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(&mut json, &result);
    }
    json.extend_from_slice(b"]}");
    response::ok(json)
}

impl From<StepReceipt> for Done {
    fn from(receipt: StepReceipt) -> Self {
        Self {
            status: 201,
            id: receipt.seq,
            transfer: receipt.transfer.map(|transfer| Text(transfer.0)),
            balance: Text(receipt.balance),
            replayed: receipt.replayed,
        }
    }
}

impl Refused {
    fn of(error: &Error, lang: Lang) -> Self {
        let problem = problem::Body::of(error, lang);
        Self {
            status: problem.status,
            code: problem.code,
            detail: problem.detail,
            errors: problem.errors,
            limit: problem.limit,
            remaining: problem.remaining,
        }
    }
}

/// A value whose text is written without a copy.
struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// For the description.
pub fn example() -> Value {
    json!({
        "results": [
            {"status": 201, "id": 7, "balance": "1.00", "replayed": false},
            {"status": 409, "code": "insufficient_funds", "detail": "Insufficient funds"},
        ],
    })
}
