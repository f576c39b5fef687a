//! Values as Python has them.
//!
//! The recorded service is written in Python, which shows in its responses: a number as a user name becomes Python's
//! `str()` of it, and an invalid choice is repeated as Python prints it. So a [`Value`] keeps what Python keeps (the digits
//! of an integer, the order of keys), and is printed as Python prints it. Python's white space ([`trim`]) is here too.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Write as _};

/// A body, or one of its fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    /// An integer as text, since Python's have no limit.
    Int(&'a str),
    Float(f64),
    Text(Cow<'a, str>),
    /// A text that its charset cannot decode, as Python prints it, for messages only.
    Undecodable(String),
    /// An uploaded file, by its name.
    File(String),
    List(Vec<Self>),
    /// Pairs as received; the last one of a repeated key counts.
    Dict(Vec<(Cow<'a, str>, Self)>),
}

impl Value<'_> {
    /// The value of a dictionary's key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dict(pairs) = self else { return None };
        let (_, value) = pairs.iter().rev().find(|(name, _)| name == key)?;
        Some(value)
    }

    /// Python's name of the value's type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) | Self::Undecodable(_) => "str",
            Self::File(_) => "InMemoryUploadedFile",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
        }
    }

    /// Python's `str()` of the value.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Undecodable(text) | Self::File(text) => Cow::Borrowed(text),
            Self::Int("-0") => Cow::Borrowed("0"),
            Self::Int(digits) => Cow::Borrowed(digits),
            other => Cow::Owned(Repr(other).to_string()),
        }
    }
}

/// Python's `repr()`.
struct Repr<'v>(&'v Value<'v>);

impl fmt::Display for Repr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("None"),
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::Int(_) => f.write_str(&self.0.to_text()),
            Value::Float(number) => write_float(f, *number),
            Value::Text(text) => write_quoted(f, text),
            Value::Undecodable(text) | Value::File(text) => write_quoted(f, text),
            Value::List(items) => write_list(f, items),
            Value::Dict(pairs) => write_dict(f, pairs),
        }
    }
}

/// The shortest digits that parse as the same number; from 1e16 up and below 1e-4 with an exponent of at least two digits.
/// Rust's `{:?}` has the same limits and another exponent. Where two shortest texts are equally near (3200917999922.28125),
/// Rust chooses the greater and Python the even one: the only remaining difference.
fn write_float(f: &mut fmt::Formatter<'_>, number: f64) -> fmt::Result {
    let shortest = format!("{number:?}");
    match shortest.split_once('e') {
        None => f.write_str(&shortest),
        Some((digits, exponent)) => {
            let (sign, power) = match exponent.strip_prefix('-') {
                Some(power) => ('-', power),
                None => ('+', exponent),
            };
            write!(f, "{digits}e{sign}{power:0>2}")
        }
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, items: &[Value<'_>]) -> fmt::Result {
    f.write_char('[')?;
    for (i, item) in items.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        write!(f, "{comma}{}", Repr(item))?;
    }
    f.write_char(']')
}

/// A repeated key has its first position and its last value.
fn write_dict(f: &mut fmt::Formatter<'_>, pairs: &[(Cow<'_, str>, Value<'_>)]) -> fmt::Result {
    let mut last: HashMap<&str, &Value<'_>> = pairs.iter().map(|(k, v)| (&**k, v)).collect();
    f.write_char('{')?;
    let mut comma = "";
    for (key, _) in pairs {
        if let Some(value) = last.remove(&**key) {
            f.write_str(comma)?;
            write_quoted(f, key)?;
            write!(f, ": {}", Repr(value))?;
            comma = ", ";
        }
    }
    f.write_char('}')
}

/// A string in single quotes, or in double ones if it contains only single ones.
fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let double = text.contains('\'') && !text.contains('"');
    let quote = if double { '"' } else { '\'' };
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            _ if c == quote => write!(f, "\\{c}")?,
            _ if is_printable(c) => f.write_char(c)?,
            _ => match u32::from(c) {
                code @ ..=0xff => write!(f, "\\x{code:02x}")?,
                code @ ..=0xffff => write!(f, "\\u{code:04x}")?,
                code => write!(f, "\\U{code:08x}")?,
            },
        }
    }
    f.write_char(quote)
}

/// Python's `str.isprintable`: no control, format, private or unassigned character, no space but U+0020.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // Rust's debug form escapes the same categories, and a combining mark too when it comes first.
    let preceded = ['a', c].iter().collect::<String>();
    preceded.escape_debug().count() == 2
}

/// The white space of Python's `str.strip`: Unicode's, and the four separators U+001C to U+001F.
#[must_use]
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// The text without white space at its ends.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (number, text) in [
            (1.5, "1.5"),
            (100.0, "100.0"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1e21, "1e+21"),
            (1.234_5e21, "1.2345e+21"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (5e-324, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(Value::Float(number).to_text(), text);
        }
        assert_eq!(Value::Int("-0").to_text(), "0");
        assert_eq!(Value::Int("-12").to_text(), "-12");
    }

    #[test]
    fn strings_inside_lists_are_quoted_as_python_quotes_them() {
        let quoted = |text: &str| {
            let list = Value::List(vec![Value::Text(Cow::Owned(text.to_owned()))]);
            list.to_text().into_owned()
        };
        assert_eq!(quoted("DEPOSIT"), "['DEPOSIT']");
        assert_eq!(quoted("it's"), "[\"it's\"]");
        assert_eq!(quoted("a\"b"), "['a\"b']");
        assert_eq!(quoted("a\"b'c"), "['a\"b\\'c']");
        assert_eq!(quoted("\\\n\r\t\u{1}\u{7f}"), "['\\\\\\n\\r\\t\\x01\\x7f']");
        assert_eq!(
            quoted("я é\u{301}\u{a0}\u{200b}\u{e0001}"),
            "['я é\u{301}\\xa0\\u200b\\U000e0001']"
        );
    }

    #[test]
    fn containers_are_written_in_the_order_of_their_first_keys() {
        let key = |key: &'static str| Cow::Borrowed(key);
        let dict = Value::Dict(vec![
            (key("b"), Value::Null),
            (key("a"), Value::Bool(true)),
            (
                key("b"),
                Value::List(vec![Value::Int("1"), Value::Float(2.0)]),
            ),
        ]);
        assert_eq!(dict.to_text(), "{'b': [1, 2.0], 'a': True}");
        assert_eq!(Value::Dict(Vec::new()).to_text(), "{}");
        assert_eq!(Value::List(Vec::new()).to_text(), "[]");
    }

    #[test]
    fn the_last_value_of_a_repeated_key_counts() {
        let pairs = vec![
            (Cow::Borrowed("a"), Value::Int("1")),
            (Cow::Borrowed("a"), Value::Int("2")),
        ];
        assert_eq!(Value::Dict(pairs).get("a"), Some(&Value::Int("2")));
        assert_eq!(Value::Null.get("a"), None);
    }
}
