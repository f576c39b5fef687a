//! `n$salt$r$p$hash`, after `scrypt$`.

use scrypt::Params;
use subtle::ConstantTimeEq as _;

use super::fields;
use super::scheme::Scheme;
use super::unverifiable::{CannotCompute, Unverifiable};

const SCHEME: Scheme = Scheme::DjangoScrypt;
/// Django has `n` 16 384 and `r` 8, 16 MiB, and cannot exceed OpenSSL's 32 MiB without a hasher of its own.
const MEMORY_MAX_BYTES: u64 = 256 << 20;
/// Bytes that are written and read, over all of `p`: some seconds of a core. Django's default is 80 MiB.
const WORK_MAX_BYTES: u64 = 2 << 30;

pub(super) struct Scrypt {
    params: Params,
    salt: Vec<u8>,
    hash: [u8; 64],
}

impl Scrypt {
    pub fn parse(text: &str) -> Result<Self, Unverifiable> {
        let read = || {
            let [n, salt, r, p, hash] = fields::split(text)?;
            let cost = (fields::number(n)?, fields::number(r)?, fields::number(p)?);
            Some((cost, fields::salt(salt)?, fields::padded_base64(hash)?))
        };
        let malformed = || Unverifiable::Malformed(SCHEME);
        let ((n, r, p), salt, hash) = read().ok_or_else(malformed)?;
        // Not above 2^70: each of the three is below 2^32, and what is too much memory is refused first.
        let memory = 128 * u128::from(n) * u128::from(r);
        if memory > MEMORY_MAX_BYTES.into() || memory * u128::from(p) > WORK_MAX_BYTES.into() {
            return Err(Unverifiable::TooCostly(SCHEME));
        }
        // A power of two from 2, as `log_n`.
        let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| malformed())?;
        if !n.is_power_of_two() || log_n == 0 {
            return Err(malformed());
        }
        let params = Params::new(log_n, r, p).map_err(|_| malformed())?;
        Ok(Self { params, salt, hash })
    }

    pub fn matches(&self, password: &[u8]) -> Result<bool, CannotCompute> {
        let mut computed = [0; 64];
        scrypt::scrypt(password, &self.salt, &self.params, &mut computed)
            .map_err(|_| CannotCompute(SCHEME))?;
        Ok(computed.ct_eq(&self.hash).into())
    }
}
