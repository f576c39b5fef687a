//! Refusals, with their responses by the table of `api/error.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use actix_web::ResponseError;
use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::Value;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{ContentBuilder, Response};

use super::super::error::Error;
use super::super::idempotency::InvalidIdempotencyKey;
use super::super::members::Members;
use super::super::problem::{PROBLEM_JSON, Problem};
use super::super::resource::{Endpoint, Refusal, Refusals};
use super::access::of_access;
use super::headers;
use super::schemas::{self, both};
use crate::compat::body::BodyError;
use crate::compat::charset::UnknownCharset;
use crate::compat::json;
use crate::compat::operation::{AmountFieldError, InvalidOperation, KindError};
use crate::domain::linked::LinkedRefused;
use crate::domain::registration::FieldError;
use crate::domain::rules::Limit;
use crate::domain::{AmountError, Balance, OperationRefused, RegistrationErrors};
use crate::engine::{Cause, EngineError, LinkedError, Queue};
use crate::messages::id;
use crate::web::body::{BODY_MAX_BYTES, ReceiveError};
use crate::web::error as web;

/// Of a registration.
pub const REGISTERING: Refusals = &[
    of_a_registration,
    of_a_key,
    of_a_body,
    of_the_engine,
    of_the_client_limits,
];

/// Of a request for a wallet.
pub const READING_A_WALLET: Refusals = &[of_a_wallet, of_the_engine, of_the_client_limits];

/// Of a deposit or a withdrawal.
pub const OPERATING: Refusals = &[
    of_an_operation,
    of_a_key,
    of_a_wallet,
    of_a_body,
    of_the_engine,
    of_the_client_limits,
];

/// Of every request.
pub fn of_a_connection() -> Vec<Refusal> {
    let refusals = [("too many connections", web::Refusal::TooManyConnections)];
    each(Error::Web, refusals)
}

/// Of every request but the probes.
pub fn of_the_client_limits() -> Vec<Refusal> {
    let wait = Duration::from_millis(1);
    let refusals = [
        ("another host", web::Refusal::UnknownHost),
        ("too often", web::Refusal::RateLimited { wait }),
    ];
    each(Error::Web, refusals)
}

/// Of every request that calls the engine.
pub fn of_the_engine() -> Vec<Refusal> {
    let cause: Cause = Arc::new(std::io::Error::other("never shown"));
    let away = Arc::clone(&cause);
    let refusals = [
        ("failed", EngineError::Unavailable(cause)),
        ("unavailable", EngineError::NotDone(away)),
        ("overloaded", EngineError::Overloaded(Queue::Engine)),
        ("stopping", EngineError::Stopping),
    ];
    each(Error::Engine, refusals)
}

/// Of every request to a wallet.
pub fn of_a_wallet() -> Vec<Refusal> {
    vec![
        ("no such wallet", Error::Engine(EngineError::WalletNotFound)),
        ("no wallet's address", Error::NoSuchPath),
    ]
}

/// Of every request with a body.
pub fn of_a_body() -> Vec<Refusal> {
    let charset = UnknownCharset("klingon".to_owned());
    let mut unread = vec![
        ("not a dictionary", BodyError::InvalidData("list")),
        (
            "another type",
            BodyError::UnsupportedMediaType("text/plain".to_owned()),
        ),
        ("an unknown charset", BodyError::Charset(charset)),
    ];
    if let Err(error) = json::members("{", &[]) {
        unread.push(("not JSON", BodyError::Json(error)));
    }
    let unreceived = [
        ("too slow", ReceiveError::TooSlow { wait_s: 30 }),
        (
            "too large",
            ReceiveError::TooLarge {
                max_bytes: BODY_MAX_BYTES,
            },
        ),
    ];
    let received = |error| Error::Web(web::Refusal::Receive(error));
    let unread = each(Error::Body, unread).into_iter();
    unread.chain(each(received, unreceived)).collect()
}

