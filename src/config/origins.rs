//! Origins (RFC 6454) of pages that may call the API.

use std::str::FromStr;

/// The origins that are allowed; none, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

/// A text that is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no origin")]
pub struct NoOrigin;

impl Origins {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is one of them, as browsers write it.
    #[must_use]
    pub fn has(&self, origin: &[u8]) -> bool {
        self.0.iter().any(|allowed| allowed.as_bytes() == origin)
    }
}

impl FromStr for Origins {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let origins = text.split(',').map(|origin| parse(origin.trim()));
        origins.collect::<Result<_, _>>().map(Self)
    }
}

/// A scheme, a host and perhaps a port, in lower case. Neither `*` nor `null`: every page could be meant.
fn parse(text: &str) -> Result<String, NoOrigin> {
    let origin = text.to_ascii_lowercase();
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| origin.strip_prefix(scheme))
        .ok_or(NoOrigin)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if host.is_empty() || host.starts_with(':') || !host.bytes().all(allowed) {
        return Err(NoOrigin);
    }
    Ok(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host_with_perhaps_a_port() {
        let origins: Origins = "https://App.example.com, http://localhost:5173"
            .parse()
            .unwrap();
        assert!(origins.has(b"https://app.example.com"));
        assert!(origins.has(b"http://localhost:5173"));
        for other in [
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com.evil.example",
            "null",
        ] {
            assert!(!origins.has(other.as_bytes()), "{other}");
        }
        for text in [
            "*",
            "null",
            "app.example.com",
            "https://",
            "https://a/",
            "https://:80",
            "https://a,",
            "https://u@a",
        ] {
            assert_eq!(text.parse::<Origins>(), Err(NoOrigin), "{text}");
        }
    }
}
