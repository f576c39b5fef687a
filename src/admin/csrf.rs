//! Forms that only the panel's own pages can send.
//!
//! 1. It comes from a page of the site that it is sent to (`origin`). One that does not is logged with both sites' names:
//!    behind a proxy that names another host, none would.
//! 2. The form's `csrf` is the one that belongs to the browser's cookie (`token`).
//!
//! Only then is the form read, and seen by a handler.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;
use tracing::warn;

use super::error::AdminError;
use super::origin::{self, ForeignOrigin};
use super::token::Token;
use crate::web::body::IncomingBody;
use crate::web::error::Refusal;

/// The field of the token.
const FIELD: &str = "csrf";

/// The form of a POST. Its fields are those of `T`; others are ignored.
pub struct CheckedForm<T>(pub T);

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
            // Lost letters would make two passwords one.
            percent_decode(&body)
                .decode_utf8()
                .map_err(|error| AdminError::Form(error.to_string()))?;
            let mut given = None;
            for (name, value) in form_urlencoded::parse(&body) {
                if value.contains('\0') {
                    return Err(AdminError::Form(format!("{name} holds U+0000")));
                }
                if name == FIELD {
                    given = Some(value);
                }
            }
            if !given.is_some_and(|given| token.matches_csrf(&given)) {
                return Err(AdminError::Forged("its token is not of this session"));
            }
            let text =
                str::from_utf8(&body).map_err(|error| AdminError::Form(error.to_string()))?;
            let fields = web::Query::<T>::from_query(text)
                .map_err(|error| AdminError::Form(error.to_string()))?;
            Ok(Self(fields.into_inner()))
        })
    }
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
