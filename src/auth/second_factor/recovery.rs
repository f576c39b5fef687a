//! Recovery codes: 80 random bits each, in base32, in four groups. A digest without a salt reveals nothing of them.

use std::fmt;

use crate::auth::secret::{Digest, NoRandomness, random_bytes};

/// How many a member of the staff gets at once.
pub const RECOVERY_CODES: usize = 10;
/// Of a code, without its hyphens. Each has 5 bits.
pub(super) const CHARS: usize = 16;
const GROUP: usize = 4;
/// Base32 of RFC 4648: without 0, 1 and 8, which look like letters.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A recovery code, in clear. Its `Debug` does not reveal it.
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// Makes a code.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random() -> Result<Self, NoRandomness> {
        let bytes = random_bytes::<CHARS>()?;
        let mut text = String::with_capacity(CHARS + CHARS / GROUP);
        for (place, byte) in bytes.iter().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            // 32 divides 256, so every letter is as likely.
            text.push(char::from(ALPHABET[usize::from(byte % 32)]));
        }
        Ok(Self(text))
    }

    /// The text, which is shown once, to the one that it is made for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns what is stored of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0.replace('-', ""))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(hidden)")
    }
}

/// Whether the text, without hyphens, has the form of a code.
pub(super) fn is_code(text: &str) -> bool {
    text.len() == CHARS && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_four_groups_and_is_never_shown() {
        let code = RecoveryCode::random().unwrap();
        let groups: Vec<_> = code.expose().split('-').map(str::len).collect();
        assert_eq!(groups, [4, 4, 4, 4]);
        assert!(is_code(&code.expose().replace('-', "")));
        assert_ne!(code.expose(), RecoveryCode::random().unwrap().expose());
        assert_eq!(format!("{code:?}"), "RecoveryCode(hidden)");
    }
}
