//! Where a webhook's deliveries go: an address of HTTP, parsed once.
//!
//! * `https` only. `http` is for a network of one's own, and so accepted with [`Guard::Any`] alone: bodies tell of money, and go
//!   through no other network unencrypted.
//! * No name or password in it, as addresses are shown and logged, and no fragment, as none is sent.
//! * Whether its host may be connected to is decided for each delivery (`dial.rs`), as names resolve to one address today and to
//!   another tomorrow. An address in place of a name is checked here as well, so that a mistake is reported at once.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::guard::Guard;

/// The longest address.
pub const URL_CHARS_MAX: usize = 2_048;

/// A parsed address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    url: Url,
    host: Address,
    port: u16,
    is_https: bool,
}

/// What is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Name(String),
    Ip(IpAddr),
}

/// Why a text is not an address that deliveries can go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationFault {
    #[error("it is longer than {URL_CHARS_MAX} characters")]
    TooLong,
    #[error("it is not an absolute URL")]
    NotUrl,
    #[error("its scheme is not https")]
    NotHttps,
    #[error("it has a username or a password")]
    UserInfo,
    #[error("it has a fragment")]
    Fragment,
    #[error("its host is an address that not everyone reaches")]
    Refused,
}

impl Destination {
    /// Parses the text.
    ///
    /// # Errors
    /// [`DestinationFault`].
    pub fn parse(text: &str, guard: Guard) -> Result<Self, DestinationFault> {
        if text.chars().count() > URL_CHARS_MAX {
            return Err(DestinationFault::TooLong);
        }
        // The parser, which reads as browsers do, drops or replaces these without a word.
        let is_mended = |char: char| char.is_whitespace() || char.is_control() || char == '\\';
        if text.contains(is_mended) {
            return Err(DestinationFault::NotUrl);
        }
        let url = Url::parse(text).map_err(|_| DestinationFault::NotUrl)?;
        let is_https = url.scheme() == "https";
        if !(is_https || (url.scheme() == "http" && guard == Guard::Any)) {
            return Err(DestinationFault::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DestinationFault::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(DestinationFault::Fragment);
        }
        // Escapes make it longer.
        if url.as_str().len() > 3 * URL_CHARS_MAX {
            return Err(DestinationFault::TooLong);
        }
        let (host, port) = host_and_port(&url).ok_or(DestinationFault::NotUrl)?;
        if let Address::Ip(ip) = host
            && !guard.allows(ip)
        {
            return Err(DestinationFault::Refused);
        }
        Ok(Self {
            url,
            host,
            port,
            is_https,
        })
    }

    /// What is connected to.
    pub fn host(&self) -> &Address {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// The value of `Host`: without the scheme's own port.
    pub fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// What the request line has.
    pub fn path_and_query(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }
}

/// Without its query, which may have a token in it.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.url.path())
    }
}

fn host_and_port(url: &Url) -> Option<(Address, u16)> {
    let host = match url.host()? {
        Host::Domain(name) => Address::Name(name.to_owned()),
        Host::Ipv4(address) => Address::Ip(Ipv4Addr::into(address)),
        Host::Ipv6(address) => Address::Ip(Ipv6Addr::into(address)),
    };
    let port = url.port_or_known_default()?;
    (port > 0).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> Result<Destination, DestinationFault> {
        Destination::parse(text, Guard::PublicOnly)
    }

    #[test]
    fn an_address_is_parsed_into_what_a_request_needs() {
        let parsed = public("https://Hooks.Example.com:8443/a/b?token=1").unwrap();
        assert_eq!(parsed.host(), &Address::Name("hooks.example.com".into()));
        assert_eq!((parsed.port(), parsed.is_https()), (8443, true));
        assert_eq!(parsed.authority(), "hooks.example.com:8443");
        assert_eq!(parsed.path_and_query(), "/a/b?token=1");
        assert_eq!(parsed.to_string(), "https://hooks.example.com:8443/a/b");

        let parsed = public("https://example.com:443").unwrap();
        assert_eq!(
            (parsed.port(), parsed.authority()),
            (443, "example.com".into())
        );
        assert_eq!(parsed.path_and_query(), "/");
    }

    #[test]
    fn each_fault_is_named() {
        use DestinationFault::{Fragment, NotHttps, NotUrl, Refused, TooLong, UserInfo};
        let long = format!("https://example.com/{}", "a".repeat(URL_CHARS_MAX));
        for (text, fault) in [
            ("", NotUrl),
            ("example.com", NotUrl),
            ("/hooks", NotUrl),
            ("https://", NotUrl),
            ("https://example.com:0/", NotUrl),
            ("https://example.com:65536/", NotUrl),
            (" https://example.com/", NotUrl),
            ("https://example.com/\n", NotUrl),
            ("https://example.com\\@localhost/", NotUrl),
            ("http://example.com/", NotHttps),
            ("ftp://example.com/", NotHttps),
            ("file:///etc/hosts", NotHttps),
            ("https://a@example.com/", UserInfo),
            ("https://:b@example.com/", UserInfo),
            ("https://example.com/#a", Fragment),
            ("https://127.0.0.1/", Refused),
            // The same address, as other readers of URLs write it.
            ("https://0x7f.1/", Refused),
            ("https://2130706433/", Refused),
            ("https://[::1]/", Refused),
            ("https://[::ffff:127.0.0.1]/", Refused),
            (&long, TooLong),
        ] {
            assert_eq!(public(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn a_network_of_one_s_own_may_have_http_and_private_addresses() {
        let parsed = Destination::parse("http://127.0.0.1:9000/", Guard::Any).unwrap();
        assert_eq!(parsed.host(), &Address::Ip(Ipv4Addr::LOCALHOST.into()));
        assert_eq!((parsed.port(), parsed.is_https()), (9000, false));
        let parsed = Destination::parse("http://[::1]/", Guard::Any).unwrap();
        assert_eq!((parsed.port(), parsed.authority()), (80, "[::1]".into()));
    }
}
