//! Reads the parameters of an address one by one; those that are left are refused.

use std::collections::BTreeMap;

use super::error::Fault;
use super::names::{SUPPORTED, UNSUPPORTED, is_name, nearest};
use super::parameters::{Parameter, Parameters};

pub(super) struct ParameterReader {
    parameters: BTreeMap<String, Parameter>,
    faults: Vec<Fault>,
}

impl ParameterReader {
    /// Of a repeated name, the last value counts.
    pub fn new(parameters: Parameters) -> Self {
        let parameters = parameters.list.into_iter();
        Self {
            parameters: parameters
                .map(|parameter| (parameter.name.clone(), parameter))
                .collect(),
            faults: Vec::new(),
        }
    }

    /// Every mistake, those of names after those of values.
    pub fn finish(self) -> Vec<Fault> {
        let Self {
            parameters,
            mut faults,
        } = self;
        for (name, parameter) in parameters {
            let unsupported = UNSUPPORTED.iter().find(|known| **known == name);
            let may_be_shown =
                is_name(&name) && (!parameter.follows_open_password || nearest(&name).is_some());
            faults.push(match unsupported {
                Some(name) => Fault::Unsupported(name),
                None => Fault::Unknown(may_be_shown.then_some(name)),
            });
        }
        faults
    }

    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The value of the name, even if it is empty.
    fn take(&mut self, name: &'static str) -> Option<Vec<u8>> {
        debug_assert!(
            SUPPORTED.contains(&name),
            "{name} is missing from the supported names"
        );
        self.parameters
            .remove(name)
            .map(|parameter| parameter.value)
    }

    /// Likewise; nothing where it is empty, as for libpq.
    pub fn bytes(&mut self, name: &'static str) -> Option<Vec<u8>> {
        self.take(name).filter(|value| !value.is_empty())
    }

    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.bytes(name)?;
        let text = String::from_utf8(value).ok();
        if text.is_none() {
            self.fault(Fault::value(name, "in UTF-8"));
        }
        text
    }

    /// The values between commas.
    pub fn list(&mut self, name: &'static str) -> Option<Vec<Vec<u8>>> {
        let value = self.bytes(name)?;
        Some(value.split(|&byte| byte == b',').map(Vec::from).collect())
    }

    /// One of a few words. An empty one is none of them.
    pub fn one_of<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        self.one_of_because(name, words, "")
    }

    /// Likewise, where a refusal has a `reason`.
    pub fn one_of_because<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
        reason: &str,
    ) -> Option<T> {
        let value = self.take(name)?;
        let found = words.iter().find(|(word, _)| word.as_bytes() == value);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.fault(Fault::value(name, known.join(" or ") + reason));
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// A whole number up to `max`; a negative one counts as zero.
    pub fn whole(&mut self, name: &'static str, max: u32, what: &str) -> Option<u32> {
        let value = self.take(name)?;
        let found = whole_in(&value).map(|value| value.max(0).unsigned_abs());
        let found = found.filter(|value| *value <= max);
        if found.is_none() {
            self.fault(Fault::value(name, format!("{what} from 0 to {max}")));
        }
        found
    }
}

/// What libpq takes for a whole number, with spaces around it and a sign.
pub(super) fn whole_in(value: &[u8]) -> Option<i32> {
    let text = std::str::from_utf8(value).ok()?;
    text.trim_ascii().parse().ok()
}
