//! The token of a browser: 256 random bits in a cookie, as hexadecimal digits.
//!
//! With a row in `admin_sessions`, found by the token's SHA-256, it is a session; before sign-in only the forms' tokens are
//! derived from it. A form's token is another hash of it: a page of another site can make the browser send the cookie but
//! cannot read it, and neither the form's token nor the database reveals it.

use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

use super::error::AdminError;
use crate::storage::admin::TokenHash;
use crate::web::client::came_by_tls;

/// The cookie of a session.
const COOKIE: &str = "wallet_admin";
const BYTES: usize = 32;

#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Makes a new token.
    pub fn random() -> Result<Self, AdminError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(AdminError::Random)?;
        Ok(Self(hex(&bytes)))
    }

    /// Returns the browser's token, if it sent one.
    pub fn of_request(request: &HttpRequest) -> Option<Self> {
        let cookie = request.cookie(COOKIE)?;
        let text = cookie.value();
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 2 * BYTES && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }

    /// Returns the hash that the database stores.
    pub fn hash(&self) -> TokenHash {
        sha256(&["session", &self.0])
    }

    /// Returns the token for the browser's forms.
    pub fn csrf(&self) -> String {
        hex(&sha256(&["form", &self.0]))
    }

    /// Returns whether a form's token belongs to this one. Comparing hashes takes no longer for a better guess.
    pub fn matches_csrf(&self, given: &str) -> bool {
        sha256(&[&self.csrf()]) == sha256(&[given])
    }

    /// Returns the cookie, which lasts until the browser is closed. The database limits the session itself.
    pub fn cookie(&self, request: &HttpRequest) -> Cookie<'static> {
        let mut cookie = cookie(COOKIE, self.0.clone(), request);
        cookie.set_http_only(true);
        cookie
    }

    /// Returns the cookie that removes the token from the browser.
    pub fn removal(request: &HttpRequest) -> Cookie<'static> {
        let mut cookie = cookie(COOKIE, String::new(), request);
        cookie.set_http_only(true);
        cookie.set_max_age(CookieDuration::ZERO);
        cookie
    }
}

/// Makes a cookie of the panel.
pub fn cookie(name: &'static str, value: String, request: &HttpRequest) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/admin/")
        .same_site(SameSite::Lax)
        .secure(came_by_tls(request))
        .finish()
}

/// Adds a cookie to the answer.
pub fn add_cookie(response: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), AdminError> {
    response
        .add_cookie(cookie)
        .map_err(|error| AdminError::Form(error.to_string()))
}

/// Returns the SHA-256 of the parts, each with its length.
pub fn sha256(parts: &[&str]) -> TokenHash {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Formats bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
