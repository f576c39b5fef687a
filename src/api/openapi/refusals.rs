//! Refusals, as the table of `api/error.rs` answers them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::ResponseError;
use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use serde_json::Value;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{ContentBuilder, RefOr, Response, Schema};

use super::super::error::Error;
use super::super::idempotency::NotAKey;
use super::super::resource::Refusal;
use super::headers;
use super::schemas::{self, both};
use crate::compat::body::BodyError;
use crate::compat::charset::UnknownCharset;
use crate::compat::json;
use crate::compat::operation::{AmountFieldError, KindError, NotAnOperation};
use crate::domain::registration::FieldError;
use crate::domain::{AmountError, OperationRefused, RegistrationErrors};
use crate::engine::{Cause, EngineError, Queue};
use crate::messages::id;
use crate::web::body::ReceiveError;
use crate::web::error;

/// All of these, one after the other.
pub fn all<const N: usize>(refusals: [Vec<Refusal>; N]) -> Vec<Refusal> {
    refusals.into_iter().flatten().collect()
}

/// Of a registration.
pub fn registering() -> Vec<Refusal> {
    all([
        of_a_registration(),
        of_a_key(),
        of_a_body(),
        of_the_engine(),
        of_the_client_limits(),
    ])
}

/// Of a request for a wallet, or for anything of it.
pub fn reading_a_wallet() -> Vec<Refusal> {
    all([of_a_wallet(), of_the_engine(), of_the_client_limits()])
}

/// Of a deposit or a withdrawal.
pub fn operating() -> Vec<Refusal> {
    all([
        of_an_operation(),
        of_a_key(),
        of_a_wallet(),
        of_a_body(),
        of_the_engine(),
        of_the_client_limits(),
    ])
}

/// Of a request that asks nothing of the engine.
pub fn of_the_service() -> Vec<Refusal> {
    all([of_a_connection(), of_the_client_limits()])
}

/// Of any request at all.
pub fn of_a_connection() -> Vec<Refusal> {
    vec![(
        "too many connections",
        Error::Web(error::Refusal::TooManyConnections),
    )]
}

/// Of any request at all but those about health.
fn of_the_client_limits() -> Vec<Refusal> {
    let wait = Duration::from_millis(1);
    vec![
        ("another host", Error::Web(error::Refusal::UnknownHost)),
        ("too often", Error::Web(error::Refusal::TooOften { wait })),
    ]
}

/// Of any request that asks the engine.
fn of_the_engine() -> Vec<Refusal> {
    let cause: Cause = Arc::new(std::io::Error::other("never shown"));
    let away = Arc::clone(&cause);
    vec![
        ("failed", Error::Engine(EngineError::Unavailable(cause))),
        ("unavailable", Error::Engine(EngineError::NotDone(away))),
        (
            "overloaded",
            Error::Engine(EngineError::Overloaded(Queue::Engine)),
        ),
        ("stopping", Error::Engine(EngineError::Stopping)),
    ]
}

/// Of any request to a wallet.
fn of_a_wallet() -> Vec<Refusal> {
    vec![
        ("no such wallet", Error::Engine(EngineError::WalletNotFound)),
        ("no wallet's address", Error::NoSuchPath),
    ]
}

/// Of any request with a body.
fn of_a_body() -> Vec<Refusal> {
    let mut refusals = vec![
        (
            "not a dictionary",
            Error::Body(BodyError::NotADictionary("list")),
        ),
        (
            "too slow",
            Error::Web(error::Refusal::Receive(ReceiveError::TooSlow {
                wait_s: 30,
            })),
        ),
        (
            "too large",
            Error::Web(error::Refusal::Receive(ReceiveError::TooLarge)),
        ),
        (
            "another type",
            Error::Body(BodyError::MediaType("text/plain".to_owned())),
        ),
        (
            "an unknown charset",
            Error::Body(BodyError::Charset(UnknownCharset("klingon".to_owned()))),
        ),
    ];
    if let Err(error) = json::members("{", &[]) {
        refusals.push(("not JSON", Error::Body(BodyError::Json(error))));
    }
    refusals
}

