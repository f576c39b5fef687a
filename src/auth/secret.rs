//! Secrets that clients authenticate with, and their digests, which alone are stored.
//!
//! * A key is `wk_` and 256 random bits in 64 hexadecimal digits. The prefix is public: it tells people and secret scanners what it is.
//! * A token is 160 random bits in 40 hexadecimal digits, as those of Django REST Framework's `authtoken`, whose column and clients
//!   have room for as many.
//!
//! Both are random, so a digest without a salt reveals nothing of them, and is found by an index.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// What every key begins with.
pub const KEY_PREFIX: &str = "wk_";
const KEY_BYTES: usize = 32;
const TOKEN_BYTES: usize = 20;

/// A key or a token, in clear. Its `Debug` does not reveal it.
pub struct Secret(String);

/// The SHA-256 of a secret.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

/// The system has no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("could not make random numbers")]
pub struct NoRandomness(#[source] getrandom::Error);

impl Secret {
    /// Makes a key.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn new_key() -> Result<Self, NoRandomness> {
        Ok(Self(format!("{KEY_PREFIX}{}", random::<KEY_BYTES>()?)))
    }

    /// Makes a token.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn new_token() -> Result<Self, NoRandomness> {
        random::<TOKEN_BYTES>().map(Self)
    }

    /// The text, which is shown once, to the one that it is made for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl Digest {
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Returns a digest that is stored; `None` if it is none.
    #[must_use]
    pub fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Where it is found in memory: its first bytes. They decide nothing; [`PartialEq`] does.
    pub(super) fn place(&self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(first)
    }
}

/// In constant time.
impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(hidden)")
    }
}

/// Whether the text has the form of a key: any other was never made.
pub(super) fn is_key(text: &str) -> bool {
    let digits = text.strip_prefix(KEY_PREFIX);
    digits.is_some_and(is_hex::<KEY_BYTES>)
}

/// Whether the text has the form of a token.
pub(super) fn is_token(text: &str) -> bool {
    is_hex::<TOKEN_BYTES>(text)
}

fn is_hex<const BYTES: usize>(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 2 * BYTES && text.bytes().all(digit)
}

/// Random bytes of the system.
pub(super) fn random_bytes<const BYTES: usize>() -> Result<[u8; BYTES], NoRandomness> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}

fn random<const BYTES: usize>() -> Result<String, NoRandomness> {
    let bytes = random_bytes::<BYTES>()?;
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Ok(digits.map(digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_has_its_form_and_is_never_shown() {
        let (key, token) = (Secret::new_key().unwrap(), Secret::new_token().unwrap());
        assert!(is_key(key.expose()) && !is_token(key.expose()));
        assert!(is_token(token.expose()) && !is_key(token.expose()));
        assert_eq!(key.expose().len(), 67);
        assert_ne!(key.expose(), Secret::new_key().unwrap().expose());
        assert_eq!(
            format!("{key:?}{:?}", key.digest()),
            "Secret(hidden)Digest(hidden)"
        );
    }

    #[test]
    fn a_digest_is_sha_256_and_equal_to_its_own_alone() {
        let digest = Digest::of("abc");
        assert_eq!(digest.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(Digest::stored(digest.as_bytes()), Some(digest));
        assert_eq!(Digest::stored(&digest.as_bytes()[1..]), None);
        assert_ne!(digest, Digest::of("abd"));
    }

    #[test]
    fn nothing_else_has_the_form_of_a_key_or_a_token() {
        let digits = "0".repeat(64);
        assert!(is_key(&format!("wk_{digits}")));
        for other in [
            "",
            "wk_",
            &digits,
            &format!("WK_{digits}"),
            &format!("wk_{digits}0"),
            &format!("wk_{}G", &digits[1..]),
        ] {
            assert!(!is_key(other), "{other}");
        }
        assert!(!is_token(&"A".repeat(40)));
    }
}
