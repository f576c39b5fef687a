//! Where the texts of settings come from, and how each is read.
//!
//! A flag overrides the environment; a variable of a secret overrides its `_FILE`. A mistake is recorded
//! and reading goes on with a stand-in, so that one start reports all of them.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::settings::{SETTINGS, Setting};

/// The texts that were set, by variable name.
#[derive(Default)]
pub struct Source(HashMap<String, String>);

impl Source {
    /// The environment, overlaid by `flags` (variable name, text).
    #[must_use]
    pub fn from_env_and_flags(flags: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let mut texts: HashMap<_, _> = std::env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text)))
            .map(|(name, text)| (name, text.to_string_lossy().into_owned()))
            .collect();
        for (name, text) in flags {
            texts.remove(&format!("{name}_FILE"));
            texts.insert(name.to_owned(), text);
        }
        Self(texts)
    }

    /// Just these texts.
    #[must_use]
    pub fn of(texts: &[(&str, &str)]) -> Self {
        Self(
            texts
                .iter()
                .map(|&(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
        )
    }

    /// What is set under the name; an empty text counts as not set, as Compose files pass absent variables.
    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.trim().is_empty())
    }
}

/// One wrong setting.
#[derive(Debug)]
pub struct Mistake {
    pub name: &'static str,
    /// What is wrong, as the rest of a sentence that begins with the name.
    pub problem: String,
    /// The text that was set; `None` for a secret.
    pub text: Option<String>,
}

