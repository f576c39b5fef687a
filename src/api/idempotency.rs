//! The request header `Idempotency-Key`, and the response header that marks a replay.
//!
//! A key is bare or quoted, with the same meaning: `abc` is `"abc"`. Quoted it is a string of RFC 8941, in which a backslash
//! escapes a quote or a backslash, and nothing else; bare, nothing is escaped, but the first character may not be a quote.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::IdempotencyKey;

pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The header of a replay.
pub const REPLAYED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("idempotency-replayed"),
    HeaderValue::from_static("true"),
);

/// Why the request's key is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdempotencyKey {
    #[error("the key is not 1 to 255 visible ASCII characters")]
    Malformed,
    #[error("there is more than one key")]
    Repeated,
}

/// The request's key; `None` if it has none.
pub fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, InvalidIdempotencyKey> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY);
    let Some(first) = given.next() else {
        return Ok(None);
    };
    if given.next().is_some() {
        return Err(InvalidIdempotencyKey::Repeated);
    }
    let text = first.to_str().ok().and_then(unquoted);
    let key = text.and_then(|text| IdempotencyKey::parse(&text));
    key.map(Some).ok_or(InvalidIdempotencyKey::Malformed)
}

/// The response, marked if it is a replay.
pub fn marked(mut response: HttpResponse, replayed: bool) -> HttpResponse {
    if replayed {
        let (name, value) = REPLAYED;
        response.headers_mut().insert(name, value);
    }
    response
}

/// The text without its quotes; `None` if a quote or a backslash is misplaced.
fn unquoted(text: &str) -> Option<Cow<'_, str>> {
    let Some(rest) = text.strip_prefix('"') else {
        return Some(text.into());
    };
    let inside = rest.strip_suffix('"')?;
    if !inside.contains(['"', '\\']) {
        return Some(inside.into());
    }
    let mut key = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        key.push(match character {
            '"' => return None,
            '\\' => characters.next().filter(|c| matches!(c, '"' | '\\'))?,
            other => other,
        });
    }
    Some(key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&[u8]]) -> Result<Option<String>, InvalidIdempotencyKey> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value).unwrap());
        }
        key(&headers).map(|key| key.map(|key| key.as_str().to_owned()))
    }

    #[test]
    fn a_key_is_the_same_bare_and_quoted() {
        assert_eq!(read(&[]), Ok(None));
        let longest = "k".repeat(255);
        let quoted = format!("\"{longest}\"");
        for (value, key) in [
            ("abc", "abc"),
            ("\"abc\"", "abc"),
            ("\"a\\\"b\\\\c\"", "a\"b\\c"),
            ("a\"b\\c", "a\"b\\c"),
            ("\"a'b,c;d=e\"", "a'b,c;d=e"),
            (&longest, &longest),
            (&quoted, &longest),
        ] {
            assert_eq!(
                read(&[value.as_bytes()]),
                Ok(Some(key.to_owned())),
                "{value}"
            );
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let too_long = "k".repeat(256);
        let quoted = format!("\"{too_long}\"");
        for value in [
            "",
            "\"\"",
            "\"",
            "\"abc",
            "a b",
            "\"a b\"",
            "a\tb",
            "\"a\"b\"",
            "\"a\\b\"",
            "\"a\\\"",
            "\"a\";b=c",
            "ключ",
            &too_long,
            &quoted,
        ] {
            assert_eq!(
                read(&[value.as_bytes()]),
                Err(InvalidIdempotencyKey::Malformed),
                "{value:?}"
            );
        }
        assert_eq!(read(&[b"\xff"]), Err(InvalidIdempotencyKey::Malformed));
        assert_eq!(read(&[b"a", b"a"]), Err(InvalidIdempotencyKey::Repeated));
    }
}
