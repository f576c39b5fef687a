//! The table of the panel's errors: status and text. `error_pages` renders the page, and the log has the causes.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use time::OffsetDateTime;

use super::access;
use super::format;
use super::origin::ForeignOrigin;
use crate::auth::NoRandomness;
use crate::domain::Role;
use crate::domain::statement::BrokenLedger;
use crate::engine::EngineError;
use crate::events::SourceError;
use crate::events::webhooks::{NoSecret, StoreError};
use crate::messages::{Lang, id, text};
use crate::storage::StorageError;
use crate::web::error::{Answer, Refusal, retry_after_s};

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Not shown as an error: the browser is redirected to sign-in, and from there to `next`.
    #[error("no user is signed in")]
    NotSignedIn { next: String },
    #[error("the user is not active or not staff")]
    NotAdmitted,
    /// Not shown as an error if it is a page that is asked for, `next`: the browser is redirected to where the code is typed.
    #[error("the session awaits a code of the second factor")]
    CodeAwaited { next: Option<String> },
    /// Not shown as an error if it is a page that is asked for: the browser is redirected to the account's own page.
    #[error("the user needs a second factor")]
    FactorRequired { is_page: bool },
    #[error("it takes a role that is at least {least}")]
    NotPermitted { least: Role },
    #[error("the form was not sent by a page of the panel: {0}")]
    Forged(&'static str),
    #[error("the form of a page of {} was sent to {}", .0.origin, .0.host)]
    Foreign(ForeignOrigin),
    #[error("the form is malformed: {0}")]
    Form(String),
    #[error("no page has this address")]
    NotFound,
    #[error("too many attempts to sign in")]
    TooManyAttempts { again_at: OffsetDateTime },
    /// An answer of the framework.
    #[error("the framework answered with {0}")]
    Status(StatusCode),
    /// Refused by the HTTP ground.
    #[error(transparent)]
    Web(Refusal),
    #[error("could not read random numbers: {0}")]
    Random(getrandom::Error),
    #[error("could not make a key")]
    Key(#[source] NoRandomness),
    #[error("could not render the page")]
    Template(#[source] askama::Error),
    #[error("the database failed")]
    Storage(#[source] StorageError),
    #[error("the webhooks failed")]
    Webhooks(#[source] StoreError),
    #[error("the feed failed")]
    Feed(#[source] SourceError),
    #[error("could not make a webhook's secret")]
    WebhookSecret(#[source] NoSecret),
    #[error("the engine failed")]
    Engine(#[source] EngineError),
    #[error("no statement can be made")]
    Ledger(#[source] BrokenLedger),
}

/// The title and the text of an error page.
pub struct ErrorText {
    pub title: &'static str,
    pub text: String,
}

impl Answer for AdminError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn { .. }
            | Self::CodeAwaited { next: Some(_) }
            | Self::FactorRequired { is_page: true } => StatusCode::SEE_OTHER,
            Self::CodeAwaited { next: None }
            | Self::FactorRequired { is_page: false }
            | Self::NotAdmitted
            | Self::NotPermitted { .. }
            | Self::Forged(_)
            | Self::Foreign(_) => StatusCode::FORBIDDEN,
            Self::Form(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Status(status) => *status,
            Self::Web(refusal) => refusal.status(),
            Self::Random(_)
            | Self::Key(_)
            | Self::WebhookSecret(_)
            | Self::Template(_)
            | Self::Ledger(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Webhooks(_) | Self::Feed(_) => StatusCode::SERVICE_UNAVAILABLE,
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
    /// Returns the text of its page.
    #[must_use]
    pub fn in_language(&self, lang: Lang) -> ErrorText {
        let (title, text) = match self {
            Self::NotAdmitted => (
                id!("panel-error-no-access"),
                id!("panel-error-not-admitted"),
            ),
            Self::CodeAwaited { .. } => (
                id!("panel-error-no-access"),
                id!("panel-error-code-awaited"),
            ),
            Self::FactorRequired { .. } => (
                id!("panel-error-no-access"),
                id!("panel-error-factor-required"),
            ),
            Self::NotPermitted { least } => {
                let role = lang.text(access::name(least));
                return ErrorText {
                    title: text!(lang, "panel-error-no-access"),
                    text: text!(lang, "panel-error-not-permitted", role = role),
                };
            }
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

/// `error_pages` replaces this response by a page.
impl ResponseError for AdminError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status())
    }
}

/// An unavailable or busy database is a 503, anything else a 500.
fn storage_status(error: &StorageError) -> StatusCode {
    match error {
        StorageError::Query { source, .. } => match source.code() {
            // The classes of operator intervention, resources, connections, locks and deadlocks.
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
        EngineError::WalletNotFound
        | EngineError::OperationNotFound
        | EngineError::HoldNotFound => StatusCode::NOT_FOUND,
        EngineError::Overloaded(_)
        | EngineError::Stopping
        | EngineError::NotDone(_)
        | EngineError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        EngineError::UnverifiablePassword(_) => StatusCode::INTERNAL_SERVER_ERROR,
        EngineError::Refused(_)
        | EngineError::NotReversible
        | EngineError::KeyReused
        | EngineError::Registration(_) => StatusCode::BAD_REQUEST,
    }
}
