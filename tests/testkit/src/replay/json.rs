//! JSON compared by type and value: `1`, `1.0`, `true` and `"1"` all differ.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// Stands in an expected value for any integer.
const ANY_INTEGER: &str = "{int}";

/// The value, if the bytes are JSON in which no object repeats a key.
pub fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice::<UniqueKeys>(bytes).ok()?;
    serde_json::from_slice(bytes).ok()
}

/// Whether the actual value is the expected one.
pub fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::String(text), actual) if text == ANY_INTEGER => {
            matches!(actual, Value::Number(number) if is_integer(number))
        }
        (Value::Number(expected), Value::Number(actual)) => same_number(expected, actual),
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(e, a)| same(e, a))
        }
        (Value::Object(expected), Value::Object(actual)) => {
            expected.len() == actual.len()
                && expected
                    .iter()
                    .all(|(key, e)| actual.get(key).is_some_and(|a| same(e, a)))
        }
        (expected, actual) => expected == actual,
    }
}

/// Whether the number was written without a fraction and without an exponent.
fn is_integer(number: &Number) -> bool {
    !number.as_str().contains(['.', 'e', 'E'])
}

fn same_number(expected: &Number, actual: &Number) -> bool {
    match (is_integer(expected), is_integer(actual)) {
        (true, true) => digits(expected) == digits(actual),
        (false, false) => expected.as_f64() == actual.as_f64(),
        _ => false,
    }
}

/// An integer's text; JSON has one for every integer but zero.
fn digits(integer: &Number) -> &str {
    match integer.as_str() {
        "-0" => "0",
        digits => digits,
    }
}

/// Reads any JSON and keeps nothing of it; an object with a key twice is an error.
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    /// Some numbers come here too: `serde_json` presents one of arbitrary precision as a map of one text.
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = object.next_key::<String>()? {
            if !keys.insert(key) {
                return Err(A::Error::custom("a repeated key"));
            }
            object.next_value::<Self>()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn are_same(expected: &str, actual: &str) -> bool {
        same(
            &parse(expected.as_bytes()).unwrap(),
            &parse(actual.as_bytes()).unwrap(),
        )
    }

    #[test]
    fn a_number_a_fraction_a_boolean_and_a_text_all_differ() {
        let values = ["1", "1.0", "true", r#""1""#, "null", "[1]", r#"{"1":1}"#];
        for expected in values {
            for actual in values {
                assert_eq!(
                    are_same(expected, actual),
                    expected == actual,
                    "{expected} {actual}"
                );
            }
        }
    }

    #[test]
    fn two_spellings_of_one_number_are_the_same() {
        assert!(are_same("1.0", "1.00"));
        assert!(are_same("100.0", "1e2"));
        assert!(are_same("0", "-0"));
        assert!(!are_same(
            "12345678901234567890123",
            "12345678901234567890124"
        ));
    }

    #[test]
    fn any_integer_stands_for_integers_alone() {
        let any = r#""{int}""#;
        assert!(are_same(any, "7"));
        assert!(are_same(any, "-70000000000000000000000"));
        for other in ["7.0", "7e0", "true", r#""7""#, any, "null"] {
            assert!(!are_same(any, other), "{other}");
        }
    }

    #[test]
    fn objects_need_the_same_keys_and_lists_the_same_order() {
        assert!(are_same(r#"{"a":1,"b":[1,2]}"#, r#"{"b":[1,2],"a":1}"#));
        assert!(!are_same(r#"{"a":1}"#, r#"{"a":1,"b":2}"#));
        assert!(!are_same(r#"{"a":1,"b":2}"#, r#"{"a":1}"#));
        assert!(!are_same("[1,2]", "[2,1]"));
        assert!(!are_same("[1]", "[1,2]"));
    }

    #[test]
    fn an_object_that_repeats_a_key_is_not_accepted() {
        assert!(parse(br#"{"a":1,"b":{"a":2.5,"c":[{"a":null}]}}"#).is_some());
        assert!(parse(br#"{"a":1,"a":1}"#).is_none());
        assert!(parse(br#"[{"b":{"a":"x","a":"y"}}]"#).is_none());
        assert!(parse(b"{} x").is_none());
    }
}