/// Of any request whose body is JSON alone.
pub fn of_a_json_body() -> Vec<Refusal> {
    let mut refusals = vec![
        ("another type", Error::NotJson),
        (
            "too large",
            Error::Web(web::Refusal::Receive(ReceiveError::TooLarge {
                max_bytes: BODY_MAX_BYTES,
            })),
        ),
        (
            "too slow",
            Error::Web(web::Refusal::Receive(ReceiveError::TooSlow { wait_s: 30 })),
        ),
    ];
    if let Err(error) = Members::read([], b"[]") {
        refusals.push(("not an object", Error::Json(error)));
    }
    refusals
}

fn of_a_registration() -> Vec<Refusal> {
    let required = || vec![FieldError::Required];
    let malformed = RegistrationErrors {
        username: vec![FieldError::UsernameTaken],
        email: vec![FieldError::NotAnEmail],
        password: Vec::new(),
    };
    let missing = RegistrationErrors {
        username: required(),
        email: required(),
        password: required(),
    };
    let refusals = [
        ("taken and malformed", malformed),
        ("missing fields", missing),
    ];
    each(
        |errors| Error::Engine(EngineError::Registration(errors)),
        refusals,
    )
}

fn of_an_operation() -> Vec<Refusal> {
    let fields = |kind, error| InvalidOperation::Fields {
        kind,
        amount: Some(AmountFieldError::Value(error)),
    };
    let kind = KindError::InvalidChoice("INVALID_OPERATION_TYPE".to_owned());
    let wrong = [
        ("wrong fields", fields(Some(kind), AmountError::NotANumber)),
        ("not above zero", fields(None, AmountError::NotPositive)),
        ("unknown type", InvalidOperation::UnknownKind),
    ];
    let rejected = [
        ("insufficient funds", OperationRefused::InsufficientFunds),
        ("balance limit", OperationRefused::BalanceLimit),
        ("wallet frozen", OperationRefused::Frozen),
        ("wallet closed", OperationRefused::Closed),
        ("limit exceeded", exceeded(Limit::DailyOutMax)),
    ];
    let reject = |reason| Error::Engine(EngineError::Refused(reason));
    let wrong = each(Error::Operation, wrong).into_iter();
    wrong.chain(each(reject, rejected)).collect()
}

/// Of every request that moves or holds money, as problems.
pub fn of_the_rules() -> Vec<Refusal> {
    refused([
        ("insufficient funds", OperationRefused::InsufficientFunds),
        ("wallet frozen", OperationRefused::Frozen),
        ("wallet closed", OperationRefused::Closed),
        ("limit exceeded", exceeded(Limit::DailyOutMax)),
    ])
}

/// That the limit would be exceeded, of which some money is left.
pub fn exceeded(limit: Limit) -> OperationRefused {
    OperationRefused::LimitExceeded {
        limit,
        remaining: Balance::from_cents(2_500),
    }
}

