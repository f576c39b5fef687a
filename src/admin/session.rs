//! Sessions of signed-in staff.
//!
//! They are in `admin_sessions`, without actix-session (0.11): it needs a secret in the configuration, the same in all
//! engines, to seal a cookie that is random anyway; it decides once whether cookies are `Secure`, while here that depends on
//! the request; and it stores a session as one JSON text, which allows no query for the sessions of a user or for those with
//! the current password.
//!
//! * A session begins at sign-in with a new token. It ends after [`LASTS`], at sign-out, with another password, and when the
//!   user is deactivated or no longer staff.
//! * One of a user with a second factor is half open until a code is accepted in it ([`second_step`](super::second_step)): every page
//!   leads there, and every form is a 403. Where a factor is required, a user without one reaches their own account page alone.
//! * Every request checks the session and its user in the database, so an end applies at once on every engine.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::access;
use super::error::AdminError;
use super::safe_redirect;
use super::session_client;
use super::token::Token;
use crate::config::SecondFactor;
use crate::domain::staff_journal::{Action, Actor, StaffAction, Subject};
use crate::domain::{Principal, Role, UserId};
use crate::storage::Database;
use crate::storage::admin::{FlashMessage, Session, SessionFactor};
use crate::web::client;

/// How long a session lasts.
pub const LASTS: Duration = Duration::from_secs(12 * 60 * 60);

/// A signed-in member of staff, whose role may do what the request asks for ([`access`]). A handler with this argument refuses
/// everyone else.
#[derive(Clone)]
pub struct Staff {
    pub id: i64,
    pub username: String,
    pub role: Role,
    /// Of the client, as the log has it.
    pub address: String,
    pub(super) token: Token,
    pub(super) message: Option<FlashMessage>,
}

impl Staff {
    /// Returns the entry of the journal about what this member of the staff does.
    pub fn did(&self, action: Action) -> StaffAction {
        self.actor().did(action)
    }

    /// Returns them as the journal names them.
    pub fn actor(&self) -> Actor {
        Actor {
            staff: Some(UserId(self.id)),
            username: Some(self.username.clone()),
            address: Some(self.address.clone()),
        }
    }

    /// Returns the entry about what they do to their own access.
    pub fn did_to_self(&self, action: Action) -> StaffAction {
        self.did(action).to(Subject::User(UserId(self.id)))
    }
}

impl FromRequest for Staff {
    type Error = AdminError;
    type Future = LocalBoxFuture<'static, Result<Self, AdminError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { find(&request).await })
    }
}

async fn find(request: &HttpRequest) -> Result<Staff, AdminError> {
    let Some((token, session)) = current(request).await? else {
        return Err(not_signed_in(request));
    };
    let is_page = request.method().is_safe();
    match session.factor {
        SessionFactor::Verified => {}
        SessionFactor::Awaited => {
            let next = is_page.then(|| asked(request).to_owned());
            return Err(AdminError::CodeAwaited { next });
        }
        SessionFactor::None => {
            if is_factor_required(request) && !request.path().starts_with(safe_redirect::ACCOUNT) {
                return Err(AdminError::FactorRequired { is_page });
            }
        }
    }
    let least = access::least(request.method(), request.match_pattern().as_deref());
    if session.role < least {
        return Err(AdminError::NotPermitted { least });
    }
    // For the log and the span.
    request
        .extensions_mut()
        .insert(Principal::staff(session.user));
    Ok(Staff {
        id: session.user.0,
        username: session.username,
        role: session.role,
        address: client::address(request).to_string(),
        token,
        message: session.message,
    })
}

/// Returns the browser's session, also one that awaits a code; `None` without one that is not over.
pub async fn current(request: &HttpRequest) -> Result<Option<(Token, Session)>, AdminError> {
    let Some(token) = Token::of_request(request) else {
        return Ok(None);
    };
    let database = database(request)?;
    let hash = token.hash();
    let session = database.session_find(&hash).await;
    let Some(session) = session.map_err(AdminError::Storage)? else {
        return Ok(None);
    };
    if !session.admitted {
        return Err(AdminError::NotAdmitted);
    }
    if session.was_seen_long_ago {
        let client = session_client::of_request(request);
        let recorded = database.session_seen(&hash, &client).await;
        recorded.map_err(AdminError::Storage)?;
    }
    Ok(Some((token, session)))
}

/// Whether staff need a second factor.
pub fn is_factor_required(request: &HttpRequest) -> bool {
    let setting = request.app_data::<web::Data<SecondFactor>>();
    setting.is_some_and(|setting| setting.is_required())
}

/// Returns the database from the application's data.
pub(super) fn database(request: &HttpRequest) -> Result<&web::Data<Database>, AdminError> {
    request
        .app_data()
        .ok_or(AdminError::Status(StatusCode::INTERNAL_SERVER_ERROR))
}

/// The redirect to sign-in, and from there back to the page.
fn not_signed_in(request: &HttpRequest) -> AdminError {
    AdminError::NotSignedIn {
        next: asked(request).to_owned(),
    }
}

/// The page that is asked for. A form is not sent again: its page is one level above its address.
fn asked(request: &HttpRequest) -> &str {
    if request.method().is_safe() {
        let asked = request.uri().path_and_query();
        asked.map_or(safe_redirect::HOME, |asked| {
            safe_redirect::path_or_home(asked.as_str())
        })
    } else {
        let path = request.path();
        let above = path.trim_end_matches('/').rfind('/');
        above.map_or(safe_redirect::HOME, |above| {
            safe_redirect::path_or_home(&path[..=above])
        })
    }
}
