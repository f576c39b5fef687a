use proptest::prelude::*;

use super::*;

fn refusal(body: &str) -> String {
    parse(body.as_bytes()).unwrap_err().to_string()
}

/// The value as `serde_json` would hold it, numbers by their text.
fn to_serde(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(bool) => (*bool).into(),
        Value::Int(digits) => serde_json::from_str(digits).unwrap(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => (**text).into(),
        Value::Undecodable(text) | Value::File(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(to_serde).collect(),
        Value::Dict(pairs) => pairs
            .iter()
            .map(|(key, value)| (key.to_string(), to_serde(value)))
            .collect(),
    }
}

/// Floats by value rather than by text, as our reader holds them.
fn floats_read(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::Number(number) if number.as_str().contains(['.', 'e', 'E']) => {
            number.as_str().parse::<f64>().unwrap().into()
        }
        Json::Array(items) => items.into_iter().map(floats_read).collect(),
        Json::Object(pairs) => pairs
            .into_iter()
            .map(|(key, value)| (key, floats_read(value)))
            .collect(),
        other => other,
    }
}

proptest! {
    #[test]
    fn the_reader_accepts_what_serde_json_accepts_and_reads_the_same(
        body in prop_oneof![
            "([\\[\\]{},:]|\"[a-b]?\"|[-+.e]|[0-9]|true|null| |\\\\){0,12}",
            "\"([a-z\u{0}-\u{20}я😀]|\\\\[\"\\\\/bfnrtux]|\\\\u(d83d|de00|00e9|000a|12)){0,6}\"",
            "-?[0-9]{0,3}(\\.[0-9]{0,3})?([eE][-+]?[0-9]{0,3})?",
            "\\{(\"[ab]\" ?: ?(-?[0-9.e]{1,4}|\\[1,[0-9]\\]|null|\"é\"),?){0,4}\\}",
        ],
    ) {
        let ours = parse(body.as_bytes()).ok().map(|value| to_serde(&value));
        let theirs = serde_json::from_str(&body).ok().map(floats_read);
        prop_assert_eq!(ours, theirs, "{:?}", body);
    }

    #[test]
    fn members_that_are_not_requested_are_parsed_as_strictly(
        body in prop_oneof![
            "\\{\"[ab]\":([\\[\\]{},:]|\"[ab]?\"|[-+.e]|[0-9]|true|null| |\\\\){0,12}\\}?",
            "\\{\"[ab]\":\"([a-z\u{0}-\u{20}я😀]|\\\\[\"\\\\/bfnrtux]|\\\\u(d83d|de00|00e9|000a|12)){0,6}\"?\\}",
            "\\{(\"[ab]\" ?: ?(-?[0-9.e]{1,4}|\\[1,[0-9]\\]|null|\"é\"),?){0,4}\\}",
            "[\\[\\]1,]{0,6}",
        ],
    ) {
        let whole = parse(body.as_bytes());
        let members = members(&body, &["a"]);
        prop_assert_eq!(members.as_ref().err(), whole.as_ref().err(), "{:?}", body);
        if let (Ok(members), Ok(whole)) = (members, whole) {
            prop_assert_eq!(members.get("a"), whole.get("a"));
            prop_assert_eq!(members.get("b"), None);
            prop_assert_eq!(members.type_name(), whole.type_name());
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = parse(&body);
    }
}

#[test]
fn an_error_has_its_position_in_characters() {
    assert_eq!(refusal(""), "Expecting value: line 1 column 1 (char 0)");
    assert_eq!(
        refusal("{\n  \"я\": 1,\n  b: 2\n}"),
        "Expecting property name enclosed in double quotes: line 3 column 3 (char 14)"
    );
    assert_eq!(
        refusal("{\"a\":\"яя😀\" x}"),
        "Expecting ',' delimiter: line 1 column 12 (char 11)"
    );
    assert_eq!(refusal("{} x"), "Extra data: line 1 column 4 (char 3)");
    assert_eq!(
        parse(b"{\"a\":\xff}").unwrap_err().to_string(),
        "Invalid UTF-8: line 1 column 6 (char 5)"
    );
}

#[test]
fn only_an_integer_has_a_limit_of_digits() {
    let digits = "1".repeat(INT_DIGITS_MAX);
    assert_eq!(parse(digits.as_bytes()), Ok(Value::Int(&digits)));
    assert!(parse(format!("-{digits}").as_bytes()).is_ok());
    assert!(refusal(&format!("[1{digits}]")).starts_with("Integer is too long"));
    assert!(parse(format!("1{digits}.5").as_bytes()).is_ok());
    assert_eq!(parse(b"1e400"), Ok(Value::Float(f64::INFINITY)));
    assert_eq!(parse(b"1e-400"), Ok(Value::Float(0.0)));
}

#[test]
fn nesting_ends_at_its_limit() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(parse(nested(NESTING_MAX).as_bytes()).is_ok());
    assert!(refusal(&nested(NESTING_MAX + 1)).starts_with("Nested too deeply"));
    assert!(refusal(&"[{\"a\":".repeat(10_000)).starts_with("Nested too deeply"));
}

#[test]
fn lone_surrogates_and_python_s_own_constants_are_refused() {
    for body in [
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\ud800\u0041""#,
        "NaN",
        "-Infinity",
        "\u{feff}{}",
    ] {
        assert!(parse(body.as_bytes()).is_err(), "{body}");
    }
    assert_eq!(
        parse(br#"["\ud83d\ude00", "a\/b"]"#).map(|value| value.to_text().into_owned()),
        Ok("['😀', 'a/b']".to_owned())
    );
}

#[test]
fn only_the_requested_members_are_built() {
    let body = r#"{"x":[1,{"a":2}],"a":[1,"b\n",{"c":1.5}],"y":"\n\n","\u0061":2,"x":{}}"#;
    let read = members(body, &["a"]).unwrap();
    assert_eq!(
        read,
        Value::Dict(vec![
            ("a".into(), parse(br#"[1,"b\n",{"c":1.5}]"#).unwrap()),
            ("a".into(), Value::Int("2")),
        ])
    );
    assert_eq!(members(body, &[]), Ok(Value::Dict(Vec::new())));
    for body in ["[1,[2]]", "\"a\\nb\"", "1.5", "null", "true"] {
        let skipped = members(body, &["a"]).unwrap();
        let whole = parse(body.as_bytes()).unwrap();
        assert_eq!(skipped.type_name(), whole.type_name());
    }
    assert_eq!(members("[1,[2]]", &[]), Ok(Value::List(Vec::new())));
}
