//! The language of a page: the reader's choice in a cookie, or the browser's `Accept-Language`, or Russian.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{FromRequest, HttpRequest};

use crate::messages::Lang;

/// The cookie of the reader's choice.
pub const COOKIE: &str = "wallet_lang";

/// Returns the language of the answer to a request.
pub fn of_request(request: &HttpRequest) -> Lang {
    let chosen = request
        .cookie(COOKIE)
        .and_then(|cookie| Lang::parse(cookie.value()));
    let asked = || {
        let header = request.headers().get(ACCEPT_LANGUAGE)?;
        Lang::preferred(header.to_str().ok()?)
    };
    chosen.or_else(asked).unwrap_or(Lang::Ru)
}

impl FromRequest for Lang {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(of_request(request)))
    }
}
