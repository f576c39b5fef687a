//! What is JSON and what it says, by `serde_json`'s judgement; but for the two limits that the contract sets.
#![no_main]

mod common;

use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use wallet_engine::compat::fuzzing::Value;
use wallet_engine::compat::json::{INT_DIGITS_MAX, NESTING_MAX, members, parse};

/// The key that `serde_json` reads as something else than a key.
const RESERVED: &[u8] = b"$serde_json::private";

fuzz_target!(|body: &[u8]| {
    common::read_by_both_endpoints(b"application/json", body);
    common::read_by_both_endpoints(b"application/json; charset=utf-16", body);
    if let Ok(text) = std::str::from_utf8(body) {
        match (parse(body), members(text, &["a"])) {
            (Ok(whole), Ok(members)) => {
                assert_eq!(members.get("a"), whole.get("a"));
                assert_eq!(members.type_name(), whole.type_name());
            }
            (Err(whole), Err(members)) => assert_eq!(members, whole),
            (whole, members) => panic!("{whole:?} {members:?}"),
        }
    }
    if body.windows(RESERVED.len()).any(|part| part == RESERVED) {
        return;
    }
    match (parse(body), by_serde(body)) {
        (Ok(ours), Ok(theirs)) => {
            assert!(is_same(&ours, &theirs), "{ours:?} {theirs:?}");
            let _ = ours.to_text();
        }
        (Err(_), Err(_)) => {}
        (Ok(ours), Err(theirs)) => panic!("{ours:?} {theirs}"),
        (Err(ours), Ok(theirs)) => {
            let limited = depth(&theirs) > NESTING_MAX || int_digits(body) > INT_DIGITS_MAX;
            assert!(limited, "{ours} {theirs:?}");
        }
    }
});

fn by_serde(body: &[u8]) -> serde_json::Result<serde_json::Value> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    reader.disable_recursion_limit();
    let value = serde_json::Value::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

fn is_same(ours: &Value<'_>, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (ours, theirs) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(ours), Json::Bool(theirs)) => ours == theirs,
        (Value::Int(digits), Json::Number(number)) => number.as_str() == *digits,
        (Value::Float(float), Json::Number(number)) => number
            .as_str()
            .parse::<f64>()
            .is_ok_and(|number| number.to_bits() == float.to_bits()),
        (Value::Text(ours), Json::String(theirs)) => ours == theirs,
        (Value::List(ours), Json::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| is_same(ours, theirs))
        }
        (Value::Dict(pairs), Json::Object(object)) => {
            pairs.iter().all(|(key, _)| object.contains_key(&**key))
                && object
                    .iter()
                    .all(|(key, theirs)| ours.get(key).is_some_and(|value| is_same(value, theirs)))
        }
        _ => false,
    }
}

fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(pairs) => 1 + pairs.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The longest run of digits: an upper limit of any integer's.
fn int_digits(body: &[u8]) -> usize {
    let runs = body.split(|byte| !byte.is_ascii_digit());
    runs.map(<[u8]>::len).max().unwrap_or(0)
}
