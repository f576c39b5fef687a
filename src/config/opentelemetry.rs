//! The environment variables that OpenTelemetry's specification names, as far as they are about traces.
//!
//! An operator sets them for every program alike, so they are no settings of this one, and mean here what they mean
//! elsewhere: an empty text is not set, words are case-insensitive, and an invalid value is ignored with a warning.
//!
//! | variable                                            | what it decides                                          |
//! |-----------------------------------------------------|----------------------------------------------------------|
//! | `OTEL_SDK_DISABLED`, `OTEL_TRACES_EXPORTER=none`    | that there are no traces, wherever they would go         |
//! | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`     | the resource; the name overrides one in the attributes   |
//! | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`    | which requests are traced, unless `WALLET_TRACE_RATIO` is set |
//! | `OTEL_EXPORTER_OTLP_HEADERS`, `..._TRACES_HEADERS`  | headers to the collector; the second overrides the first |
//! | `OTEL_EXPORTER_OTLP_TIMEOUT`, `..._TRACES_TIMEOUT`  | milliseconds that the collector may take                 |
//!
//! An endpoint among them sends nothing: only `WALLET_OTLP_ENDPOINT` does, so that a variable of the machine does not make an
//! engine trace.
//!
//! The SDK (0.33) reads some of them by itself, but decodes no attribute, lets `service.name` among the attributes override
//! `OTEL_SERVICE_NAME`, and takes an empty `..._TRACES_HEADERS` for one that is set.

use std::fmt;
use std::time::Duration;

use actix_web::http::header::HeaderName;
use percent_encoding::percent_decode_str;

use super::source::Reader;

/// The default timeout of the collector, and the maximum.
const TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT_MAX_MS: u64 = 60_000;

/// Which requests are traced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// The share of the requests for which the caller has not decided.
    pub ratio: f64,
    /// The caller's decision to trace its request, or not, is followed.
    pub follows_caller: bool,
}

impl Sampling {
    /// The specification's default.
    pub(super) const ALL: Self = Self::following(1.0);

    pub(super) const fn following(ratio: f64) -> Self {
        Self {
            ratio,
            follows_caller: true,
        }
    }
}

