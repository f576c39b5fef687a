//! Where an error becomes an answer, for every face: status, `Retry-After`, and the causes for the log. A face adds the body.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;

use super::body::ReceiveError;
use crate::messages::{Lang, text};
use crate::telemetry::chain;

/// The language of the recorded service's own texts, whatever a client asks for.
const RECORDED: Lang = Lang::Ru;

/// Seconds after which a client that was turned away may come again.
const RETRY_AFTER_S: u64 = 1;

/// What every face's error tells about its answer.
pub trait Answer: std::error::Error + 'static {
    fn status(&self) -> StatusCode;

    /// Whether a 503 is due to a failure, whose causes the log has, and not to a limit of the engine's own.
    fn is_failure(&self) -> bool {
        false
    }

    /// Whether the client should connect again, as this connection or engine is no longer of use to it.
    fn ends_connection(&self) -> bool {
        false
    }

    /// After how many seconds the client may come again.
    fn retry_after_s(&self) -> Option<u64> {
        retry_after_s(self.status())
    }
}

/// `Retry-After` of an answer whose error does not know better.
pub fn retry_after_s(status: StatusCode) -> Option<u64> {
    (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_S)
}

/// Why an answer is a 5xx, among its extensions: for the log and the span.
pub(super) struct Causes {
    /// The error and everything that caused it, to the last.
    pub text: String,
    pub is_failure: bool,
}

/// The answer to the error, without a body.
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

/// Why a request was refused before a face looked at what it asks for.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the client exceeds its rate")]
    TooOften {
        /// Until its next request is served.
        wait: Duration,
    },
    #[error("this host is not served")]
    UnknownHost,
    /// The connection itself is one too many, and is closed.
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
    /// What the client is told, in the recorded service's form.
    pub fn detail(&self) -> Cow<'_, str> {
        match self {
            Self::TooOften { .. } => text!(RECORDED, "too-many-requests").into(),
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
            Self::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::UnknownHost | Self::Receive(ReceiveError::Broken(_)) => StatusCode::BAD_REQUEST,
            Self::TooManyConnections | Self::TooSlow(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Receive(ReceiveError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Receive(ReceiveError::TooSlow { .. }) => StatusCode::REQUEST_TIMEOUT,
            Self::Panic(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn ends_connection(&self) -> bool {
        matches!(self, Self::TooManyConnections)
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            // Whole seconds, of which even the shortest wait is one.
            Self::TooOften { wait } => {
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
    fn who_asks_too_often_waits_whole_seconds_and_at_least_one() {
        for (wait_ms, seconds) in [
            (0, "1"),
            (1, "1"),
            (1_000, "1"),
            (1_001, "2"),
            (59_999, "60"),
        ] {
            let wait = Duration::from_millis(wait_ms);
            let response = Refusal::TooOften { wait }.error_response();
            assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), seconds);
        }
    }
}
