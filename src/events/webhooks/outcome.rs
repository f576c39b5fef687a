//! What became of an attempt to deliver.

use std::sync::Arc;
use std::time::Duration;

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A 2xx.
    Delivered,
    /// 410: the receiver wants no more of them, as Standard Webhooks has it.
    Gone,
    /// Any other status; a redirect too, as none is followed.
    Refused {
        status: u16,
        /// How long the receiver wants to be left alone, at most [`RETRY_AFTER_MAX`].
        retry_after: Option<Duration>,
    },
    /// There was no response.
    Failed(Failure),
}

/// Why an event is not delivered, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub status: Option<u16>,
    pub word: Arc<str>,
}

/// The longest `Retry-After` that is respected: a receiver does not put off what it is owed for longer than a minute.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

/// Why there was no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The host's name did not resolve in time.
    Dns,
    /// None of the host's addresses may be connected to.
    AddressRefused,
    /// No address accepts connections.
    Connect,
    /// No connection, or no TLS, in time.
    ConnectTimeout,
    /// The certificate is not of that host, or not trusted, or the server has no TLS.
    Tls,
    /// No response in time.
    Timeout,
    /// The connection ended, or what came is not HTTP.
    BrokenResponse,
    /// The stored address is not one that deliveries may go to with the present settings.
    Url,
    /// The event is larger than a delivery may be.
    TooLarge,
}

impl Outcome {
    /// The word for it, in metrics and in the list of deliveries.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Gone => "gone",
            Self::Refused { .. } => "refused",
            Self::Failed(failure) => failure.as_str(),
        }
    }

    /// The status of the response, if there was one that is not a success.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            Self::Gone => Some(410),
            Self::Refused { status, .. } => Some(status),
            Self::Delivered | Self::Failed(_) => None,
        }
    }

    /// It as it is stored and shown.
    #[must_use]
    pub fn reason(self) -> Reason {
        Reason {
            status: self.status(),
            word: self.as_str().into(),
        }
    }

    /// How long the receiver wants to be left alone.
    #[must_use]
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => retry_after,
            _ => None,
        }
    }
}

impl Failure {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::AddressRefused => "address_refused",
            Self::Connect => "connect",
            Self::ConnectTimeout => "connect_timeout",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::BrokenResponse => "broken_response",
            Self::Url => "url",
            Self::TooLarge => "too_large",
        }
    }
}

/// Reads a `Retry-After` in seconds. A date is not respected: it takes the clocks of both to agree.
pub(super) fn retry_after(value: &str) -> Option<Duration> {
    let digits = value.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More digits than a number has are more than a minute as well.
    let seconds = digits.parse().unwrap_or(u64::MAX);
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_after_is_respected_up_to_a_minute() {
        for (value, seconds) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("60", Some(60)),
            ("61", Some(60)),
            ("99999999999999999999999", Some(60)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(value), expected, "{value}");
        }
    }
}
