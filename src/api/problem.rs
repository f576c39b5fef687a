//! Errors of the endpoints beyond the recorded ones, as problems of RFC 9457. [`codes`] is their table.
//!
//! `code` is what a program goes by; `title` and `detail` are for people, `detail` in the language that `Accept-Language`
//! prefers, otherwise in English.

mod codes;
#[cfg(test)]
mod tests;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, ALLOW, HeaderMap};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde::ser::Serializer;

use super::error::{Error, challenge};
use super::faults::{Fault, FaultTexts, Faults};
use super::hold_body::HoldBody;
use super::idempotency::IDEMPOTENCY_KEY;
use crate::domain::OperationRefused;
use crate::messages::Lang;
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

/// The body of a problem.
#[derive(Serialize)]
pub struct Body {
    /// `about:blank`: the code says what it is.
    r#type: &'static str,
    title: &'static str,
    pub status: u16,
    pub detail: &'static str,
    pub code: &'static str,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Errors>,
    /// The limit of the wallet that would be exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<&'static str>,
    /// How much would not exceed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<String>,
    /// The hold that is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<HoldBody>,
    /// Of an atomic batch: the operation that was refused, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    /// Of an atomic batch: the code of its refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
}

/// Texts by field.
pub struct Errors(FaultTexts);

impl Serialize for Errors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, texts)| (name, texts)))
    }
}

impl Problem {
    /// The error as a problem for the client that sent these headers.
    pub fn new(error: Error, headers: &HeaderMap) -> Self {
        Self {
            error,
            lang: preferred(headers),
        }
    }
}

/// The language of the texts for a client that sent these headers.
pub fn preferred(headers: &HeaderMap) -> Lang {
    let header = headers.get(ACCEPT_LANGUAGE);
    let header = header.and_then(|value| value.to_str().ok());
    header.and_then(Lang::preferred).unwrap_or(Lang::En)
}

impl Body {
    /// The error in the language.
    pub fn of(error: &Error, lang: Lang) -> Self {
        let code = codes::of(error);
        let (index, cause) = match error {
            Error::Batch { index, error } => (Some(*index), Some(codes::of(error).name)),
            _ => (None, None),
        };
        let (limit, remaining) = match error.refusal() {
            Some(OperationRefused::LimitExceeded { limit, remaining }) => {
                (Some(limit.as_str()), remaining.map(|it| it.to_string()))
            }
            _ => (None, None),
        };
        let hold = match error {
            Error::HoldClosed(hold) => Some(HoldBody::from(&**hold)),
            _ => None,
        };
        Self {
            r#type: "about:blank",
            title: code.status.canonical_reason().unwrap_or_default(),
            status: code.status.as_u16(),
            detail: lang.text(code.text),
            code: code.name,
            errors: field_errors(error, lang).map(Errors),
            limit,
            remaining,
            hold,
            index,
            cause,
        }
    }
}

fn field_errors(error: &Error, lang: Lang) -> Option<FaultTexts> {
    match error {
        Error::Fields(faults) => Some(faults.texts(lang)),
        Error::IdempotencyKey(error) => {
            Some(Faults::one(IDEMPOTENCY_KEY.as_str().to_owned(), Fault::Key(*error)).texts(lang))
        }
        error if error.refusal() == Some(OperationRefused::ExpiryOutOfRange) => {
            Some(Faults::one("expires_at", Fault::NotAhead).texts(lang))
        }
        _ => None,
    }
}

impl web::Answer for Problem {
    fn status(&self) -> StatusCode {
        codes::of(&self.error).status
    }

    fn is_failure(&self) -> bool {
        web::Answer::is_failure(&self.error)
    }

    fn ends_connection(&self) -> bool {
        web::Answer::ends_connection(&self.error)
    }

    fn retry_after_s(&self) -> Option<u64> {
        match &self.error {
            error @ (Error::Web(_) | Error::TooManyAttempts(_)) => {
                web::Answer::retry_after_s(error)
            }
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
        challenge(&self.error, &mut response);
        let body = Body::of(&self.error, self.lang);
        response.body(serde_json::to_vec(&body).unwrap_or_default())
    }
}