/// Every wrong setting of one start.
#[derive(Debug)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// These, of which there is one at least.
    #[must_use]
    pub fn of(mistakes: Vec<Mistake>) -> Self {
        debug_assert!(!mistakes.is_empty(), "nothing is wrong");
        Self(mistakes)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is wrong:")?;
        for mistake in &self.0 {
            write!(f, "\n  {} {}", mistake.name, mistake.problem)?;
            if let Some(text) = &mistake.text {
                write!(f, ", and is {text:?}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// An effective setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Effective {
    pub name: &'static str,
    /// `None`: absent. A secret's is never the secret.
    pub value: Option<String>,
    /// Whether it is set, rather than a default.
    pub set: bool,
}

/// A whole number that a setting may be.
pub(super) trait Whole: FromStr + PartialOrd + fmt::Display {}

impl<T: FromStr + PartialOrd + fmt::Display> Whole for T {}

/// Reads settings one after another and remembers what was wrong.
pub(super) struct Reader<'a> {
    source: &'a Source,
    mistakes: Vec<Mistake>,
    /// Values of absent settings that follow from the machine or from other settings.
    derived: HashMap<&'static str, String>,
}

impl<'a> Reader<'a> {
    pub fn new(source: &'a Source) -> Self {
        Self {
            source,
            mistakes: Vec::new(),
            derived: HashMap::new(),
        }
    }

    /// The effective settings.
    pub fn effective(&self) -> Vec<Effective> {
        let effective = SETTINGS.iter().map(|setting| {
            let name = setting.name;
            let text = self.source.get(name);
            let in_file = setting.secret && self.source.get(&format!("{name}_FILE")).is_some();
            let set = text.is_some() || in_file;
            let value = if set && setting.secret {
                Some("hidden".to_owned())
            } else {
                let derived = || self.derived.get(name).cloned();
                let default = || setting.default.map(str::to_owned);
                text.map(str::to_owned).or_else(derived).or_else(default)
            };
            Effective { name, value, set }
        });
        effective.collect()
    }

    pub fn finish<T>(self, config: T) -> Result<T, Mistakes> {
        if self.mistakes.is_empty() {
            Ok(config)
        } else {
            Err(Mistakes(self.mistakes))
        }
    }

    /// A setting with a default, parsed.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str, expected: &str) -> T {
        match self.optional_parsed(name, expected) {
            Some(value) => value,
            None => default_of(name),
        }
    }

    /// A setting that may be absent, parsed.
    pub fn optional_parsed<T: FromStr>(&mut self, name: &'static str, expected: &str) -> Option<T> {
        let text = self.text(name)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.wrong(name, expected, text);
        }
        value
    }

    /// A secret that may be absent, whose errors describe the mistake and show nothing of it.
    pub fn optional_secret<T>(&mut self, name: &'static str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        debug_assert!(setting(name).secret, "{name} is shown elsewhere");
        let read = self.text(name)?.parse();
        read.map_err(|error: T::Err| {
            self.mistakes.push(Mistake {
                name,
                problem: error.to_string(),
                text: None,
            });
        })
        .ok()
    }

    /// A whole number within the range.
    pub fn count<T: Whole>(&mut self, name: &'static str, range: RangeInclusive<T>) -> T {
        self.optional_count(name, range)
            .unwrap_or_else(|| default_of(name))
    }

    /// A whole number within the range, `absent` when not set.
    pub fn count_or(
        &mut self,
        name: &'static str,
        range: RangeInclusive<usize>,
        absent: usize,
    ) -> usize {
        self.derive(name, absent.to_string());
        self.optional_count(name, range).unwrap_or(absent)
    }

    /// A time in whole seconds within the range.
    pub fn seconds(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.count(name, range))
    }

    /// A time in whole milliseconds, up to an hour; `absent` when not set.
    pub fn milliseconds_or(&mut self, name: &'static str, absent: Duration) -> Duration {
        self.derive(name, absent.as_millis().to_string());
        self.optional_count(name, 1..=3_600_000)
            .map_or(absent, Duration::from_millis)
    }

    pub fn path(&mut self, name: &'static str) -> PathBuf {
        self.parsed(name, "a path")
    }

    /// A filter in tracing's syntax.
    pub fn log_filter(&mut self, name: &'static str) -> String {
        let filter: String = self.parsed(name, "a filter");
        if EnvFilter::try_new(&filter).is_err() {
            let expected = "a filter such as info or wallet_engine=debug,info";
            self.wrong(name, expected, filter.clone());
        }
        filter
    }

    /// One of a few words.
    pub fn one_of<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> T {
        let text: String = self.parsed(name, "a word");
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(name, &known.join(" or "), text);
        }
        found.unwrap_or(&words[0]).1
    }

    /// One of a few words, that may be absent.
    pub fn optional_one_of<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(name, &known.join(" or "), text);
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number within the range, that may be absent.
    pub fn optional_count<T: Whole>(
        &mut self,
        name: &'static str,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let value = text.parse().ok().filter(|value| range.contains(value));
        if value.is_none() {
            let expected = format!("a whole number from {} to {}", range.start(), range.end());
            self.wrong(name, &expected, text);
        }
        value
    }

    /// A variable that is no setting, as it is.
    pub fn variable(&self, name: &str) -> Option<&'a str> {
        self.source.get(name)
    }

    /// Records the value that stands in for an absent setting.
    pub fn derive(&mut self, name: &'static str, text: String) {
        self.derived.insert(name, text);
    }

    /// Whether it is not left to its default.
    pub fn is_set(&self, name: &'static str) -> bool {
        debug_assert!(!setting(name).secret, "a secret may be in a file");
        self.source.get(name).is_some()
    }

    /// The text that is set, from the file that names it where that is how it was set.
    fn text(&mut self, name: &'static str) -> Option<String> {
        if let Some(text) = self.source.get(name) {
            return Some(text.to_owned());
        }
        if !setting(name).secret {
            return None;
        }
        let path = self.source.get(&format!("{name}_FILE"))?;
        match std::fs::read_to_string(path) {
            Ok(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            unreadable => {
                let why = match unreadable {
                    Ok(_) => "is empty".to_owned(),
                    Err(error) => format!("cannot be read ({error})"),
                };
                self.mistakes.push(Mistake {
                    name,
                    problem: format!("should be in the file {path}, which {why}"),
                    text: None,
                });
                None
            }
        }
    }

    fn wrong(&mut self, name: &'static str, expected: &str, text: String) {
        let text = (!setting(name).secret).then_some(text);
        self.mistakes.push(Mistake {
            name,
            problem: format!("should be {expected}"),
            text,
        });
    }
}

fn setting(name: &str) -> &'static Setting {
    SETTINGS
        .iter()
        .find(|setting| setting.name == name)
        .unwrap_or_else(|| panic!("{name} is not in the list of settings"))
}

/// The default of a setting that has one.
fn default_of<T: FromStr>(name: &str) -> T {
    setting(name)
        .default
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{name} has no default, or a wrong one"))
}
