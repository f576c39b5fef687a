//! `rounds$salt$hash`, after `pbkdf2_sha256$` or `pbkdf2_sha1$`.

use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::fields;
use super::scheme::Scheme;
use super::unverifiable::Unverifiable;

/// Some seconds of a core. Django's default was 10 000 in 2013 and is 1 000 000 in 5.2.
const ROUNDS_MAX: u32 = 20_000_000;

pub(super) struct Pbkdf2 {
    rounds: u32,
    salt: Vec<u8>,
    hash: Hash,
}

enum Hash {
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

impl Pbkdf2 {
    pub fn parse_sha256(text: &str) -> Result<Self, Unverifiable> {
        let hash = |text: &str| fields::padded_base64(text).map(Hash::Sha256);
        Self::parse(text, hash, Scheme::DjangoPbkdf2Sha256)
    }

    pub fn parse_sha1(text: &str) -> Result<Self, Unverifiable> {
        let hash = |text: &str| fields::padded_base64(text).map(Hash::Sha1);
        Self::parse(text, hash, Scheme::DjangoPbkdf2Sha1)
    }

    fn parse(
        text: &str,
        hash: impl FnOnce(&str) -> Option<Hash>,
        scheme: Scheme,
    ) -> Result<Self, Unverifiable> {
        let read = || {
            let [rounds, salt, encoded] = fields::split(text)?;
            Some(Self {
                rounds: fields::number(rounds)?,
                salt: fields::salt(salt)?,
                hash: hash(encoded)?,
            })
        };
        let read = read().ok_or(Unverifiable::Malformed(scheme))?;
        if read.rounds > ROUNDS_MAX {
            return Err(Unverifiable::TooCostly(scheme));
        }
        Ok(read)
    }

    pub fn scheme(&self) -> Scheme {
        match self.hash {
            Hash::Sha1(_) => Scheme::DjangoPbkdf2Sha1,
            Hash::Sha256(_) => Scheme::DjangoPbkdf2Sha256,
        }
    }

    pub fn matches(&self, password: &[u8]) -> bool {
        match &self.hash {
            Hash::Sha1(hash) => {
                let mut computed = [0; 20];
                pbkdf2_hmac::<Sha1>(password, &self.salt, self.rounds, &mut computed);
                computed.ct_eq(hash).into()
            }
            Hash::Sha256(hash) => {
                let mut computed = [0; 32];
                pbkdf2_hmac::<Sha256>(password, &self.salt, self.rounds, &mut computed);
                computed.ct_eq(hash).into()
            }
        }
    }
}
