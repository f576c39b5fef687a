//! The secret that an authenticator app shares with the engine, and the codes of it.

use std::fmt;

use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::auth::secret::{NoRandomness, random_bytes};

pub(super) const DIGITS: usize = 6;
const DIGITS_SET: u8 = 6;
const STEP_S: u64 = 30;
/// Steps before and after the present one.
const SKEW: u16 = 1;
/// As long as the hash (RFC 4226, section 4).
const BYTES: usize = 20;
const GROUP: usize = 4;
/// Characters of the account's name in an app. A longer one makes a picture that phones cannot read.
const ACCOUNT_MAX: usize = 40;

/// The secret of a factor. Its `Debug` does not reveal it.
#[derive(Clone)]
pub struct FactorSecret([u8; BYTES]);

impl FactorSecret {
    /// Makes a secret.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random() -> Result<Self, NoRandomness> {
        random_bytes().map(Self)
    }

    /// Returns a secret that is stored; `None` if it is none.
    #[must_use]
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the secret in base32, in groups, to type into an app.
    #[must_use]
    pub fn groups(&self) -> String {
        let text = Secret::new_stack(self.0).to_base32();
        let mut grouped = String::with_capacity(text.len() + text.len() / GROUP);
        for (place, letter) in text.chars().enumerate() {
            if place > 0 && place % GROUP == 0 {
                grouped.push(' ');
            }
            grouped.push(letter);
        }
        grouped
    }

    /// Returns the address that an app reads from a picture, with the names by which it lists the factor; `None` for an account
    /// without a name.
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> Option<String> {
        // A colon would separate the two names.
        let named = |text: &str| text.replace(':', " ");
        let account: String = named(account).chars().take(ACCOUNT_MAX).collect();
        let builder = self
            .builder()
            .with_issuer(Some(named(issuer)))
            .with_account_name(account);
        builder.build().ok()?.to_url().ok()
    }

    /// Returns the step whose code this is, among those accepted at that time, in seconds of Unix time.
    pub(super) fn step_of(&self, code: &str, now_s: i64) -> Option<i64> {
        let now_s = u64::try_from(now_s).ok()?;
        let step = self.totp().check(code, now_s)?;
        i64::try_from(step).ok()
    }

    fn totp(&self) -> Totp {
        self.builder().build_noncompliant()
    }

    fn builder(&self) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS_SET)
            .with_skew(SKEW)
            .with_step_duration(STEP_S)
            .with_secret(Secret::new_stack(self.0))
    }
}

impl fmt::Debug for FactorSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorSecret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_the_rfc() -> FactorSecret {
        FactorSecret(*b"12345678901234567890")
    }

    /// RFC 6238, appendix B, the rows of SHA-1; of its eight digits, the last six.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(of_the_rfc().step_of(code, at), Some(at / 30), "{at}");
        }
    }

    #[test]
    fn a_code_is_accepted_a_step_early_and_a_step_late() {
        let (at, code) = (1_111_111_109, "081804");
        let step = at / 30;
        for now in [step - 1, step, step + 1] {
            assert_eq!(of_the_rfc().step_of(code, now * 30), Some(step));
            assert_eq!(of_the_rfc().step_of(code, now * 30 + 29), Some(step));
        }
        for now in [(step - 1) * 30 - 1, (step + 2) * 30, -1, 0, i64::MAX] {
            assert_eq!(of_the_rfc().step_of(code, now), None, "{now}");
        }
        for wrong in ["081805", "81804", "0818040", "", "08180a", "+81804"] {
            assert_eq!(of_the_rfc().step_of(wrong, at), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_shown_as_apps_read_it_and_nowhere_else() {
        let secret = of_the_rfc();
        assert_eq!(secret.groups(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            secret.uri("Wallet Engine", "bob:ж").unwrap(),
            "otpauth://totp/Wallet%20Engine:bob%20%D0%B6?\
             secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Wallet%20Engine"
        );
        assert_eq!(format!("{secret:?}"), "FactorSecret(hidden)");
        assert_eq!(FactorSecret::stored(&[0; 19]).map(|_| ()), None);
        assert_ne!(
            FactorSecret::random().unwrap().as_bytes(),
            FactorSecret::random().unwrap().as_bytes()
        );
    }
}
