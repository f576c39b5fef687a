//! A stored password, read.

use super::argon2::Argon2;
use super::bcrypt::Bcrypt;
use super::pbkdf2::Pbkdf2;
use super::scheme::Scheme;
use super::scrypt::Scrypt;
use super::unverifiable::{CannotCompute, SchemeName, Unverifiable};

/// What Django writes before the random text of a password that was made unusable.
const UNUSABLE: char = '!';

/// A stored password that can be compared. It has no `Debug`: nothing of it is to be shown.
pub struct StoredPassword(Kind);

enum Kind {
    Unusable,
    Argon2(Argon2),
    Bcrypt(Bcrypt),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
}

impl StoredPassword {
    /// Reads a stored text, and computes nothing.
    ///
    /// # Errors
    /// [`Unverifiable`].
    pub fn parse(stored: &str) -> Result<Self, Unverifiable> {
        // Django as well matches nothing with an empty text, which users have who were made without a password.
        if stored.is_empty() || stored.starts_with(UNUSABLE) {
            return Ok(Self(Kind::Unusable));
        }
        let unknown = || Unverifiable::UnknownScheme(SchemeName::of(stored));
        if stored.starts_with("$argon2") {
            return Argon2::parse(stored, Scheme::Own).map(|read| Self(Kind::Argon2(read)));
        }
        let (name, rest) = stored.split_once('$').ok_or_else(unknown)?;
        let kind = match name {
            "pbkdf2_sha256" => Kind::Pbkdf2(Pbkdf2::parse_sha256(rest)?),
            "pbkdf2_sha1" => Kind::Pbkdf2(Pbkdf2::parse_sha1(rest)?),
            "bcrypt_sha256" => Kind::Bcrypt(Bcrypt::parse(rest, true)?),
            "bcrypt" => Kind::Bcrypt(Bcrypt::parse(rest, false)?),
            "scrypt" => Kind::Scrypt(Scrypt::parse(rest)?),
            "argon2" => {
                // From the `$` that the PHC format begins with.
                let text = &stored[name.len()..];
                Kind::Argon2(Argon2::parse(text, Scheme::DjangoArgon2)?)
            }
            _ => return Err(unknown()),
        };
        Ok(Self(kind))
    }

    /// Returns how it is stored.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match &self.0 {
            Kind::Unusable => Scheme::Unusable,
            Kind::Argon2(stored) => stored.scheme(),
            Kind::Bcrypt(stored) => stored.scheme(),
            Kind::Pbkdf2(stored) => stored.scheme(),
            Kind::Scrypt(_) => Scheme::DjangoScrypt,
        }
    }

    /// Returns whether a password may match it at all.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !matches!(self.0, Kind::Unusable)
    }

    /// Returns whether it is stored as a new password would be.
    #[must_use]
    pub fn is_current(&self) -> bool {
        matches!(&self.0, Kind::Argon2(stored) if stored.is_current())
    }

    /// Returns whether it is that of the password, given in UTF-8. It takes from some milliseconds to some seconds of a core.
    ///
    /// # Errors
    /// [`CannotCompute`]: there was no memory.
    pub fn matches(&self, password: &[u8]) -> Result<bool, CannotCompute> {
        match &self.0 {
            Kind::Unusable => Ok(false),
            Kind::Argon2(stored) => stored.matches(password),
            Kind::Bcrypt(stored) => Ok(stored.matches(password)),
            Kind::Pbkdf2(stored) => Ok(stored.matches(password)),
            Kind::Scrypt(stored) => stored.matches(password),
        }
    }
}
