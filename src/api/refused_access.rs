//! Why a caller is not known, or may not sign in for now.

use crate::auth::{InvalidHeader, Scheme};

/// Why a request is not authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    #[error("no credentials")]
    Missing,
    #[error("an Authorization header without credentials")]
    Header(#[source] InvalidHeader),
    /// Never made, revoked or expired: which of them is nobody's to know.
    #[error("an invalid {}", .0.as_str())]
    Invalid(Scheme),
}

/// The account, or the address, has had too many failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many failed attempts to sign in")]
pub struct TooManyAttempts {
    /// Until the next one is counted, in seconds, at least one.
    pub wait_s: u64,
}
