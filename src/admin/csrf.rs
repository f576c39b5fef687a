//! Forms that only the panel's own pages can send.
//!
//! 1. `Origin`, or without it `Referer`, names the host that the request was sent to. A browser sends one of them with
//!    every POST; `null` is none.
//! 2. The form's `csrf` is the one that belongs to the browser's cookie (`token`).
//!
//! Only then is the form read, and seen by a handler.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{HOST, HeaderName, ORIGIN, REFERER};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::error::AdminError;
use super::token::Token;

/// How long a form may take to arrive.
const ARRIVES_MAX: Duration = Duration::from_secs(30);
/// The field of the token.
const FIELD: &str = "csrf";

/// The form of a POST. Its fields are those of `T`; others are ignored.
pub struct CheckedForm<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for CheckedForm<T> {
    type Error = AdminError;
    type Future = LocalBoxFuture<'static, Result<Self, AdminError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = web::Bytes::from_request(&request, payload);
        Box::pin(async move {
            if !is_of_this_site(&request) {
                return Err(AdminError::Forged("it was sent from another site"));
            }
            let token = Token::of_request(&request);
            let token = token.ok_or(AdminError::Forged("the browser has no cookie"))?;
            let body = timeout(ARRIVES_MAX, body)
                .await
                .map_err(|_| AdminError::Form("it did not arrive in time".to_owned()))?
                .map_err(|error| AdminError::Form(error.to_string()))?;
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

/// Whether the request comes from a page of the host that it goes to.
fn is_of_this_site(request: &HttpRequest) -> bool {
    let text = |name: HeaderName| request.headers().get(name)?.to_str().ok();
    let Some(host) = text(HOST) else {
        return false;
    };
    let from = text(ORIGIN).or_else(|| text(REFERER)).unwrap_or_default();
    let authority = from.split_once("://").map(|(_, rest)| rest);
    authority
        .and_then(|rest| rest.split('/').next())
        .is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_form_comes_from_the_host_that_it_goes_to() {
        let comes = |headers: &[(HeaderName, &str)]| {
            let mut request = TestRequest::post().insert_header((HOST, "bank.example:8000"));
            for header in headers {
                request = request.insert_header((header.0.clone(), header.1));
            }
            is_of_this_site(&request.to_http_request())
        };
        assert!(comes(&[(ORIGIN, "https://bank.example:8000")]));
        assert!(comes(&[(REFERER, "http://BANK.example:8000/admin/?a=//b")]));
        for (name, value) in [
            (ORIGIN, "null"),
            (ORIGIN, "https://evil"),
            (ORIGIN, "https://bank.example"),
            (ORIGIN, "https://bank.example:8000.evil"),
            (ORIGIN, "https://evil@bank.example:8000"),
            (REFERER, "https://evil/bank.example:8000/"),
            (REFERER, ""),
        ] {
            assert!(!comes(&[(name.clone(), value)]), "{name}: {value}");
        }
        assert!(!comes(&[]));
        let both = [
            (ORIGIN, "null"),
            (REFERER, "https://bank.example:8000/admin/"),
        ];
        assert!(!comes(&both));
    }
}
