//! `$argon2id$v=19$m=...,t=...,p=...$salt$hash`, in the PHC string format: Django's, after `argon2`, and ours.

use argon2::{Algorithm, Argon2 as Function, Params, RECOMMENDED_SALT_LEN, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;

use super::fields;
use super::scheme::Scheme;
use super::unverifiable::{CannotCompute, Unverifiable};

/// Django's default is 100 MiB, ours 19 MiB.
const MEMORY_MAX_KIB: u32 = 256 << 10;
/// Memory times passes: some seconds of a core. Django's default is 200 MiB.
const WORK_MAX_KIB: u64 = 4 << 20;
/// The least of the algorithm, and far more than anyone has.
const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=256;
/// Django has 32, and 16 by earlier versions of its library. A shorter one is a cut one.
const HASH_BYTES: std::ops::RangeInclusive<usize> = 16..=128;

pub(super) struct Argon2 {
    scheme: Scheme,
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Argon2 {
    /// Reads what follows the name of the scheme, from its `$`.
    pub fn parse(text: &str, scheme: Scheme) -> Result<Self, Unverifiable> {
        let malformed = || Unverifiable::Malformed(scheme);
        let (variety, version, cost, salt, hash) = split(text).ok_or_else(malformed)?;
        let algorithm = Algorithm::new(variety).map_err(|_| malformed())?;
        let [memory, passes, lanes] = cost;
        let is_costly = memory > MEMORY_MAX_KIB
            || u64::from(memory) * u64::from(passes) > WORK_MAX_KIB
            // Each has at least 8 KiB.
            || lanes > MEMORY_MAX_KIB / 8;
        if is_costly {
            return Err(Unverifiable::TooCostly(scheme));
        }
        let params = Params::new(memory, passes, lanes, Some(hash.len()));
        Ok(Self {
            scheme,
            algorithm,
            version,
            params: params.map_err(|_| malformed())?,
            salt,
            hash,
        })
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether it is as a new one of ours would be.
    pub fn is_current(&self) -> bool {
        let ours = Params::DEFAULT;
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        self.scheme == Scheme::Own
            && self.algorithm == Algorithm::default()
            && self.version == Version::default()
            && cost(&self.params) == cost(&ours)
            && self.hash.len() == Params::DEFAULT_OUTPUT_LEN
            && self.salt.len() >= RECOMMENDED_SALT_LEN
    }

    pub fn matches(&self, password: &[u8]) -> Result<bool, CannotCompute> {
        let function = Function::new(self.algorithm, self.version, self.params.clone());
        let mut computed = vec![0; self.hash.len()];
        function
            .hash_password_into(password, &self.salt, &mut computed)
            .map_err(|_| CannotCompute(self.scheme))?;
        Ok(computed.ct_eq(&self.hash).into())
    }
}

type Fields<'t> = (&'t str, Version, [u32; 3], Vec<u8>, Vec<u8>);

fn split(text: &str) -> Option<Fields<'_>> {
    // The version was not written before there was a second one.
    let (variety, version, cost, salt, hash) = match text.split('$').collect::<Vec<_>>()[..] {
        ["", variety, version, cost, salt, hash] => {
            let version = fields::number(version.strip_prefix("v=")?)?;
            (variety, version.try_into().ok()?, cost, salt, hash)
        }
        ["", variety, cost, salt, hash] => (variety, Version::V0x10, cost, salt, hash),
        _ => return None,
    };
    let mut costs = cost.split(',');
    let mut cost = |name| fields::number(costs.next()?.strip_prefix(name)?);
    let cost = [cost("m=")?, cost("t=")?, cost("p=")?];
    let salt = STANDARD_NO_PAD.decode(salt).ok()?;
    let hash = STANDARD_NO_PAD.decode(hash).ok()?;
    let is_whole = costs.next().is_none()
        && SALT_BYTES.contains(&salt.len())
        && HASH_BYTES.contains(&hash.len());
    is_whole.then_some((variety, version, cost, salt, hash))
}
