//! The name of this engine, where several share a database.

use std::fmt;
use std::str::FromStr;

/// The longest name, in characters.
const CHARS_MAX: usize = 64;

/// What this engine is called on the pages of the panel: up to 64 characters, none of them invisible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineName(String);

/// A text is no name of an engine.
#[derive(Debug, thiserror::Error)]
#[error("not a name of an engine")]
pub struct InvalidEngineName;

impl FromStr for EngineName {
    type Err = InvalidEngineName;

    fn from_str(text: &str) -> Result<Self, InvalidEngineName> {
        let is_name = !text.is_empty()
            && text.chars().count() <= CHARS_MAX
            && text.trim() == text
            && !text.chars().any(char::is_control);
        is_name
            .then(|| Self(text.to_owned()))
            .ok_or(InvalidEngineName)
    }
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_visible() {
        for text in ["engine2", "Касса № 1", "a"] {
            assert_eq!(text.parse::<EngineName>().unwrap().to_string(), text);
        }
        for text in ["", " ", " a", "a\n", "a\0b", &"я".repeat(65)] {
            assert!(text.parse::<EngineName>().is_err(), "{text:?}");
        }
    }
}
