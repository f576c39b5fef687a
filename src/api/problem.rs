//! The table of the endpoints beyond the recorded ones: why a request was refused -> status, code and text, as a problem of
//! RFC 9457.
//!
//! `code` is what a program goes by, and never changes; `title` and `detail` are for people, in the language that
//! `Accept-Language` prefers, otherwise in English.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, ALLOW, HeaderMap};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use utoipa::ToSchema;

use super::error::Error;
use super::faults::{Fault, FaultTexts, Faults};
use super::idempotency::{IDEMPOTENCY_KEY, InvalidIdempotencyKey};
use crate::domain::OperationRefused;
use crate::engine::{EngineError, LinkedError};
use crate::messages::{Id, Lang, id};
use crate::web::error as web;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error of an endpoint beyond the recorded ones.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Problem {
    #[source]
    error: Error,
    lang: Lang,
}

/// What a problem's code is: a status, a name and a text.
#[derive(Clone, Copy, Debug)]
struct Code(StatusCode, &'static str, Id);

/// The body of a problem.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body<'p> {
    /// `about:blank`: the code says what it is.
    r#type: &'static str,
    title: &'static str,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    detail: Cow<'p, str>,
    code: &'static str,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Vec<String>>>)]
    errors: Option<Errors>,
    /// Of a batch: the operation that was refused, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// Of a batch: the code of its refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
}

#[derive(Debug)]
struct Errors(FaultTexts);

/// What a part of a request is refused with: a member of a batch.
#[derive(Serialize)]
pub struct Part<'p> {
    status: u16,
    code: &'static str,
    detail: Cow<'p, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Errors>,
}

impl<'p> Part<'p> {
    pub fn of(error: &'p Error, lang: Lang) -> Self {
        let Body {
            status,
            code,
            detail,
            errors,
            ..
        } = body(error, lang);
        Self {
            status,
            code,
            detail,
            errors,
        }
    }
}

impl Serialize for Errors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, texts) in &self.0 {
            map.serialize_entry(name, texts)?;
        }
        map.end()
    }
}

const INVALID_REQUEST: Code = Code(
    StatusCode::BAD_REQUEST,
    "invalid_request",
    id!("invalid-request"),
);
const WALLET_NOT_FOUND: Code = Code(
    StatusCode::NOT_FOUND,
    "wallet_not_found",
    id!("wallet-not-found"),
);
const KEY_REUSED: Code = Code(
    StatusCode::UNPROCESSABLE_ENTITY,
    "key_reused",
    id!("key-reused"),
);
const SAME_WALLET: Code = Code(StatusCode::CONFLICT, "same_wallet", id!("same-wallet"));
const BATCH_REFUSED: Code = Code(StatusCode::CONFLICT, "batch_refused", id!("batch-refused"));
const UNAVAILABLE: Code = Code(
    StatusCode::INTERNAL_SERVER_ERROR,
    "unavailable",
    id!("outcome-open"),
);

const fn overloaded(text: Id) -> Code {
    Code(StatusCode::SERVICE_UNAVAILABLE, "overloaded", text)
}

impl Problem {
    /// The error as a problem for the client that sent these headers.
    pub fn new(error: Error, headers: &HeaderMap) -> Self {
        Self {
            error,
            lang: preferred(headers),
        }
    }

    pub fn body(&self) -> Body<'_> {
        body(&self.error, self.lang)
    }
}

/// The language of the texts for a client that sent these headers.
pub fn preferred(headers: &HeaderMap) -> Lang {
    let header = headers.get(ACCEPT_LANGUAGE);
    let header = header.and_then(|value| value.to_str().ok());
    header.and_then(Lang::preferred).unwrap_or(Lang::En)
}

fn body(error: &Error, lang: Lang) -> Body<'_> {
    let Code(status, code, text) = code(error);
    let batch = match error {
        Error::Batch { index, error } => Some((*index, code_of_linked(error).1)),
        Error::SameWalletIn { index } => Some((*index, SAME_WALLET.1)),
        _ => None,
    };
    Body {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or_default(),
        status: status.as_u16(),
        detail: detail(error, lang, text),
        code,
        errors: faults(error).map(|faults| Errors(faults.texts(lang))),
        index: batch.map(|(index, _)| index),
        cause: batch.map(|(_, cause)| cause),
    }
}

fn detail(error: &Error, lang: Lang, text: Id) -> Cow<'_, str> {
    match error {
        Error::Web(web::Refusal::Receive(error)) => error.to_string().into(),
        _ => lang.text(text).into(),
    }
}

