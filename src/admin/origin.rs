//! Checks that a form comes from a page of the site that it is sent to.
//!
//! * The page's site is in `Origin`, or without it in `Referer`; a browser sends one of them with every POST. `null` is
//!   none.
//! * The requested site is in `Host`, or in a trusted proxy's `X-Forwarded-Host`. Case and a final dot do not count, and a
//!   missing port is that of the page's scheme, so `bank.example:443` is `https://bank.example`.
//! * A page over plain HTTP does not belong to a site that a trusted proxy serves by TLS, as anyone on the network could
//!   have written it. The opposite passes, as an outer proxy with TLS may not be known here.

use std::fmt;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, ORIGIN, REFERER};

use crate::config::Authority;
use crate::web::client::{asked_host, came_by_tls};

/// Bytes of a malformed host name that the log repeats.
const ODD_MAX_BYTES: usize = 100;

/// Two sites that should be the same.
#[derive(Debug, PartialEq, Eq)]
pub struct ForeignOrigin {
    /// The site of the form's page, as the browser sent it.
    pub origin: String,
    /// The site that received the form.
    pub host: String,
}

/// The site of a page.
struct Origin {
    is_https: bool,
    host: Authority,
}

/// Checks that the request comes from a page of the site that it goes to.
pub fn check(request: &HttpRequest) -> Result<(), ForeignOrigin> {
    let given = text(request, ORIGIN).or_else(|| text(request, REFERER));
    let origin = given.and_then(Origin::parse);
    let asked = asked_host(request);
    let host = asked.and_then(Authority::parse);
    let by_tls = came_by_tls(request);
    match (&origin, &host) {
        (Some(origin), Some(host)) if origin.is_of(host, by_tls) => Ok(()),
        _ => Err(ForeignOrigin {
            origin: named(origin, given.map(str::as_bytes)),
            host: match host {
                Some(host) if by_tls => format!("https://{}", written(&host)),
                host => named(host.as_ref().map(written), asked),
            },
        }),
    }
}

