//! `$2b$cost$` with salt and hash, after `bcrypt_sha256$` or `bcrypt$`.
//!
//! The four versions are one algorithm in the library that Django uses (bcrypt 5.0), and so they are here.

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use bcrypt::bcrypt;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::fields;
use super::scheme::Scheme;
use super::unverifiable::Unverifiable;

const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);
const COST_MIN: u32 = 4;
/// Each one more doubles the time; 16 takes some seconds. Django's default is 12.
const COST_MAX: u32 = 16;
const SALT_CHARS: usize = 22;
/// Of what is hashed; the rest of a longer password does not count.
const INPUT_MAX_BYTES: usize = 72;

pub(super) struct Bcrypt {
    /// The password is hashed by SHA-256 first.
    of_sha256: bool,
    cost: u32,
    salt: [u8; 16],
    hash: [u8; 23],
}

impl Bcrypt {
    pub fn parse(text: &str, of_sha256: bool) -> Result<Self, Unverifiable> {
        let read = || {
            let ["", "2a" | "2b" | "2x" | "2y", cost, data] = fields::split(text)? else {
                return None;
            };
            let cost = match cost.as_bytes() {
                [b'0', _] => fields::number(&cost[1..]),
                [_, _] => fields::number(cost),
                _ => None,
            };
            let (salt, hash) = data.split_at_checked(SALT_CHARS)?;
            Some(Self {
                of_sha256,
                cost: cost.filter(|cost| *cost >= COST_MIN)?,
                salt: decoded(salt)?,
                hash: decoded(hash)?,
            })
        };
        let scheme = scheme(of_sha256);
        let read = read().ok_or(Unverifiable::Malformed(scheme))?;
        if read.cost > COST_MAX {
            return Err(Unverifiable::TooCostly(scheme));
        }
        Ok(read)
    }

    pub fn scheme(&self) -> Scheme {
        scheme(self.of_sha256)
    }

    pub fn matches(&self, password: &[u8]) -> bool {
        let digest = self.of_sha256.then(|| hexadecimal(password));
        let input = digest.as_ref().map_or(password, <[u8; 64]>::as_slice);
        // It ends with a zero, if there is room for one.
        let zero = input.iter().copied().chain([0]);
        let input: Vec<u8> = zero.take(INPUT_MAX_BYTES).collect();
        let computed = bcrypt(self.cost, self.salt, &input);
        computed[..self.hash.len()].ct_eq(&self.hash).into()
    }
}

const fn scheme(of_sha256: bool) -> Scheme {
    if of_sha256 {
        Scheme::DjangoBcryptSha256
    } else {
        Scheme::DjangoBcrypt
    }
}

fn decoded<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

/// The SHA-256 in lower-case hexadecimal digits.
fn hexadecimal(password: &[u8]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 64];
    for (digits, byte) in text.chunks_exact_mut(2).zip(Sha256::digest(password)) {
        digits[0] = DIGITS[usize::from(byte >> 4)];
        digits[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}
