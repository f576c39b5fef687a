//! Text in XML.

use std::fmt;

/// A text as the content of an element: markup is escaped, and a character that XML 1.0 does not allow is replaced.
///
/// A text without control characters has two at most that are not allowed, U+FFFE and U+FFFF; one of them would make the whole file
/// unreadable.
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                c if is_allowed(c) => fmt::Write::write_char(f, c)?,
                _ => fmt::Write::write_char(f, char::REPLACEMENT_CHARACTER)?,
            }
        }
        Ok(())
    }
}

/// XML 1.0, section 2.2: `Char`.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped_and_what_xml_does_not_allow_is_replaced() {
        for (text, written) in [
            ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
            ("\"quoted\" 'text'", "\"quoted\" 'text'"),
            ("]]>", "]]&gt;"),
            ("a\u{a0}я😀", "a\u{a0}я😀"),
            (
                "\u{fffe}\u{ffff}\u{0}\u{b}",
                "\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
        ] {
            assert_eq!(Text(text).to_string(), written);
        }
    }
}
