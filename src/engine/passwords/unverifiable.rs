//! Why a stored password cannot be compared. Nothing of its hash or salt is in the error.

use std::fmt;

use super::scheme::Scheme;

/// A stored password that cannot be compared: somebody has to see it, as the user who has it cannot sign in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverifiable {
    #[error("its algorithm is {0}")]
    UnknownScheme(SchemeName),
    #[error("it is not a well-formed text of {0}")]
    Malformed(Scheme),
    /// Beyond the limits of memory or time.
    #[error("it is one of {0}, and takes more than a comparison may")]
    TooCostly(Scheme),
}

/// The computation failed, so that nothing is known of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not compute {0}")]
pub struct CannotCompute(pub(super) Scheme);

/// The name of an unknown scheme, if the text has one: `md5` of `md5$salt$hash`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemeName(Option<String>);

impl SchemeName {
    const CHARS_MAX: usize = 40;

    /// Returns the first field of the text, if it is the name of an algorithm. Digits alone, or hexadecimal ones, may be a salt or a
    /// hash, and a text with fewer than three fields may be anything: these have no name.
    pub(super) fn of(stored: &str) -> Self {
        let mut fields = stored.strip_prefix('$').unwrap_or(stored).split('$');
        let name = fields.next().unwrap_or_default();
        let is_name = fields.count() >= 2
            && name.len() <= Self::CHARS_MAX
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte)
            })
            && !name.bytes().all(|byte| byte.is_ascii_hexdigit());
        Self(is_name.then(|| name.to_owned()))
    }
}

impl fmt::Display for SchemeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "{name}, which is unknown"),
            None => f.write_str("not named"),
        }
    }
}
