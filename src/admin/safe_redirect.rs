//! Redirects to the panel's own pages, and to nowhere else.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;

/// The target where no better one is known.
pub const HOME: &str = "/admin/";
/// Where a code of the second factor is typed at sign-in.
pub const SECOND_STEP: &str = "/admin/second-factor/";
/// The signed-in user's own page: their second factor and their sessions.
pub const ACCOUNT: &str = "/admin/account/";
const MAX_BYTES: usize = 2_000;

/// Returns the address if every browser takes it for a path of the panel on this server: it begins with `/admin/`, and
/// nothing in it could begin a host or leave the folder.
pub fn path(address: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let is_safe = address.len() <= MAX_BYTES
        && address.starts_with(HOME)
        && address.bytes().all(plain)
        && !address.contains("//")
        && !address.contains("/.")
        // Browsers read it as a dot.
        && !address.to_ascii_lowercase().contains("/%2e");
    is_safe.then_some(address)
}

/// Returns the address if it is safe, and the panel's first page otherwise.
pub fn path_or_home(address: &str) -> &str {
    path(address).unwrap_or(HOME)
}

/// The answer to a POST: the browser loads that page next.
pub fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, to))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_panel_s_own_addresses_are_safe() {
        for own in [
            "/admin/",
            "/admin/users/?q=bob&active=1",
            "/admin/%2F%2Fevil",
        ] {
            assert_eq!(path(own), Some(own));
        }
        for foreign in [
            "",
            "/",
            "/api/",
            "/administrator/",
            "//evil",
            "/\\evil",
            "https:evil",
            "https://evil/admin/",
            "%2F%2Fevil",
            "/admin//evil",
            "/admin/\\evil",
            "/admin/../api/",
            "/admin/\r\nSet-Cookie: a=b",
            "/admin/\u{e9}",
            " /admin/",
        ] {
            assert_eq!(path(foreign), None, "{foreign}");
        }
    }
}