fn of_a_registration() -> Vec<Refusal> {
    let refused = |username, email, password| {
        let list = |error: Option<FieldError>| error.into_iter().collect();
        Error::Engine(EngineError::Registration(RegistrationErrors {
            username: list(username),
            email: list(email),
            password: list(password),
        }))
    };
    let required = Some(FieldError::Required);
    vec![
        (
            "taken and malformed",
            refused(
                Some(FieldError::UsernameTaken),
                Some(FieldError::NotAnEmail),
                None,
            ),
        ),
        ("missing fields", refused(required, required, required)),
    ]
}

fn of_an_operation() -> Vec<Refusal> {
    let refused = |why| Error::Engine(EngineError::Refused(why));
    let fields = NotAnOperation::Fields {
        kind: Some(KindError::NotAChoice("INVALID_OPERATION_TYPE".to_owned())),
        amount: Some(AmountFieldError::Value(AmountError::NotANumber)),
    };
    let zero = NotAnOperation::Fields {
        kind: None,
        amount: Some(AmountFieldError::Value(AmountError::NotPositive)),
    };
    vec![
        ("wrong fields", Error::Operation(fields)),
        ("not above zero", Error::Operation(zero)),
        (
            "unknown type",
            Error::Operation(NotAnOperation::UnknownKind),
        ),
        (
            "insufficient funds",
            refused(OperationRefused::InsufficientFunds),
        ),
        ("balance limit", refused(OperationRefused::BalanceLimit)),
    ]
}

/// Of any request that may have a key.
fn of_a_key() -> Vec<Refusal> {
    vec![
        ("malformed key", Error::IdempotencyKey(NotAKey::Malformed)),
        ("several keys", Error::IdempotencyKey(NotAKey::Several)),
        (
            "key of another request",
            Error::Engine(EngineError::KeyReused),
        ),
    ]
}

/// The responses that these refusals come to, by status; complaints about fields have the schema that is named.
pub fn responses(refusals: &[Refusal], fields: &str) -> BTreeMap<u16, Response> {
    let mut by_status: BTreeMap<StatusCode, Vec<Answer>> = BTreeMap::new();
    for (name, error) in refusals {
        let answer = Answer::to(name, error, fields);
        by_status
            .entry(error.status_code())
            .or_default()
            .push(answer);
    }
    by_status
        .into_iter()
        .map(|(status, answers)| (status.as_u16(), response(status, answers)))
        .collect()
}

/// A refusal's answer.
struct Answer {
    name: String,
    body: Value,
    schema: String,
    retry: bool,
}

impl Answer {
    fn to(name: &str, error: &Error, fields: &str) -> Self {
        let response = error.error_response();
        let retry = response.headers().contains_key(RETRY_AFTER);
        let bytes = response.into_body().try_into_bytes().unwrap_or_default();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let schema = if body.get("detail").is_some() {
            "Detail"
        } else if body.get("message").is_some() {
            "Failure"
        } else {
            fields
        };
        Self {
            name: name.to_owned(),
            body,
            schema: schema.to_owned(),
            retry,
        }
    }
}

fn response(status: StatusCode, answers: Vec<Answer>) -> Response {
    let mut names: Vec<_> = answers.iter().map(|answer| answer.schema.clone()).collect();
    names.sort();
    names.dedup();
    let schema: RefOr<Schema> = match names.as_slice() {
        [name] => schemas::named(name),
        names => names
            .iter()
            .fold(AnyOfBuilder::new(), |any, name| {
                any.item(schemas::named(name))
            })
            .into(),
    };
    let retry = answers.iter().any(|answer| answer.retry);
    let examples = answers
        .into_iter()
        .map(|Answer { name, body, .. }| (name, ExampleBuilder::new().value(Some(body)).build()));
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .examples_from_iter(examples);
    let response = ResponseBuilder::new()
        .description(description(status))
        .content("application/json", content.build())
        .header_ref(headers::REQUEST_ID, headers::named(headers::REQUEST_ID));
    let response = if retry {
        response.header_ref(headers::RETRY_AFTER, headers::named(headers::RETRY_AFTER))
    } else {
        response
    };
    response.build()
}

fn description(status: StatusCode) -> String {
    let description = match status.as_u16() {
        400 => id!("openapi-status-400"),
        404 => id!("openapi-status-404"),
        408 => id!("openapi-status-408"),
        413 => id!("openapi-status-413"),
        415 => id!("openapi-status-415"),
        422 => id!("openapi-status-422"),
        429 => id!("openapi-status-429"),
        503 => id!("openapi-status-503"),
        _ => id!("openapi-status-500"),
    };
    both(description)
}
