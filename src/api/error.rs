//! The table that maps an error to status and body. Nothing else in the program chooses either.
//!
//! The texts are the recorded service's, to the byte, English and Russian as they are there: the Russian ones come from
//! `messages`, the others from `compat`. Every 500 has the same text; its cause is logged ([`crate::web::request_log`]). A 503
//! guarantees that nothing was done; if the outcome is unknown, the status is 500.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::faults::Faults;
use super::idempotency::InvalidIdempotencyKey;
use super::query_error::{CURSOR, InvalidQuery, TIME, limit_message};
use super::refused_access::{TooManyAttempts, Unauthenticated};
use super::response::JSON;
use super::webhook_refused::WebhookRefused;
use crate::auth::{InvalidHeader, Scopes};
use crate::compat::body::BodyError;
use crate::compat::field_messages::{amount_message, choice_message, field_message, kind_message};
use crate::compat::operation::InvalidOperation;
use crate::compat::sign_in::CredentialErrors;
use crate::domain::hold::Hold;
use crate::domain::registration::FieldError;
use crate::domain::{OperationRefused, RegistrationErrors};
use crate::engine::{EngineError, LinkedError};
use crate::messages::{Id, id, text};
use crate::web::error::{self as web_error, Answer as _, RECORDED, Refusal};

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no resource has this path")]
    NoSuchPath,
    #[error("method {given} is not allowed")]
    Method {
        given: Method,
        /// The value of `Allow`.
        allow: String,
    },
    #[error("invalid body")]
    Body(#[source] BodyError),
    #[error("invalid operation: {0:?}")]
    Operation(InvalidOperation),
    #[error("invalid query: {0:?}")]
    Query(InvalidQuery),
    #[error("invalid idempotency key")]
    IdempotencyKey(#[source] InvalidIdempotencyKey),
    #[error("invalid body")]
    Json(#[source] serde_json::Error),
    #[error("the body is not sent as JSON")]
    NotJson,
    #[error("invalid fields: {0:?}")]
    Fields(Faults),
    /// A hold that is no longer open, as it is now.
    #[error("hold {} is closed", .0.id)]
    HoldClosed(Box<Hold>),
    #[error(transparent)]
    Engine(EngineError),
    #[error(transparent)]
    Linked(LinkedError),
    /// An atomic batch of which nothing happened, by the operation that was refused, from 0.
    #[error("operation {index} of the batch was refused")]
    Batch {
        index: usize,
        #[source]
        error: Box<Error>,
    },
    #[error(transparent)]
    Webhook(WebhookRefused),
    #[error("invalid credentials: {0:?}")]
    Credentials(CredentialErrors),
    /// A wrong name or password, or a user who is not active: which of them is nobody's to know.
    #[error("nobody signed in")]
    NotSignedIn,
    #[error(transparent)]
    TooManyAttempts(TooManyAttempts),
    #[error("not authenticated")]
    Unauthenticated(#[source] Unauthenticated),
    /// None of the scopes that it takes; without any, only owners may.
    #[error("without a scope of {0}")]
    Forbidden(Scopes),
    /// Refused as the panel refuses as well.
    #[error(transparent)]
    Web(Refusal),
}

/// The bodies of errors.
enum Body<'e> {
    /// `{"detail": ...}`
    Detail(Cow<'e, str>),
    /// `{"status": "error", "message": ...}`
    Failure(&'static str),
    /// `{"field": ["error", ...], ...}`, without the fields that have no error.
    Fields(Vec<(&'static str, Vec<Cow<'e, str>>)>),
}

use Body::{Detail, Failure, Fields};

impl Error {
    fn answer(&self) -> (StatusCode, Body<'_>) {
        match self {
            Self::NoSuchPath => detail(StatusCode::NOT_FOUND, "Not found."),
            Self::Method { given, .. } => detail(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("Method \"{given}\" not allowed."),
            ),
            Self::Body(error) => body_answer(error),
            Self::Operation(error) => (StatusCode::BAD_REQUEST, operation_body(error)),
            Self::Query(error) => (StatusCode::BAD_REQUEST, query_body(error)),
            Self::IdempotencyKey(error) => detail(StatusCode::BAD_REQUEST, key_message(*error)),
            Self::Engine(error) | Self::Linked(LinkedError::Engine(error)) => engine_answer(error),
            Self::Credentials(errors) => (StatusCode::BAD_REQUEST, credentials_body(errors)),
            Self::NotSignedIn => (
                StatusCode::BAD_REQUEST,
                Fields(vec![("non_field_errors", vec![NOT_SIGNED_IN.into()])]),
            ),
            Self::TooManyAttempts(error) => {
                detail(StatusCode::TOO_MANY_REQUESTS, throttled(error.wait_s))
            }
            Self::Unauthenticated(error) => {
                detail(StatusCode::UNAUTHORIZED, access_message(*error))
            }
            Self::Forbidden(_) => detail(
                StatusCode::FORBIDDEN,
                "You do not have permission to perform this action.",
            ),
            // Only resources that answer with problems have these.
            Self::Json(_)
            | Self::NotJson
            | Self::Fields(_)
            | Self::HoldClosed(_)
            | Self::Linked(_)
            | Self::Webhook(_)
            | Self::Batch { .. } => detail(
                StatusCode::INTERNAL_SERVER_ERROR,
                text!(RECORDED, "internal-error"),
            ),
            Self::Web(refusal) => detail(refusal.status(), refusal.detail()),
        }
    }
}

impl Error {
    /// Why a wallet refuses, if that is the error.
    pub fn refusal(&self) -> Option<OperationRefused> {
        match self {
            Self::Engine(EngineError::Refused(reason))
            | Self::Linked(LinkedError::Engine(EngineError::Refused(reason))) => Some(*reason),
            Self::Linked(LinkedError::Refused(refused)) => Some(refused.reason),
            _ => None,
        }
    }
}

impl web_error::Answer for Error {
    fn status(&self) -> StatusCode {
        self.answer().0
    }

    fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Engine(EngineError::NotDone(_))
                | Self::Linked(LinkedError::Engine(EngineError::NotDone(_)))
        )
    }

    fn ends_connection(&self) -> bool {
        match self {
            Self::Web(refusal) => refusal.ends_connection(),
            Self::Engine(EngineError::Stopping)
            | Self::Linked(LinkedError::Engine(EngineError::Stopping)) => true,
            _ => false,
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Web(refusal) => refusal.retry_after_s(),
            Self::TooManyAttempts(error) => Some(error.wait_s),
            error => web_error::retry_after_s(error.status()),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.answer().0
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = web_error::answer(self);
        response.insert_header(JSON);
        if let Self::Method { allow, .. } = self {
            response.insert_header((header::ALLOW, allow.as_str()));
        }
        challenge(self, &mut response);
        response.body(serde_json::to_vec(&self.answer().1).unwrap_or_default())
    }
}

/// Tells how to authenticate (RFC 9110, section 11.6.1), and with which scope (RFC 6750, section 3).
pub fn challenge(error: &Error, response: &mut HttpResponseBuilder) {
    let bearer = match error {
        Error::Unauthenticated(Unauthenticated::Missing) => "Bearer".to_owned(),
        Error::Unauthenticated(_) => "Bearer error=\"invalid_token\"".to_owned(),
        Error::Forbidden(scopes) if scopes.is_empty() => return,
        Error::Forbidden(scopes) => {
            format!("Bearer error=\"insufficient_scope\", scope=\"{scopes}\"")
        }
        _ => return,
    };
    response.insert_header((header::WWW_AUTHENTICATE, bearer));
    response.append_header((header::WWW_AUTHENTICATE, "Token"));
}

fn detail<'e>(status: StatusCode, message: impl Into<Cow<'e, str>>) -> (StatusCode, Body<'e>) {
    (status, Detail(message.into()))
}

fn body_answer(error: &BodyError) -> (StatusCode, Body<'_>) {
    let status = match error {
        BodyError::UnsupportedMediaType(_) | BodyError::Charset(_) => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        _ => StatusCode::BAD_REQUEST,
    };
    let message = error.to_string().into();
    let body = match error {
        BodyError::NoData | BodyError::InvalidData(_) => {
            Fields(vec![("non_field_errors", vec![message])])
        }
        _ => Detail(message),
    };
    (status, body)
}

fn operation_body(error: &InvalidOperation) -> Body<'_> {
    match error {
        InvalidOperation::UnknownKind => Failure(text!(RECORDED, "unknown-kind")),
        InvalidOperation::Fields { kind, amount } => Fields(vec![
            ("operationType", kind.iter().map(kind_message).collect()),
            ("amount", amount.iter().map(amount_message).collect()),
        ]),
    }
}

fn query_body(error: &InvalidQuery) -> Body<'_> {
    let when = |wrong: bool, message: &'static str| Vec::from_iter(wrong.then_some(message.into()));
    let kind = error.kind.as_deref().map(choice_message);
    Fields(vec![
        ("limit", Vec::from_iter(error.limit.map(limit_message))),
        ("cursor", when(error.cursor, CURSOR)),
        ("kind", Vec::from_iter(kind)),
        ("from", when(error.from, TIME)),
        ("to", when(error.to, TIME)),
    ])
}

