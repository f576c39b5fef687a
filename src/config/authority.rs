//! A host as a request names it (RFC 9110, 7.2): a name or an address, and maybe a port.
//!
//! Every comparison of hosts reads them here, so that none differs from another about ports, case or a final dot. What is
//! no host is none: user information, blanks and letters beyond ASCII do not pass (browsers send Punycode).

use std::net::Ipv6Addr;

/// A host and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// In lower case, without a final dot; an IPv6 address in brackets and in its shortest form.
    pub name: String,
    /// As it was given: without one the scheme's own is meant.
    pub port: Option<u16>,
}

impl Authority {
    /// Reads the value of `Host`, or what stands in its place in an address.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (host, port) = match text.rfind(']') {
            Some(end) => text.split_at(end + 1),
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            _ => return None,
        };
        let name = match host.strip_prefix('[') {
            Some(rest) => {
                let address: Ipv6Addr = rest.strip_suffix(']')?.parse().ok()?;
                format!("[{address}]")
            }
            None => dns_name(host)?,
        };
        Some(Self { name, port })
    }
}

/// A name of DNS, or an IPv4 address. Names of containers have underscores.
fn dns_name(host: &str) -> Option<String> {
    let name = host.strip_suffix('.').unwrap_or(host);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let label = |label: &str| !label.is_empty() && label.bytes().all(plain);
    name.split('.')
        .all(label)
        .then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Option<u16>)> {
        Authority::parse(text.as_bytes()).map(|host| (host.name, host.port))
    }

    #[test]
    fn a_host_is_read_without_case_and_final_dot_and_its_port_apart() {
        for (text, name, port) in [
            ("bank.example", "bank.example", None),
            ("BANK.Example.:443", "bank.example", Some(443)),
            ("wallet_engine:08000", "wallet_engine", Some(8000)),
            ("127.0.0.1:1", "127.0.0.1", Some(1)),
            ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com", None),
            ("[::1]", "[::1]", None),
            ("[2001:DB8:0:0::1]:65535", "[2001:db8::1]", Some(65_535)),
        ] {
            assert_eq!(read(text), Some((name.to_owned(), port)), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_none() {
        for text in [
            "",
            ".",
            "..",
            "a..",
            "a..b",
            ".a",
            ":80",
            "a:",
            "a:80:80",
            "a:+80",
            "a:65536",
            "a:x",
            "::1",
            "[::1",
            "::1]",
            "[::1]x",
            "[::1].",
            "[fe80::1%25eth0]",
            "[1.2.3.4]",
            "a b",
            " a",
            "a@b",
            "a/b",
            "a?b",
            "a#b",
            "a,b",
            "a\\b",
            "a%2eb",
            "\u{435}xample",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(Authority::parse(b"a\xff"), None);
    }
}
