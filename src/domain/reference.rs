//! What a client calls an operation in its own books.

use std::fmt;
use std::sync::Arc;

/// The longest reference, in characters.
pub const REFERENCE_CHARS_MAX: usize = 140;

/// A text of 1 to [`REFERENCE_CHARS_MAX`] characters without control characters, kept as sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(Arc<str>);

impl Reference {
    /// Reads a reference; `None` if the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let chars = text.chars().count();
        let fits = (1..=REFERENCE_CHARS_MAX).contains(&chars);
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_1_to_140_characters_and_none_of_them_is_a_control() {
        let longest = "я".repeat(REFERENCE_CHARS_MAX);
        for text in ["r", "аренда, май", " ", "a\u{200d}b", &longest] {
            assert_eq!(Reference::parse(text).unwrap().as_str(), text);
        }
        let too_long = "a".repeat(REFERENCE_CHARS_MAX + 1);
        for text in ["", "a\nb", "a\tb", "\0", "a\u{7f}", "\u{85}", &too_long] {
            assert_eq!(Reference::parse(text), None, "{text:?}");
        }
    }
}
