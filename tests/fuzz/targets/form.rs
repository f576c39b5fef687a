//! Both kinds of form: fields within their limit, a form that is written again reads the same, and either endpoint
//! answers.
#![no_main]

mod common;

use bytes::Bytes;
use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;
use wallet_engine::http::fuzzing::{FIELDS_MAX, Value, multipart, urlencoded};

const URLENCODED: &[u8] = b"application/x-www-form-urlencoded";
/// The boundary that the seeds have.
const MULTIPART: &[u8] = b"multipart/form-data; boundary=x";

fuzz_target!(|body: &[u8]| {
    common::read_by_both_endpoints(URLENCODED, body);
    common::read_by_both_endpoints(MULTIPART, body);

    if let Ok(form) = urlencoded(body) {
        let fields = fields(&form);
        let texts = fields.iter().map(|(name, value)| match value {
            Value::Text(text) => (name, text),
            other => panic!("a field of a form is text: {other:?}"),
        });
        let mut again = form_urlencoded::Serializer::new(String::new());
        let again = again.extend_pairs(texts).finish();
        assert_eq!(urlencoded(again.as_bytes()), Ok(form.clone()));
    }

    let parts = multipart(MULTIPART, &Bytes::copy_from_slice(body)).now_or_never();
    if let Ok(form) = parts.expect("it is read at once") {
        for (_, value) in fields(&form) {
            assert!(
                matches!(value, Value::Text(_) | Value::File(_)),
                "{value:?}"
            );
        }
    }
    let parts = multipart(body, &Bytes::from_static(b"--x\r\n\r\n\r\n--x--")).now_or_never();
    assert!(parts.is_some(), "whatever the boundary is");
});

fn fields<'f, 'a>(form: &'f Value<'a>) -> &'f [(std::borrow::Cow<'a, str>, Value<'a>)] {
    let Value::Dict(fields) = form else {
        panic!("a form is a dictionary");
    };
    assert!(fields.len() <= FIELDS_MAX);
    fields
}
