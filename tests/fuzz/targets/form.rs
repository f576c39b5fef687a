//! Both kinds of form: fields within their limit, a form that is written again reads the same, and either endpoint
//! answers.
#![no_main]

mod common;

use bytes::Bytes;
use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;
use wallet_engine::compat::charset::Charset;
use wallet_engine::compat::fuzzing::{FIELDS_MAX, Value, multipart, urlencoded};

const URLENCODED: &[u8] = b"application/x-www-form-urlencoded";
/// The boundary that the seeds have.
const MULTIPART: &[u8] = b"multipart/form-data; boundary=x";
/// The names that the seeds have, and a few that are found by chance.
const NAMES: [&str; 9] = [
    "operationType",
    "amount",
    "username",
    "email",
    "password",
    "",
    "a",
    "b",
    "я",
];
/// As many charsets as there are ways to read one.
const CHARSETS: [&str; 8] = [
    "utf-8",
    "us-ascii",
    "latin1",
    "windows-1251",
    "shift_jis",
    "gb18030",
    "utf-16",
    "iso-2022-jp",
];

fuzz_target!(|body: &[u8]| {
    for media_type in [URLENCODED, MULTIPART] {
        common::read_by_both_endpoints(media_type, body);
        for charset in CHARSETS {
            let content_type = [media_type, b"; charset=", charset.as_bytes()].concat();
            common::read_by_both_endpoints(&content_type, body);
        }
    }

    if let Ok(form) = urlencoded(body, None, &NAMES) {
        let mut texts = Vec::new();
        for (name, value) in fields(&form) {
            match value {
                Value::Text(text) => texts.push((name, text)),
                Value::Undecodable(text) => assert!(text.contains('\u{fffd}')),
                other => panic!("a field of a form is text: {other:?}"),
            }
        }
        let mut again = form_urlencoded::Serializer::new(String::new());
        let again = again.extend_pairs(texts.iter().copied()).finish();
        let again = urlencoded(again.as_bytes(), None, &NAMES).expect("as many fields at most");
        let again = fields(&again).iter().map(|(name, value)| match value {
            Value::Text(text) => (name, text),
            other => panic!("it was text: {other:?}"),
        });
        assert!(again.eq(texts));
    }

    let whole = Bytes::copy_from_slice(body);
    let parts = multipart(MULTIPART, &whole, Charset::Utf8, &NAMES).now_or_never();
    if let Ok(form) = parts.expect("it is read at once") {
        for (_, value) in fields(&form) {
            assert!(
                matches!(
                    value,
                    Value::Text(_) | Value::Undecodable(_) | Value::File(_)
                ),
                "{value:?}"
            );
        }
    }
    let empty = Bytes::from_static(b"--x\r\n\r\n\r\n--x--");
    let parts = multipart(body, &empty, Charset::Utf8, &NAMES).now_or_never();
    assert!(parts.is_some(), "whatever the boundary is");
    if let Ok(Some(charset)) = Charset::of(body) {
        let _ = charset.decode(body);
    }
});

fn fields<'f, 'a>(form: &'f Value<'a>) -> &'f [(std::borrow::Cow<'a, str>, Value<'a>)] {
    let Value::Dict(fields) = form else {
        panic!("a form is a dictionary");
    };
    assert!(fields.len() <= FIELDS_MAX);
    fields
}
