//! The table: why a request of the panel was not done -> status and text. `error_pages` makes the page of it, and the log's
//! line has the causes.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use time::OffsetDateTime;

use super::format;
use super::origin::ForeignOrigin;
use crate::engine::EngineError;
use crate::messages::{Lang, id, text};
use crate::storage::StorageError;
use crate::web::error::{Answer, Refusal, retry_after_s};

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Not an error to be shown: the answer leads to sign-in, and from there to `next`.
    #[error("nobody is signed in")]
    NotSignedIn { next: String },
    #[error("the user is not of the staff, or not active")]
    NotAdmitted,
    #[error("the form is not of the panel's own page: {0}")]
    Forged(&'static str),
    #[error("the form is of a page of {}, and was sent to {}", .0.origin, .0.host)]
    Foreign(ForeignOrigin),
    #[error("the form was refused: {0}")]
    Form(String),
    #[error("nothing is at this address")]
    NotFound,
    #[error("there were too many attempts to sign in")]
    TooManyAttempts { again_at: OffsetDateTime },
    /// What the framework answered by itself.
    #[error("the request was answered with {0}")]
    Status(StatusCode),
    /// Refused by the ground under every face.
    #[error(transparent)]
    Web(Refusal),
    #[error("the system has no random numbers: {0}")]
    Random(getrandom::Error),
    #[error("could not make the page")]
    Template(#[source] askama::Error),
    #[error("the database did not do what was asked")]
    Storage(#[source] StorageError),
    #[error("the engine did not do what was asked")]
    Engine(#[source] EngineError),
}

/// The title and the text of the page of an error.
pub struct ErrorText {
    pub title: &'static str,
    pub text: String,
}

impl Answer for AdminError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn { .. } => StatusCode::SEE_OTHER,
            Self::NotAdmitted | Self::Forged(_) | Self::Foreign(_) => StatusCode::FORBIDDEN,
            Self::Form(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Status(status) => *status,
            Self::Web(refusal) => refusal.status(),
            Self::Random(_) | Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Storage(error) => storage_status(error),
            Self::Engine(error) => engine_status(error),
        }
    }

    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { again_at } => {
                let left = *again_at - OffsetDateTime::now_utc();
                Some(left.whole_seconds().max(0).unsigned_abs() + 1)
            }
            _ => retry_after_s(self.status()),
        }
    }
}

impl AdminError {
    /// The text of its page.
    #[must_use]
    pub fn in_language(&self, lang: Lang) -> ErrorText {
        let (title, text) = match self {
            Self::NotAdmitted => (
                id!("panel-error-no-access"),
                id!("panel-error-not-admitted"),
            ),
            Self::Forged(_) => (id!("panel-error-not-accepted"), id!("panel-error-forged")),
            Self::Foreign(ForeignOrigin { origin, host }) => {
                return ErrorText {
                    title: text!(lang, "panel-error-not-accepted"),
                    text: text!(lang, "panel-error-foreign", origin = origin, host = host),
                };
            }
            Self::TooManyAttempts { again_at } => {
                let time = format::time(*again_at);
                return ErrorText {
                    title: text!(lang, "panel-error-too-many-attempts"),
                    text: text!(lang, "panel-error-try-after", time = time),
                };
            }
            _ => match self.status().as_u16() {
                403 => (id!("panel-error-no-access"), id!("panel-error-forbidden")),
                404 => (
                    id!("panel-error-not-found"),
                    id!("panel-error-not-found-text"),
                ),
                405 => (id!("panel-error-method"), id!("panel-error-method-text")),
                503 => (
                    id!("panel-error-unavailable"),
                    id!("panel-error-unavailable-text"),
                ),
                500.. => (id!("panel-error-failed"), id!("panel-error-failed-text")),
                _ => (
                    id!("panel-error-malformed"),
                    id!("panel-error-malformed-text"),
                ),
            },
        };
        ErrorText {
            title: lang.text(title),
            text: lang.text(text).to_owned(),
        }
    }
}

/// `error_pages` replaces this answer by a page.
impl ResponseError for AdminError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}

/// A database that is away or busy is no fault of the panel's.
fn storage_status(error: &StorageError) -> StatusCode {
    match error {
        StorageError::Query { source, .. } => match source.code() {
            // Operator intervention, too few resources, connection, a lock that others hold, a deadlock.
            Some(code) if !["57", "53", "08", "55", "40"].contains(&&code.code()[..2]) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            _ => StatusCode::SERVICE_UNAVAILABLE,
        },
        StorageError::Corrupt { .. } | StorageError::MakePool(_) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn engine_status(error: &EngineError) -> StatusCode {
    match error {
        EngineError::WalletNotFound | EngineError::OperationNotFound => StatusCode::NOT_FOUND,
        EngineError::Overloaded(_)
        | EngineError::Stopping
        | EngineError::NotDone(_)
        | EngineError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        EngineError::Refused(_) | EngineError::KeyReused | EngineError::Registration(_) => {
            StatusCode::BAD_REQUEST
        }
    }
}