fn text(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

/// Returns the parsed name, or the beginning of one that cannot be parsed, without its query: it may contain names.
fn named(read: Option<impl fmt::Display>, given: Option<&[u8]>) -> String {
    match (read, given) {
        (Some(read), _) => read.to_string(),
        (None, Some(given)) => {
            let given = given.split(|byte| *byte == b'?').next().unwrap_or_default();
            String::from_utf8_lossy(&given[..given.len().min(ODD_MAX_BYTES)]).into_owned()
        }
        (None, None) => "none".to_owned(),
    }
}

fn written(host: &Authority) -> String {
    let Authority { name, port } = host;
    port.map_or_else(|| name.clone(), |port| format!("{name}:{port}"))
}

impl Origin {
    /// Reads the value of `Origin`, or the beginning of `Referer`.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = rest.split(['/', '?', '#']).next()?;
        let host = Authority::parse(host.as_bytes())?;
        Some(Self { is_https, host })
    }

    fn is_of(&self, asked: &Authority, by_tls: bool) -> bool {
        let own = if self.is_https { 443 } else { 80 };
        (self.is_https || !by_tls)
            && self.host.name == asked.name
            && self.host.port.unwrap_or(own) == asked.port.unwrap_or(own)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", written(&self.host))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HOST, X_FORWARDED_HOST, X_FORWARDED_PROTO};
    use actix_web::test::TestRequest;
    use actix_web::web::Data;

    use super::*;
    use crate::config::TrustedProxies;

    type Headers<'a> = &'a [(HeaderName, &'a str)];

    fn checked(headers: Headers) -> Result<(), ForeignOrigin> {
        let proxies: TrustedProxies = "10.0.0.0/8".parse().unwrap();
        let mut request = TestRequest::post()
            .peer_addr("10.0.0.2:4711".parse().unwrap())
            .app_data(Data::new(proxies));
        for (name, value) in headers {
            request = request.append_header((name.clone(), *value));
        }
        check(&request.to_http_request())
    }

    #[test]
    fn a_form_comes_from_the_site_that_it_goes_to() {
        for (host, origin) in [
            ("bank.example:8000", "https://bank.example:8000"),
            ("bank.example:8000", "http://BANK.example:8000"),
            ("bank.example:443", "https://bank.example"),
            ("bank.example", "https://bank.example:443"),
            ("bank.example:80", "http://bank.example"),
            ("bank.example.", "https://bank.example"),
            ("bank.example.:443", "https://Bank.Example."),
            ("[2001:db8:0::1]:8000", "http://[2001:DB8::1]:8000"),
            ("127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("wallet_engine:8000", "http://wallet_engine:8000"),
        ] {
            assert_eq!(
                checked(&[(HOST, host), (ORIGIN, origin)]),
                Ok(()),
                "{origin}"
            );
            let referer = format!("{origin}/admin/?a=//b");
            assert_eq!(checked(&[(HOST, host), (REFERER, &referer)]), Ok(()));
        }
    }

    #[test]
    fn a_form_from_anywhere_else_is_foreign_and_both_sites_are_named() {
        let host = "bank.example:8000";
        for (name, value, origin) in [
            (ORIGIN, "null", "null"),
            (ORIGIN, "", ""),
            (ORIGIN, "https://evil", "https://evil"),
            (ORIGIN, "https://bank.example", "https://bank.example"),
            (
                ORIGIN,
                "https://bank.example:443",
                "https://bank.example:443",
            ),
            (
                ORIGIN,
                "http://bank.example:8001",
                "http://bank.example:8001",
            ),
            (
                ORIGIN,
                "https://bank.example:8000.evil",
                "https://bank.example:8000.evil",
            ),
            (
                ORIGIN,
                "https://evil@bank.example:8000",
                "https://evil@bank.example:8000",
            ),
            (
                ORIGIN,
                "https://bank.example:8000@evil",
                "https://bank.example:8000@evil",
            ),
            (ORIGIN, "ftp://bank.example:8000", "ftp://bank.example:8000"),
            (ORIGIN, "bank.example:8000", "bank.example:8000"),
            (
                ORIGIN,
                "https://sub.bank.example:8000",
                "https://sub.bank.example:8000",
            ),
            (
                REFERER,
                "https://evil/bank.example:8000/?q=1",
                "https://evil",
            ),
            (REFERER, "about:blank?secret", "about:blank"),
        ] {
            let foreign = checked(&[(HOST, host), (name, value)]).unwrap_err();
            assert_eq!((&*foreign.origin, &*foreign.host), (origin, host));
        }
        let foreign = checked(&[(HOST, host)]).unwrap_err();
        assert_eq!(foreign.origin, "none");
        let foreign = checked(&[(ORIGIN, "https://bank.example")]).unwrap_err();
        assert_eq!(foreign.host, "none");
        let both = [
            (HOST, host),
            (ORIGIN, "null"),
            (REFERER, "https://bank.example:8000/"),
        ];
        assert!(checked(&both).is_err());
        let odd = format!("bank.example/{}", "x".repeat(1_000));
        let foreign = checked(&[(HOST, &odd), (ORIGIN, "https://bank.example")]).unwrap_err();
        assert_eq!(foreign.host.len(), ODD_MAX_BYTES);
    }

    #[test]
    fn behind_a_trusted_proxy_the_site_is_the_one_that_it_was_asked_for() {
        let through = |origin, more: Headers| {
            let mut headers = vec![
                (HOST, "engine:8000"),
                (X_FORWARDED_HOST, "tale, bank.example"),
                (ORIGIN, origin),
            ];
            headers.extend_from_slice(more);
            checked(&headers)
        };
        assert_eq!(through("https://bank.example", &[]), Ok(()));
        assert_eq!(through("http://bank.example", &[]), Ok(()));
        for foreign in [
            "http://engine:8000",
            "https://tale",
            "https://bank.example:8000",
        ] {
            assert!(through(foreign, &[]).is_err(), "{foreign}");
        }
        let https = &[(X_FORWARDED_PROTO, "https")][..];
        assert_eq!(through("https://bank.example", https), Ok(()));
        let foreign = through("http://bank.example", https).unwrap_err();
        assert_eq!(foreign.host, "https://bank.example");
        // A proxy further out that is not known here may serve by TLS.
        let http = &[(X_FORWARDED_PROTO, "http")][..];
        assert_eq!(through("https://bank.example", http), Ok(()));
        assert_eq!(through("http://bank.example", http), Ok(()));
    }
}
