//! The host names that the service accepts.
//!
//! A client chooses the `Host` that it sends, and so what links or cookies are made of it. A deployment may therefore list its
//! names; as with Django's `ALLOWED_HOSTS`, any other is refused.

use std::str::FromStr;

use super::authority::Authority;

/// The allowed hosts; any, unless some are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts {
    /// In lower case. Empty: any.
    patterns: Vec<String>,
}

impl AllowedHosts {
    /// Whether every host is allowed, even none at all.
    #[must_use]
    pub fn allow_any(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether this value of `Host` is allowed, whatever its port.
    #[must_use]
    pub fn allow(&self, host: &[u8]) -> bool {
        let allow = |host: Authority| self.allow_name(&host.name);
        self.allow_any() || Authority::parse(host).is_some_and(allow)
    }

    fn allow_name(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| {
            pattern.strip_prefix('.').map_or(name == pattern, |parent| {
                name == parent || name.ends_with(pattern.as_str())
            })
        })
    }
}

/// A pattern that no host could match.
#[derive(Debug)]
pub struct NoHost;

impl FromStr for AllowedHosts {
    type Err = NoHost;

    fn from_str(text: &str) -> Result<Self, NoHost> {
        let patterns = text.split(',').map(str::trim);
        let patterns: Vec<_> = patterns.filter(|pattern| !pattern.is_empty()).collect();
        if patterns.contains(&"*") {
            return Ok(Self::default());
        }
        Ok(Self {
            patterns: patterns
                .into_iter()
                .map(pattern)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// The pattern as hosts are compared with it: a name without a port, or a dot and such a name.
fn pattern(text: &str) -> Result<String, NoHost> {
    let (dot, host) = match text.strip_prefix('.') {
        Some(parent) => (".", parent),
        None => ("", text),
    };
    match Authority::parse(host.as_bytes()) {
        Some(Authority { name, port: None }) => Ok(format!("{dot}{name}")),
        _ => Err(NoHost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(text: &str) -> AllowedHosts {
        text.parse().unwrap()
    }

    #[test]
    fn any_host_is_allowed_unless_some_are_named() {
        for any in ["", " , ", "*", "example.com,*"] {
            assert!(hosts(any).allow_any(), "{any}");
            assert!(hosts(any).allow(b"\xff"), "{any}");
        }
        assert!(!hosts("example.com").allow_any());
    }

    #[test]
    fn what_no_host_could_match_is_a_mistake() {
        for wrong in [
            ".",
            "..",
            "https://example.com",
            "example.com:8080",
            "example.com,exa mple.com",
            "::1",
            "*.example.com",
            "example.com..",
            "a..b",
        ] {
            assert!(wrong.parse::<AllowedHosts>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_compared_without_port_case_and_final_dot() {
        let allowed = hosts("Example.com, 127.0.0.1 ,[::1]");
        for host in [
            "example.com",
            "EXAMPLE.COM:8000",
            "example.com.",
            "example.com.:80",
            "127.0.0.1:8000",
            "[::1]",
            "[::1]:8000",
            "[0:0:0::1]",
        ] {
            assert!(allowed.allow(host.as_bytes()), "{host}");
        }
        for host in [
            "",
            ":80",
            "example.com.evil.org",
            "www.example.com",
            "evilexample.com",
            "127.0.0.2",
            "::1",
            "[::1",
            "[::2]",
            "example.com:",
            "example.com:80:80",
            "example.com:evil.org",
            "example.com@evil.org",
            "evil.org#example.com",
            "evil.org/example.com",
            "example.com evil.org",
            "example.com,evil.org",
            "ехample.com",
        ] {
            assert!(!allowed.allow(host.as_bytes()), "{host}");
        }
        assert!(!allowed.allow(b"example.com\xff"));
    }

    #[test]
    fn a_dot_in_front_allows_the_domain_and_all_below_it() {
        let allowed = hosts(".example.com");
        for host in ["example.com", "www.example.com:1", "a.b.Example.com"] {
            assert!(allowed.allow(host.as_bytes()), "{host}");
        }
        for host in ["evilexample.com", "com", "example.com.evil.org"] {
            assert!(!allowed.allow(host.as_bytes()), "{host}");
        }
    }
}
