//! A second factor of staff: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost. Pure: `storage`
//! has the secrets, the clock, and what was accepted before.
//!
//! * A code has six digits, of HMAC-SHA-1 over steps of 30 seconds, as every authenticator app computes by default. The step before and
//!   the step after the present one are accepted as well (RFC 6238, section 5.2).
//! * The clock is the database's, so that engines with different clocks agree on which step a code is of.
//! * A code is accepted once: its step must be later than the last one accepted. `storage` guards that in the statement that
//!   accepts it.
//! * The arithmetic is `totp-rs`'s, which compares in constant time.

mod recovery;
mod totp;

pub use recovery::{RECOVERY_CODES, RecoveryCode};
pub use totp::FactorSecret;

use super::secret::Digest;

/// What was typed where a code is asked for.
pub enum TypedCode {
    /// Six digits.
    Totp(String),
    /// Of a recovery code.
    Recovery(Digest),
}

/// What the statement that accepts a code is guarded by.
#[derive(Clone, Copy, Debug)]
pub enum Proof {
    /// The code is of this step, which must be later than the last one.
    Step(i64),
    /// It must be one of the user's, and unused.
    Recovery(Digest),
}

impl TypedCode {
    /// Reads a code, with or without spaces and hyphens, in either letter case; `None` if it is neither kind.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let is_filling = |letter: &char| letter.is_whitespace() || *letter == '-';
        // No code is longer, and a form may have 64 KiB of it.
        let text: String = typed
            .chars()
            .filter(|letter| !is_filling(letter))
            .take(recovery::CHARS + 1)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        if text.len() == totp::DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Totp(text));
        }
        recovery::is_code(&text).then(|| Self::Recovery(Digest::of(&text)))
    }

    /// Returns what the code proves at that time, in seconds of Unix time; `None`: nothing, as it is of another secret or time.
    #[must_use]
    pub fn proof(&self, secret: &FactorSecret, now_s: i64) -> Option<Proof> {
        match self {
            Self::Totp(code) => secret.step_of(code, now_s).map(Proof::Step),
            Self::Recovery(digest) => Some(Proof::Recovery(*digest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for typed in ["123456", " 123 456 ", "123-456", "12\u{a0}34\u{2009}56"] {
            let code = TypedCode::parse(typed);
            assert!(matches!(code, Some(TypedCode::Totp(code)) if code == "123456"));
        }
        let made = RecoveryCode::random().unwrap();
        let upper = made.expose().to_uppercase().replace('-', " ");
        for typed in [made.expose(), &upper, &made.expose().replace('-', "")] {
            let Some(TypedCode::Recovery(digest)) = TypedCode::parse(typed) else {
                panic!("{typed}");
            };
            assert_eq!(digest, made.digest());
        }
        for other in [
            "",
            "12345",
            "1234567",
            "１２３４５６",
            "abcdefgh",
            "0123456789012345",
            &format!("{}a", made.expose()),
            &"1".repeat(70_000),
        ] {
            assert!(TypedCode::parse(other).is_none(), "{other}");
        }
    }
}
