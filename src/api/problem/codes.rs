//! The codes of problems: error -> status, code and text.

use actix_web::http::StatusCode;

use super::super::error::{Error, refusal_text};
use super::super::refused_access::Unauthenticated;
use super::super::webhook_refused::WebhookRefused;
use crate::domain::OperationRefused;
use crate::engine::{EngineError, LinkedError};
use crate::messages::{Id, id};
use crate::web::body::ReceiveError;
use crate::web::error::Refusal;

/// What a problem is, by its code.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    pub status: StatusCode,
    /// What a program goes by. It never changes.
    pub name: &'static str,
    /// What a person reads.
    pub text: Id,
}

const fn code(status: StatusCode, name: &'static str, text: Id) -> Code {
    Code { status, name, text }
}

const fn invalid(text: Id) -> Code {
    code(StatusCode::BAD_REQUEST, "invalid_request", text)
}

const fn conflict(name: &'static str, text: Id) -> Code {
    code(StatusCode::CONFLICT, name, text)
}

const fn overloaded(text: Id) -> Code {
    code(StatusCode::SERVICE_UNAVAILABLE, "overloaded", text)
}

const UNAVAILABLE: Code = code(
    StatusCode::INTERNAL_SERVER_ERROR,
    "unavailable",
    id!("outcome-open"),
);

/// The code of an error.
pub fn of(error: &Error) -> Code {
    match error {
        Error::NoSuchPath => code(StatusCode::NOT_FOUND, "not_found", id!("not-found")),
        Error::Method { .. } => code(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            id!("method-not-allowed"),
        ),
        Error::Fields(faults) if faults.names_a_wallet() => of_engine(&EngineError::WalletNotFound),
        Error::Fields(_) | Error::IdempotencyKey(_) | Error::Operation(_) | Error::Query(_) => {
            invalid(id!("invalid-request"))
        }
        Error::Json(_) | Error::Body(_) => invalid(id!("invalid-body")),
        Error::NotJson => code(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            id!("unsupported-media-type"),
        ),
        Error::HoldClosed(hold) if hold.has_expired => {
            conflict("hold_expired", id!("hold-expired"))
        }
        Error::HoldClosed(_) => conflict("hold_closed", id!("hold-closed")),
        Error::Credentials(_) | Error::NotSignedIn => invalid(id!("invalid-request")),
        Error::TooManyAttempts(_) => code(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            id!("too-many-attempts"),
        ),
        Error::Unauthenticated(Unauthenticated::Missing) => code(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            id!("credentials-missing"),
        ),
        Error::Unauthenticated(_) => code(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            id!("credentials-invalid"),
        ),
        Error::Forbidden(_) => code(StatusCode::FORBIDDEN, "forbidden", id!("forbidden")),
        Error::Batch { .. } => conflict("batch_refused", id!("batch-refused")),
        Error::Webhook(WebhookRefused::NotFound) => code(
            StatusCode::NOT_FOUND,
            "webhook_not_found",
            id!("webhook-not-found"),
        ),
        Error::Webhook(WebhookRefused::EventNotFound) => code(
            StatusCode::NOT_FOUND,
            "event_not_found",
            id!("event-not-found"),
        ),
        Error::Webhook(WebhookRefused::TooMany) => {
            conflict("too_many_webhooks", id!("too-many-webhooks"))
        }
        Error::Engine(error) => of_engine(error),
        Error::Linked(error) => of_linked(error),
        Error::Web(refusal) => of_web(refusal),
    }
}

fn of_linked(error: &LinkedError) -> Code {
    match error {
        LinkedError::WalletNotFound(_) => of_engine(&EngineError::WalletNotFound),
        LinkedError::SameWallet => conflict("same_wallet", id!("same-wallet")),
        LinkedError::Refused(refused) => of_refusal(refused.reason),
        LinkedError::KeyReused(_) => of_engine(&EngineError::KeyReused),
        LinkedError::Engine(error) => of_engine(error),
    }
}

fn of_engine(error: &EngineError) -> Code {
    match error {
        EngineError::WalletNotFound => code(
            StatusCode::NOT_FOUND,
            "wallet_not_found",
            id!("wallet-not-found"),
        ),
        EngineError::OperationNotFound => code(
            StatusCode::NOT_FOUND,
            "operation_not_found",
            id!("operation-not-found"),
        ),
        EngineError::HoldNotFound => code(
            StatusCode::NOT_FOUND,
            "hold_not_found",
            id!("hold-not-found"),
        ),
        EngineError::NotReversible => conflict("not_reversible", id!("not-reversible")),
        EngineError::Refused(reason) => of_refusal(*reason),
        EngineError::KeyReused => code(
            StatusCode::UNPROCESSABLE_ENTITY,
            "key_reused",
            id!("key-reused"),
        ),
        EngineError::Registration(_) => invalid(id!("invalid-request")),
        EngineError::Overloaded(_) => overloaded(id!("overloaded")),
        EngineError::Stopping => overloaded(id!("stopping")),
        EngineError::NotDone(_) => overloaded(id!("unavailable")),
        EngineError::UnverifiablePassword(_) | EngineError::Unavailable(_) => UNAVAILABLE,
    }
}

fn of_refusal(reason: OperationRefused) -> Code {
    let conflict = |name| conflict(name, refusal_text(reason));
    match reason {
        OperationRefused::InsufficientFunds => conflict("insufficient_funds"),
        OperationRefused::BalanceLimit => conflict("balance_limit"),
        OperationRefused::Frozen => conflict("wallet_frozen"),
        OperationRefused::Closed => conflict("wallet_closed"),
        OperationRefused::LimitExceeded { .. } => conflict("limit_exceeded"),
        OperationRefused::NoOpenHold => conflict("hold_closed"),
        OperationRefused::ExceedsHold => conflict("exceeds_hold"),
        OperationRefused::ExpiryOutOfRange => invalid(refusal_text(reason)),
        OperationRefused::AlreadyReversed => conflict("already_reversed"),
        OperationRefused::ExceedsOriginal => conflict("exceeds_original"),
        OperationRefused::OriginalOutdated => overloaded(refusal_text(reason)),
        OperationRefused::NotEmpty => conflict("wallet_not_empty"),
    }
}

fn of_web(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::RateLimited { .. } => code(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limited",
            id!("too-many-requests"),
        ),
        Refusal::UnknownHost => invalid(id!("unknown-host")),
        Refusal::TooManyConnections | Refusal::TooSlow(_) => overloaded(id!("overloaded")),
        Refusal::Receive(ReceiveError::TooLarge { .. }) => {
            code(StatusCode::PAYLOAD_TOO_LARGE, "too_large", id!("too-large"))
        }
        Refusal::Receive(ReceiveError::TooSlow { .. }) => code(
            StatusCode::REQUEST_TIMEOUT,
            "invalid_request",
            id!("body-too-slow"),
        ),
        Refusal::Receive(ReceiveError::Broken(_)) => invalid(id!("body-broken")),
        Refusal::Panic(_) => UNAVAILABLE,
    }
}
