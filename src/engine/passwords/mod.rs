//! Stored passwords as they are compared: this engine's own, and those that Django stored before it.
//!
//! * [`StoredPassword::parse`] reads a stored text; what it cannot read is an [`Unverifiable`], which is never answered as a
//!   wrong password.
//! * [`StoredPassword::matches`] computes, for as long as the text says: `compare` calls it, on the threads of `hashing`, and says what
//!   takes the time of a comparison where there is nothing to compare.
//! * A text that asks for more than the limits of its scheme is refused before anything is computed, so that a corrupt or hostile one
//!   does not occupy a hasher for ever. Every default that Django has had is far within them.
//!
//! The formats are those of `django.contrib.auth.hashers` (5.2), read here and computed by kept primitives: readers of the PHC format
//! refuse Django's base64 and some lengths of its hashes.

mod argon2;
mod bcrypt;
mod compare;
mod fields;
mod pbkdf2;
mod scheme;
mod scrypt;
mod stored;
#[cfg(test)]
mod tests;
mod unverifiable;

pub(super) use compare::{NotCompared, compare, hashed};
pub use scheme::Scheme;
pub use stored::StoredPassword;
pub use unverifiable::{CannotCompute, SchemeName, Unverifiable};

/// Returns the scheme of a stored password, if the engine can compare it: what a sign-in would say of it, without computing anything.
///
/// # Errors
/// [`Unverifiable`].
pub fn scheme_of(stored: &str) -> Result<Scheme, Unverifiable> {
    StoredPassword::parse(stored).map(|stored| stored.scheme())
}
