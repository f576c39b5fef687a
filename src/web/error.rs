//! Errors as responses, for the API and the panel: status, `Retry-After`, and the causes for the log. They add the body.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;

use super::body::ReceiveError;
use crate::messages::{Lang, text};
use crate::telemetry::chain;

/// The language of the recorded service's own texts, whatever a client prefers.
pub const RECORDED: Lang = Lang::Ru;

/// `Retry-After` of a 503, in seconds.
const RETRY_AFTER_S: u64 = 1;

/// An error of the API or the panel, as a response.
pub trait Answer: std::error::Error + 'static {
    fn status(&self) -> StatusCode;

    /// Whether a 503 is due to a failure, whose causes are logged, and not to a limit of the engine's own.
    fn is_failure(&self) -> bool {
        false
    }

    /// Whether the connection is closed after the response, because it or its engine serves no further request.
    fn ends_connection(&self) -> bool {
        false
    }

    /// The value of `Retry-After`.
    fn retry_after_s(&self) -> Option<u64> {
        retry_after_s(self.status())
    }
}

/// `Retry-After` by the status alone.
pub fn retry_after_s(status: StatusCode) -> Option<u64> {
    (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_S)
}

/// Why a response is a 5xx: an extension of it, for the log and the span.
pub(super) struct Causes {
    /// The error with its chain of causes.
    pub text: String,
    pub is_failure: bool,
}

/// The response to the error, without a body.
pub fn answer(error: &impl Answer) -> HttpResponseBuilder {
    let status = error.status();
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = error.retry_after_s() {
        response.insert_header((RETRY_AFTER, seconds));
    }
    if error.ends_connection() {
        response.force_close();
    }
    if status.is_server_error() {
        response.extensions_mut().insert(Causes {
            text: chain(error).to_string(),
            is_failure: error.is_failure(),
        });
    }
    response
}

/// Why a request was refused before the API or the panel handled it, or while it did.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the client exceeds its rate")]
    RateLimited {
        /// Until its next request is served.
        wait: Duration,
    },
    #[error("this host is not served")]
    UnknownHost,
    /// The connection is above the limit, and is closed.
    #[error("there are too many connections")]
    TooManyConnections,
    #[error("the body was not received")]
    Receive(#[source] ReceiveError),
    #[error("the request took longer than {0:?}")]
    TooSlow(Duration),
    #[error("the request's handler panicked: {0}")]
    Panic(String),
}

/// The body of a refusal.
#[derive(Serialize)]
struct Body<'e> {
    detail: Cow<'e, str>,
}

impl Refusal {
    /// The `detail` of the body, as the recorded service words it.
    pub fn detail(&self) -> Cow<'_, str> {
        match self {
            Self::RateLimited { .. } => text!(RECORDED, "too-many-requests").into(),
            Self::UnknownHost => "Bad request.".into(),
            Self::TooManyConnections | Self::TooSlow(_) => text!(RECORDED, "overloaded").into(),
            Self::Receive(error) => error.to_string().into(),
            Self::Panic(_) => text!(RECORDED, "internal-error").into(),
        }
    }
}

impl Answer for Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::UnknownHost | Self::Receive(ReceiveError::Broken(_)) => StatusCode::BAD_REQUEST,
            Self::TooManyConnections | Self::TooSlow(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Receive(ReceiveError::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Receive(ReceiveError::TooSlow { .. }) => StatusCode::REQUEST_TIMEOUT,
            Self::Panic(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn ends_connection(&self) -> bool {
        matches!(self, Self::TooManyConnections)
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            // Whole seconds, rounded up, and at least one.
            Self::RateLimited { wait } => {
                let begun = u64::from(wait.subsec_nanos() > 0);
                Some((wait.as_secs() + begun).max(1))
            }
            other => retry_after_s(other.status()),
        }
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let detail = self.detail();
        answer(self).json(Body { detail })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_above_its_rate_waits_whole_seconds_and_at_least_one() {
        for (wait_ms, seconds) in [
            (0, "1"),
            (1, "1"),
            (1_000, "1"),
            (1_001, "2"),
            (59_999, "60"),
        ] {
            let wait = Duration::from_millis(wait_ms);
            let response = Refusal::RateLimited { wait }.error_response();
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), seconds);
        }
    }
}
