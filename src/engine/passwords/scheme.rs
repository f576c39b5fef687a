//! The schemes that are known.

use std::fmt;

/// How a password is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// `$argon2id$...`, as this engine stores it.
    Own,
    /// `argon2$argon2id$...`, and Argon2i and Argon2d.
    DjangoArgon2,
    /// `bcrypt_sha256$$2b$...`: bcrypt of the SHA-256 in hexadecimal digits.
    DjangoBcryptSha256,
    /// `bcrypt$$2b$...`: bcrypt of the first 72 bytes.
    DjangoBcrypt,
    /// `pbkdf2_sha256$...`, Django's default.
    DjangoPbkdf2Sha256,
    /// `pbkdf2_sha1$...`.
    DjangoPbkdf2Sha1,
    /// `scrypt$...`.
    DjangoScrypt,
    /// `!...`, or nothing: no password matches it.
    Unusable,
}

impl Scheme {
    /// Returns its name: what stands before the first `$` of Django's texts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "argon2id",
            Self::DjangoArgon2 => "argon2",
            Self::DjangoBcryptSha256 => "bcrypt_sha256",
            Self::DjangoBcrypt => "bcrypt",
            Self::DjangoPbkdf2Sha256 => "pbkdf2_sha256",
            Self::DjangoPbkdf2Sha1 => "pbkdf2_sha1",
            Self::DjangoScrypt => "scrypt",
            Self::Unusable => "unusable",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
