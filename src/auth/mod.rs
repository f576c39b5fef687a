//! Who asks, and what they may do: keys with scopes, and owners with tokens.
//!
//! * A client sends a [`Credential`]: a key, or the token of an owner who signed in ([`sign_in`]). Only the [`Digest`] of a
//!   [`Secret`] is stored and compared.
//! * [`Access`] finds the [`Identity`] that it is of: from memory, or in the [`Directory`], which `storage` implements.
//! * An identity has [`Scopes`], and a [`Reach`]: all wallets, or some. Every endpoint names the scopes that it takes, in its
//!   registration (`api/resource.rs`); what names none does not compile.
//! * What is revoked is refused by every engine within a second (`watch`).
//!
//! Staff who work in the panel have sessions instead (`admin/session.rs`), and may have a `second_factor`.

mod access;
mod credential;
mod directory;
mod identity;
mod learnt;
mod owners;
mod scope;
mod second_factor;
mod secret;
mod sign_in;
#[cfg(test)]
mod tests;
mod watch;

pub use access::{Access, Terms};
pub use credential::{Credential, InvalidHeader, Scheme};
pub use directory::{Attempt, AttemptSubject, Cause, Changes, Directory, Named, SignInUser};
pub use identity::{Identity, Reach, Subject};
pub use owners::TokenError;
pub use scope::{Scope, Scopes, UnknownScope};
pub use second_factor::{FactorSecret, Proof, RECOVERY_CODES, RecoveryCode, TypedCode};
pub use secret::{Digest, KEY_PREFIX, NoRandomness, Secret};
pub use sign_in::{SignInError, second_step, sign_in};
