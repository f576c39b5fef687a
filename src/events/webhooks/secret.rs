//! The secrets that deliveries are signed with: `whsec_` and the standard base64 of random bytes, as Standard Webhooks 1.0 writes
//! them.
//!
//! The alphabet is the standard one, with padding: the public libraries refuse the URL-safe one, or read a shorter key of it.
//! Unlike a key of the API, a secret is stored as it is, since every delivery is signed with it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What every secret begins with.
pub const SECRET_PREFIX: &str = "whsec_";
/// The length of the secrets that are made here.
const NEW_BYTES: usize = 32;
/// The lengths that Standard Webhooks allows.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret of a webhook. Its `Debug` does not reveal it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Vec<u8>);

/// The system has no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("could not make a webhook's secret")]
pub struct NoSecret(#[source] getrandom::Error);

impl WebhookSecret {
    /// Makes a secret.
    ///
    /// # Errors
    /// [`NoSecret`].
    pub fn generate() -> Result<Self, NoSecret> {
        let mut bytes = vec![0; NEW_BYTES];
        getrandom::fill(&mut bytes).map_err(NoSecret)?;
        Ok(Self(bytes))
    }

    /// Returns the secret that the text has; `None` if it is not as Standard Webhooks writes one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(SECRET_PREFIX)?).ok()?;
        Self::stored(&bytes)
    }

    /// Returns the secret of these bytes; `None` if there are too few or too many.
    #[must_use]
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        BYTES.contains(&bytes.len()).then(|| Self(bytes.to_owned()))
    }

    /// The text, which is shown once, to the one that receives the deliveries.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{SECRET_PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The key of the signature.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_read_again_and_never_shown() {
        let secret = WebhookSecret::generate().unwrap();
        assert_eq!(secret.as_bytes().len(), 32);
        assert_eq!(secret.expose().len(), "whsec_".len() + 44);
        assert_eq!(WebhookSecret::parse(&secret.expose()), Some(secret.clone()));
        assert_ne!(secret, WebhookSecret::generate().unwrap());
        assert_eq!(format!("{secret:?}"), "WebhookSecret(hidden)");
    }

    #[test]
    fn a_secret_has_24_to_64_bytes() {
        for (length, fits) in [(0, false), (23, false), (24, true), (64, true), (65, false)] {
            let bytes = vec![0xfb; length];
            assert_eq!(WebhookSecret::stored(&bytes).is_some(), fits, "{length}");
            let text = format!("whsec_{}", STANDARD.encode(&bytes));
            assert_eq!(WebhookSecret::parse(&text).is_some(), fits, "{length}");
        }
    }

    #[test]
    fn the_url_safe_alphabet_and_a_lack_of_padding_are_refused() {
        let text = WebhookSecret::stored(&[0xfb; 32]).unwrap().expose();
        assert!(text.contains('+') && text.ends_with('='));
        for other in [
            text.replace('+', "-"),
            text.replace('=', ""),
            text.replace("whsec_", ""),
            text.replace("whsec_", "whpk_"),
            format!("{text} "),
        ] {
            assert_eq!(WebhookSecret::parse(&other), None, "{other}");
        }
    }
}
