//! Forms that only the panel's own pages can send.
//!
//! 1. A form must come from a page of the site that it is sent to (`origin`). One that does not is logged with both
//!    origins: behind a proxy that rewrites the host, every form fails here.
//! 2. The form's `csrf` must belong to the browser's cookie (`token`).
//!
//! Only then are its fields parsed, and a handler runs. It answers with a redirect and a flash message, or with the form
//! again, its mistakes beside their fields, and a status ([`html_with`](super::page::html_with)).

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use percent_encoding::percent_decode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tracing::warn;

use super::error::AdminError;
use super::origin::{self, ForeignOrigin};
use super::token::Token;
use crate::web::body::IncomingBody;
use crate::web::error::Refusal;

/// The field of the token.
const CSRF: &str = "csrf";

/// The form of a POST. Its fields are those of `T`; others are ignored.
pub struct CheckedForm<T>(pub T);

/// A form that is only a button.
#[derive(Deserialize)]
pub struct NoFields {}

impl<T: DeserializeOwned + 'static> FromRequest for CheckedForm<T> {
    type Error = AdminError;
    type Future = LocalBoxFuture<'static, Result<Self, AdminError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut body = IncomingBody::of(&request, payload.take());
        Box::pin(async move {
            origin::check(&request).map_err(foreign)?;
            let token = Token::of_request(&request);
            let token = token.ok_or(AdminError::Forged("the browser has no cookie"))?;
            let body = body.receive(request.headers()).await;
            let body = body.map_err(|error| AdminError::Web(Refusal::Receive(error)))?;
            // Replaced letters would make two passwords one.
            percent_decode(&body).decode_utf8().map_err(malformed)?;
            let mut given = None;
            for (name, value) in form_urlencoded::parse(&body) {
                if value.contains('\0') {
                    return Err(malformed(format!("{name} holds U+0000")));
                }
                if name == CSRF {
                    given = Some(value);
                }
            }
            if !given.is_some_and(|given| token.matches_csrf(&given)) {
                return Err(AdminError::Forged("its token is of another session"));
            }
            let text = str::from_utf8(&body).map_err(malformed)?;
            let fields = web::Query::<T>::from_query(text).map_err(malformed)?;
            Ok(Self(fields.into_inner()))
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn malformed(error: impl ToString) -> AdminError {
    AdminError::Form(error.to_string())
}

fn foreign(foreign: ForeignOrigin) -> AdminError {
    let ForeignOrigin { origin, host } = &foreign;
    warn!(
        origin = origin.as_str(),
        host = host.as_str(),
        "a form of the panel was refused, as it comes from another site than it was sent to; a proxy has to pass on Host, \
         or X-Forwarded-Host as one of WALLET_TRUSTED_PROXIES"
    );
    AdminError::Foreign(foreign)
}