/// As Django REST Framework's `AuthTokenSerializer` (3.18) words it.
const NOT_SIGNED_IN: &str = "Unable to log in with provided credentials.";

fn credentials_body(errors: &CredentialErrors) -> Body<'_> {
    let message = |error: &'_ Option<FieldError>| error.iter().map(field_message).collect();
    Fields(vec![
        ("username", message(&errors.username)),
        ("password", message(&errors.password)),
    ])
}

/// As Django REST Framework's `Throttled` (3.18) words it.
fn throttled(wait_s: u64) -> String {
    let unit = if wait_s == 1 { "second" } else { "seconds" };
    format!("Request was throttled. Expected available in {wait_s} {unit}.")
}

/// As Django REST Framework's `TokenAuthentication` (3.18) words it.
fn access_message(error: Unauthenticated) -> &'static str {
    match error {
        Unauthenticated::Missing => "Authentication credentials were not provided.",
        Unauthenticated::Header(InvalidHeader::Empty) => {
            "Invalid token header. No credentials provided."
        }
        Unauthenticated::Header(InvalidHeader::Spaces | InvalidHeader::Repeated) => {
            "Invalid token header. Token string should not contain spaces."
        }
        Unauthenticated::Header(InvalidHeader::NotText) => {
            "Invalid token header. Token string should not contain invalid characters."
        }
        Unauthenticated::Header(InvalidHeader::Malformed(_)) | Unauthenticated::Invalid(_) => {
            "Invalid token."
        }
    }
}