fn faults(error: &Error) -> Option<Faults> {
    match error {
        Error::Fields(faults) => Some(faults.clone()),
        Error::IdempotencyKey(error) => Some(Faults::one(
            IDEMPOTENCY_KEY.as_str().to_owned(),
            match error {
                InvalidIdempotencyKey::Malformed => Fault::NotAKey,
                InvalidIdempotencyKey::Repeated => Fault::KeyRepeated,
            },
        )),
        _ => None,
    }
}

fn code(error: &Error) -> Code {
    match error {
        Error::NoSuchPath => Code(StatusCode::NOT_FOUND, "not_found", id!("not-found")),
        Error::Method { .. } => Code(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            id!("method-not-allowed"),
        ),
        Error::Fields(faults) if faults.names_a_wallet() => WALLET_NOT_FOUND,
        Error::Fields(_) | Error::IdempotencyKey(_) | Error::Operation(_) | Error::Query(_) => {
            INVALID_REQUEST
        }
        Error::Json(_) | Error::Body(_) => Code(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            id!("invalid-body"),
        ),
        Error::NotJson => Code(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            id!("unsupported-media-type"),
        ),
        Error::Engine(error) => code_of_engine(error),
        Error::Linked(error) => code_of_linked(error),
        Error::SameWallet => SAME_WALLET,
        Error::Batch { .. } | Error::SameWalletIn { .. } => BATCH_REFUSED,
        Error::Web(refusal) => code_of_web(refusal),
    }
}

/// What one operation of a batch is answered with.
fn code_of_linked(error: &LinkedError) -> Code {
    match error {
        LinkedError::WalletNotFound(_) => WALLET_NOT_FOUND,
        LinkedError::Refused(refused) => code_of_refusal(refused.reason),
        LinkedError::KeyReused(_) => KEY_REUSED,
        LinkedError::Engine(error) => code_of_engine(error),
    }
}

fn code_of_engine(error: &EngineError) -> Code {
    match error {
        EngineError::WalletNotFound => WALLET_NOT_FOUND,
        EngineError::OperationNotFound => Code(
            StatusCode::NOT_FOUND,
            "operation_not_found",
            id!("operation-not-found"),
        ),
        EngineError::Refused(reason) => code_of_refusal(*reason),
        EngineError::KeyReused => KEY_REUSED,
        EngineError::Registration(_) => INVALID_REQUEST,
        EngineError::Overloaded(_) => overloaded(id!("overloaded")),
        EngineError::Stopping => overloaded(id!("stopping")),
        EngineError::NotDone(_) => overloaded(id!("unavailable")),
        EngineError::Unavailable(_) => UNAVAILABLE,
    }
}

fn code_of_refusal(reason: OperationRefused) -> Code {
    match reason {
        OperationRefused::InsufficientFunds => Code(
            StatusCode::CONFLICT,
            "insufficient_funds",
            id!("insufficient-funds"),
        ),
        OperationRefused::BalanceLimit => {
            Code(StatusCode::CONFLICT, "balance_limit", id!("balance-limit"))
        }
    }
}

fn code_of_web(refusal: &web::Refusal) -> Code {
    match web::Answer::status(refusal) {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Code(StatusCode::PAYLOAD_TOO_LARGE, "too_large", id!("too-large"))
        }
        StatusCode::TOO_MANY_REQUESTS => Code(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            id!("too-many-requests"),
        ),
        StatusCode::SERVICE_UNAVAILABLE => overloaded(id!("overloaded")),
        StatusCode::INTERNAL_SERVER_ERROR => UNAVAILABLE,
        status => Code(status, "invalid_request", id!("invalid-body")),
    }
}

impl web::Answer for Problem {
    fn status(&self) -> StatusCode {
        code(&self.error).0
    }

    fn is_failure(&self) -> bool {
        web::Answer::is_failure(&self.error)
    }

    fn ends_connection(&self) -> bool {
        web::Answer::ends_connection(&self.error)
    }

    fn retry_after_s(&self) -> Option<u64> {
        match &self.error {
            Error::Web(refusal) => web::Answer::retry_after_s(refusal),
            _ => web::retry_after_s(web::Answer::status(self)),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        web::Answer::status(self)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = web::answer(self);
        response.content_type(PROBLEM_JSON);
        if let Error::Method { allow, .. } = &self.error {
            response.insert_header((ALLOW, allow.as_str()));
        }
        response.body(serde_json::to_vec(&self.body()).unwrap_or_default())
    }
}