/// Name and value of each header; a value may be a key to the collector, and is never shown.
#[derive(Clone, Default)]
pub struct Headers(pub Vec<(String, String)>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

/// Reads the variables, and notes what is wrong with them.
pub(super) struct Variables<'r, 's> {
    read: &'r Reader<'s>,
    pub warnings: Vec<String>,
}

impl<'r, 's> Variables<'r, 's> {
    pub fn new(read: &'r Reader<'s>) -> Self {
        Self {
            read,
            warnings: Vec::new(),
        }
    }

    pub fn get(&self, name: &'static str) -> Option<&'s str> {
        self.read.variable(name)
    }

    /// The variable that turns traces off, if one does.
    pub fn turned_off(&mut self) -> Option<&'static str> {
        let switches = [
            ("OTEL_SDK_DISABLED", "true", "false"),
            ("OTEL_TRACES_EXPORTER", "none", "otlp"),
        ];
        let off = switches.into_iter().find(|(name, off, on)| {
            let Some(word) = self.word(name) else {
                return false;
            };
            if word != *off && word != *on {
                let problem = format!("is neither {off} nor {on}: it counts as {on}");
                self.warn(name, &word, &problem);
            }
            word == *off
        });
        off.map(|(name, ..)| name)
    }

    /// Attributes of the resource, `service.name` among them where it is set.
    pub fn resource(&mut self) -> Vec<(String, String)> {
        const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
        let text = self.get(ATTRIBUTES).unwrap_or_default();
        let mut attributes = attributes(text).unwrap_or_else(|| {
            let problem = "is no list of key=value, percent-encoded: none of it counts";
            self.warn(ATTRIBUTES, text, problem);
            Vec::new()
        });
        attributes.retain(|(key, value)| key != "service.name" || !value.is_empty());
        if let Some(name) = self.get("OTEL_SERVICE_NAME") {
            attributes.push(("service.name".to_owned(), name.to_owned()));
        }
        attributes
    }

    /// The sampler's variables; `None` if they are not set.
    pub fn sampling(&mut self) -> Option<Sampling> {
        const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
        let name = self.word(SAMPLER)?;
        let (rule, follows_caller) = match name.strip_prefix("parentbased_") {
            Some(rule) => (rule, true),
            None => (name.as_str(), false),
        };
        let ratio = match rule {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" => self.sampler_ratio(),
            _ => {
                let problem = "is no sampler of this program's: it counts as parentbased_always_on";
                self.warn(SAMPLER, &name, problem);
                return Some(Sampling::ALL);
            }
        };
        Some(Sampling {
            ratio,
            follows_caller,
        })
    }

    fn sampler_ratio(&mut self) -> f64 {
        const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
        let Some(text) = self.get(ARGUMENT) else {
            return 1.0;
        };
        let ratio = text.trim().parse().ok();
        ratio
            .filter(|ratio| (0.0..=1.0).contains(ratio))
            .unwrap_or_else(|| {
                self.warn(ARGUMENT, text, "is no number from 0 to 1: it counts as 1");
                1.0
            })
    }

    pub fn headers(&mut self) -> Headers {
        let set = self.of_traces_or_all(
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
            "OTEL_EXPORTER_OTLP_HEADERS",
        );
        let Some((name, text)) = set else {
            return Headers::default();
        };
        let entries: Vec<_> = entries(text).collect();
        let headers: Vec<_> = entries.iter().filter_map(|entry| header(entry)).collect();
        if headers.len() < entries.len() {
            // Not the text: it may be a key.
            let lost = entries.len() - headers.len();
            let warning =
                format!("{name} has {lost} entries that are no name=value, which are left out");
            self.warnings.push(warning);
        }
        Headers(headers)
    }

    pub fn timeout(&mut self) -> Duration {
        let set = self.of_traces_or_all(
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
            "OTEL_EXPORTER_OTLP_TIMEOUT",
        );
        let Some((name, text)) = set else {
            return TIMEOUT;
        };
        let milliseconds = text.trim().parse().ok();
        let milliseconds = milliseconds.filter(|set| (1..=TIMEOUT_MAX_MS).contains(set));
        milliseconds.map_or_else(
            || {
                let problem = "is no number of milliseconds from 1 to 60000: it counts as 5000";
                self.warn(name, text, problem);
                TIMEOUT
            },
            Duration::from_millis,
        )
    }

    fn of_traces_or_all(
        &self,
        of_traces: &'static str,
        of_all: &'static str,
    ) -> Option<(&'static str, &'s str)> {
        let set = |name| Some((name, self.get(name)?));
        set(of_traces).or_else(|| set(of_all))
    }

    fn word(&self, name: &'static str) -> Option<String> {
        Some(self.get(name)?.trim().to_ascii_lowercase())
    }

    fn warn(&mut self, name: &str, given: &str, problem: &str) {
        self.warnings.push(format!("{name} {problem} ({given:?})"));
    }
}

/// The entries of a list; a comma too many separates nothing.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

/// Keys and values, decoded; `None` if any is wrong, since the specification discards the whole then.
fn attributes(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |entry: &str| {
        let (key, value) = entry.split_once('=')?;
        let (key, value) = (decoded(key.trim())?, decoded(value.trim())?);
        (!key.is_empty()).then_some((key, value))
    };
    entries(text).map(pair).collect()
}

/// Name and value, which stays encoded: the exporter decodes it.
fn header(entry: &str) -> Option<(String, String)> {
    let (name, value) = entry.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let visible = |text: String| {
        text.bytes()
            .all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
    };
    let is_header = name.parse::<HeaderName>().is_ok() && !value.is_empty();
    let is_header = is_header && decoded(value).is_some_and(visible);
    is_header.then(|| (name.to_owned(), value.to_owned()))
}

/// `None` of what is no percent-encoding of UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut escapes = text.split('%').skip(1);
    let whole = escapes.all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let text = whole.then(|| percent_decode_str(text).decode_utf8().ok())?;
    text.map(String::from)
}

#[cfg(test)]
mod tests;
