//! Which of the contract's addresses a request's path is.
//!
//! The recorded service matches the decoded path ([`compat`](crate::compat::path)): `/%61pi/register/` and
//! `/api%2Fregister/` are the registration, while `//api/register/` and `/api/./register/` are nothing. A path
//! that only lacks its final slash is told apart, because it is redirected. actix's own patterns match the
//! path before it is decoded, hence this function.

use super::docs;
use crate::compat::path;
use crate::domain::WalletId;

/// A wallet's id in an address: a UUID with its hyphens.
const WALLET_ID_BYTES: usize = 36;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    Register,
    Wallet(WalletId),
    Operation(WalletId),
    Operations(WalletId),
    /// The operation of that number.
    PastOperation(WalletId, i64),
    Schema,
    Docs(docs::File),
    /// The bare address of the service.
    Root,
    /// One of the above without its final slash: the decoded path, which is plain ASCII.
    MissingSlash(String),
    Unknown,
}

impl Route {
    /// The name of each route for logs and metrics, which must not grow a name per wallet: its address with the variable
    /// parts named. By [`Route::number`].
    pub const TEMPLATES: [&str; 10] = [
        "unknown",
        "missing slash",
        "/api/register/",
        "/api/wallets/{wallet}/",
        "/api/wallets/{wallet}/operation/",
        "/api/wallets/{wallet}/operations/",
        "/api/wallets/{wallet}/operations/{id}/",
        "/api/schema/",
        "/api/docs/",
        "/",
    ];

    /// The route of a request target's path, still percent-encoded and without its query.
    #[must_use]
    pub fn find(path: &str) -> Self {
        let decoded = path::decoded(path);
        if *decoded == *b"/" {
            return Self::Root;
        }
        if let Some(route) = exact(&decoded) {
            return route;
        }
        if decoded.ends_with(b"/") {
            return Self::Unknown;
        }
        let closed = [&decoded, b"/".as_slice()].concat();
        match (exact(&closed), String::from_utf8(decoded.into_owned())) {
            (Some(_), Ok(path)) => Self::MissingSlash(path),
            _ => Self::Unknown,
        }
    }

    /// Its place among [`Route::TEMPLATES`].
    #[must_use]
    pub fn number(&self) -> usize {
        match self {
            Self::Unknown => 0,
            Self::MissingSlash(_) => 1,
            Self::Register => 2,
            Self::Wallet(_) => 3,
            Self::Operation(_) => 4,
            Self::Operations(_) => 5,
            Self::PastOperation(..) => 6,
            Self::Schema => 7,
            Self::Docs(_) => 8,
            Self::Root => 9,
        }
    }

    /// The wallet that it is about.
    #[must_use]
    pub fn wallet(&self) -> Option<WalletId> {
        match *self {
            Self::Wallet(wallet)
            | Self::Operation(wallet)
            | Self::Operations(wallet)
            | Self::PastOperation(wallet, _) => Some(wallet),
            _ => None,
        }
    }

    /// Its name; `None` of an address that is none of ours.
    #[must_use]
    pub fn template(&self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            known => Some(Self::TEMPLATES[known.number()]),
        }
    }
}

fn exact(path: &[u8]) -> Option<Route> {
    let rest = path.strip_prefix(b"/api/")?;
    let Some(rest) = rest.strip_prefix(b"wallets/") else {
        return match rest {
            b"register/" => Some(Route::Register),
            b"schema/" => Some(Route::Schema),
            other => other
                .strip_prefix(b"docs/")
                .and_then(docs::File::find)
                .map(Route::Docs),
        };
    };
    let (wallet, rest) = rest.split_at_checked(WALLET_ID_BYTES)?;
    let wallet = WalletId::parse(std::str::from_utf8(wallet).ok()?)?;
    match rest {
        b"/" => Some(Route::Wallet(wallet)),
        b"/operation/" => Some(Route::Operation(wallet)),
        b"/operations/" => Some(Route::Operations(wallet)),
        _ => {
            let id = rest.strip_prefix(b"/operations/")?.strip_suffix(b"/")?;
            Some(Route::PastOperation(wallet, operation_id(id)?))
        }
    }
}

/// Digits alone. A number that is too great for the ledger is no operation's.
fn operation_id(text: &[u8]) -> Option<i64> {
    let digits = text.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(text).ok().filter(|_| digits)?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "47c6a995-7685-412c-99fe-4259db91f18f";

    fn wallet() -> WalletId {
        WalletId::parse(ID).unwrap()
    }

    #[test]
    fn the_decoded_path_is_what_is_matched() {
        for path in [
            format!("/api/wallets/{ID}/"),
            format!("/%61pi/wallets/{ID}/"),
            format!("/api%2Fwallets/{ID}%2F"),
            format!("/api/wallets/%34{}/", &ID[1..]),
            format!("/api/wallets/{}/", ID.to_uppercase()),
        ] {
            assert_eq!(Route::find(&path), Route::Wallet(wallet()), "{path}");
        }
        let path = format!("/api/wallets/{ID}/operation/");
        assert_eq!(Route::find(&path), Route::Operation(wallet()));
        assert_eq!(Route::find("/api/register/"), Route::Register);
        let path = format!("/api/wallets/{ID}/operations/");
        assert_eq!(Route::find(&path), Route::Operations(wallet()));
        let one = Route::PastOperation(wallet(), 17);
        assert_eq!(Route::find(&format!("{path}17/")), one);
        assert_eq!(Route::find(&format!("{path}%317%2F")), one);
        assert_eq!(Route::find("/api/schema/"), Route::Schema);
        assert_eq!(Route::find("/"), Route::Root);
        for (name, file) in [
            ("", docs::File::Page),
            ("swagger-ui.css", docs::File::SwaggerUiStyle),
        ] {
            assert_eq!(Route::find(&format!("/api/docs/{name}")), Route::Docs(file));
        }
    }

    #[test]
    fn a_path_without_its_final_slash_is_known_as_such() {
        for (path, location) in [
            ("/api/register".to_owned(), "/api/register".to_owned()),
            ("/api/docs".to_owned(), "/api/docs".to_owned()),
            ("/api%2Fregister".to_owned(), "/api/register".to_owned()),
            (format!("/api/wallets/{ID}"), format!("/api/wallets/{ID}")),
            (
                format!("/api/wallets/{ID}/operation"),
                format!("/api/wallets/{ID}/operation"),
            ),
            (
                format!("/api/wallets/{ID}/operations"),
                format!("/api/wallets/{ID}/operations"),
            ),
            (
                format!("/api/wallets/{ID}/operations/%31"),
                format!("/api/wallets/{ID}/operations/1"),
            ),
        ] {
            assert_eq!(Route::find(&path), Route::MissingSlash(location), "{path}");
        }
    }

    #[test]
    fn nothing_else_is_an_address() {
        for path in [
            "",
            "*",
            "//",
            "/.",
            "/api",
            "/api/",
            "/api/REGISTER/",
            "/api/register//",
            "//api/register/",
            "/api/x/../register/",
            "/api/./register/",
            "/api\\register/",
            "/api/register/%00",
            "/api/register/%zz",
            "/%FF/",
            "/api/docs/page.html",
            "/api/docs/page.js/",
            "/api/wallets/",
            "/api/wallets/%FF/",
            "/api/wallets/abc",
            "/api/wallets//operation/",
            "/api/wallets/47c6a9957685412c99fe4259db91f18f/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f%0A/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f//",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations//",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/-1/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/+1/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/1/2/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/9223372036854775808/",
            "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f.json",
        ] {
            assert_eq!(Route::find(path), Route::Unknown, "{path}");
        }
    }
}