/// Refusals of a wallet.
pub fn refused<const N: usize>(reasons: [(&'static str, OperationRefused); N]) -> Vec<Refusal> {
    let refuse = |reason| Error::Linked(LinkedError::Refused(LinkedRefused { step: 0, reason }));
    each(refuse, reasons)
}

/// Of every request that may have a key.
pub fn of_a_key() -> Vec<Refusal> {
    vec![
        (
            "malformed key",
            Error::IdempotencyKey(InvalidIdempotencyKey::Malformed),
        ),
        (
            "several keys",
            Error::IdempotencyKey(InvalidIdempotencyKey::Repeated),
        ),
        (
            "key of another request",
            Error::Engine(EngineError::KeyReused),
        ),
    ]
}

/// Refusals by the same variant of [`Error`].
fn each<E>(
    error: impl Fn(E) -> Error,
    reasons: impl IntoIterator<Item = (&'static str, E)>,
) -> Vec<Refusal> {
    let reasons = reasons.into_iter();
    reasons
        .map(|(name, reason)| (name, error(reason)))
        .collect()
}

/// The responses to what the endpoint refuses, by status.
pub fn responses(endpoint: &Endpoint, problems: bool) -> BTreeMap<String, Response> {
    let mut by_status: BTreeMap<StatusCode, Vec<Answer>> = BTreeMap::new();
    let fields = endpoint.fields.map_or("Detail", |(schema, _)| schema);
    let of_its_own = endpoint.refusals.iter().flat_map(|list| list());
    for (name, error) in of_its_own.chain(of_access(endpoint.permission)) {
        let answer = if problems {
            let problem = Problem::new(error, &HeaderMap::new());
            (problem.status_code(), Answer::to(name, &problem, "Problem"))
        } else {
            (error.status_code(), Answer::to(name, &error, fields))
        };
        by_status.entry(answer.0).or_default().push(answer.1);
    }
    by_status
        .into_iter()
        .map(|(status, answers)| (status.as_str().to_owned(), response(status, answers)))
        .collect()
}

/// A refusal's response.
struct Answer {
    name: &'static str,
    body: Value,
    schema: &'static str,
    media_type: &'static str,
    retry: bool,
    challenge: bool,
}

impl Answer {
    fn to(name: &'static str, error: &impl ResponseError, fields: &'static str) -> Self {
        let response = error.error_response();
        let retry = response.headers().contains_key(RETRY_AFTER);
        let challenge = response.headers().contains_key(WWW_AUTHENTICATE);
        let bytes = response.into_body().try_into_bytes().unwrap_or_default();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let schema = if body.get("code").is_some() {
            fields
        } else if body.get("detail").is_some() {
            "Detail"
        } else if body.get("message").is_some() {
            "Failure"
        } else {
            fields
        };
        Self {
            name,
            body,
            schema,
            media_type: if schema == "Problem" {
                PROBLEM_JSON
            } else {
                "application/json"
            },
            retry,
            challenge,
        }
    }
}

fn response(status: StatusCode, answers: Vec<Answer>) -> Response {
    let names: BTreeSet<_> = answers.iter().map(|answer| answer.schema).collect();
    let mut schemas: Vec<_> = names.into_iter().map(schemas::named).collect();
    let schema = match schemas.len() {
        1 => schemas.remove(0),
        _ => schemas
            .into_iter()
            .fold(AnyOfBuilder::new(), AnyOfBuilder::item)
            .into(),
    };
    let retry = answers.iter().any(|answer| answer.retry);
    let challenge = answers.iter().any(|answer| answer.challenge);
    let media_type = answers
        .first()
        .map_or("application/json", |answer| answer.media_type);
    let examples = answers
        .into_iter()
        .map(|Answer { name, body, .. }| (name, ExampleBuilder::new().value(Some(body)).build()));
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .examples_from_iter(examples);
    let response = ResponseBuilder::new()
        .description(description(status))
        .content(media_type, content.build())
        .header_ref(headers::REQUEST_ID, headers::named(headers::REQUEST_ID));
    let response = if retry {
        response.header_ref(headers::RETRY_AFTER, headers::named(headers::RETRY_AFTER))
    } else {
        response
    };
    let response = if challenge {
        response.header_ref(
            headers::WWW_AUTHENTICATE,
            headers::named(headers::WWW_AUTHENTICATE),
        )
    } else {
        response
    };
    response.build()
}

fn description(status: StatusCode) -> String {
    let description = match status.as_u16() {
        400 => id!("openapi-status-400"),
        401 => id!("openapi-status-401"),
        403 => id!("openapi-status-403"),
        404 => id!("openapi-status-404"),
        408 => id!("openapi-status-408"),
        409 => id!("openapi-status-409"),
        413 => id!("openapi-status-413"),
        415 => id!("openapi-status-415"),
        422 => id!("openapi-status-422"),
        429 => id!("openapi-status-429"),
        503 => id!("openapi-status-503"),
        _ => id!("openapi-status-500"),
    };
    both(description)
}