fn key_message(error: InvalidIdempotencyKey) -> &'static str {
    match error {
        InvalidIdempotencyKey::Malformed => text!(RECORDED, "key-malformed"),
        InvalidIdempotencyKey::Repeated => text!(RECORDED, "key-repeated"),
    }
}

fn engine_answer(error: &EngineError) -> (StatusCode, Body<'_>) {
    use StatusCode as Status;
    let failure = |message| (Status::BAD_REQUEST, Failure(message));
    match error {
        EngineError::WalletNotFound => {
            detail(Status::NOT_FOUND, text!(RECORDED, "wallet-not-found"))
        }
        EngineError::OperationNotFound => {
            detail(Status::NOT_FOUND, text!(RECORDED, "operation-not-found"))
        }
        EngineError::HoldNotFound => detail(Status::NOT_FOUND, text!(RECORDED, "hold-not-found")),
        EngineError::NotReversible => detail(Status::CONFLICT, text!(RECORDED, "not-reversible")),
        EngineError::Refused(reason) => failure(RECORDED.text(refusal_text(*reason))),
        EngineError::KeyReused => {
            detail(Status::UNPROCESSABLE_ENTITY, text!(RECORDED, "key-reused"))
        }
        EngineError::Registration(errors) => (Status::BAD_REQUEST, registration_body(errors)),
        EngineError::Overloaded(_) => {
            detail(Status::SERVICE_UNAVAILABLE, text!(RECORDED, "overloaded"))
        }
        EngineError::Stopping => detail(Status::SERVICE_UNAVAILABLE, text!(RECORDED, "stopping")),
        EngineError::NotDone(_) => {
            detail(Status::SERVICE_UNAVAILABLE, text!(RECORDED, "unavailable"))
        }
        EngineError::UnverifiablePassword(_) | EngineError::Unavailable(_) => detail(
            Status::INTERNAL_SERVER_ERROR,
            text!(RECORDED, "internal-error"),
        ),
    }
}

/// The text of a refusal.
pub fn refusal_text(reason: OperationRefused) -> Id {
    match reason {
        OperationRefused::InsufficientFunds => id!("insufficient-funds"),
        OperationRefused::BalanceLimit => id!("balance-limit"),
        OperationRefused::Frozen => id!("wallet-frozen"),
        OperationRefused::Closed => id!("wallet-closed"),
        OperationRefused::LimitExceeded { .. } => id!("limit-exceeded"),
        OperationRefused::NoOpenHold => id!("hold-closed"),
        OperationRefused::ExceedsHold => id!("exceeds-hold"),
        OperationRefused::ExpiryOutOfRange => id!("invalid-request"),
        OperationRefused::AlreadyReversed => id!("already-reversed"),
        OperationRefused::ExceedsOriginal => id!("exceeds-original"),
        OperationRefused::OriginalOutdated => id!("unavailable"),
        OperationRefused::NotEmpty => id!("wallet-not-empty"),
    }
}

fn registration_body<'e>(errors: &RegistrationErrors) -> Body<'e> {
    let message = |errors: &[FieldError]| errors.iter().map(field_message).collect();
    Fields(vec![
        ("username", message(&errors.username)),
        ("email", message(&errors.email)),
        ("password", message(&errors.password)),
    ])
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Detail(message) => map.serialize_entry("detail", message)?,
            Failure(message) => {
                map.serialize_entry("status", "error")?;
                map.serialize_entry("message", message)?;
            }
            Fields(fields) => {
                for (name, errors) in fields {
                    if !errors.is_empty() {
                        map.serialize_entry(name, errors)?;
                    }
                }
            }
        }
        map.end()
    }
}
