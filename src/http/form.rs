//! The two forms in which a browser sends fields; every field is text.

use std::borrow::Cow;
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{future, stream};

use super::value::Value;

/// Fields of a form (the recorded service counts them before it looks at them).
pub const FIELDS_MAX: usize = 1_000;

/// Why a form cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("the form has more than {FIELDS_MAX} fields")]
    TooManyFields,
    /// `None`, because nothing was understood: the recorded service's words.
    #[error("Multipart form parse error - Invalid boundary in multipart: None")]
    Boundary,
}

/// Reads `application/x-www-form-urlencoded`: pairs apart by `&`. Escapes that are none stay as they are, and
/// escaped bytes that are not UTF-8 are replaced. A body that is not UTF-8 itself is read as Latin-1.
///
/// # Errors
/// [`FormError::TooManyFields`].
pub fn urlencoded(body: &[u8]) -> Result<Value<'static>, FormError> {
    if body.split(|&byte| byte == b'&').count() > FIELDS_MAX {
        return Err(FormError::TooManyFields);
    }
    let text = match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(body.iter().copied().map(char::from).collect()),
    };
    let pairs = form_urlencoded::parse(text.as_bytes());
    Ok(Value::Dict(
        pairs
            .map(|(name, value)| (owned(name), Value::Text(owned(value))))
            .collect(),
    ))
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

/// Reads `multipart/form-data`. A part with a file name is a file, whatever it holds; a part without a name,
/// or with an empty file name, is nothing. What comes after a malformed part is not looked at.
///
/// # Errors
/// [`FormError`], either of them.
pub async fn multipart(content_type: &[u8], body: &Bytes) -> Result<Value<'static>, FormError> {
    let boundary = std::str::from_utf8(content_type)
        .ok()
        .and_then(|content_type| multer::parse_boundary(content_type).ok())
        .ok_or(FormError::Boundary)?;
    let whole = stream::once(future::ready(Ok::<_, Infallible>(body.clone())));
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut fields = Vec::new();
    while let Ok(Some(part)) = parts.next_field().await {
        let Some(name) = part.name().map(str::to_owned) else {
            continue;
        };
        let value = match part.file_name() {
            Some("") => continue,
            Some(file) => Value::File(file.to_owned()),
            None => match part.bytes().await {
                Ok(bytes) => Value::Text(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())),
                Err(_) => break,
            },
        };
        fields.push((Cow::Owned(name), value));
        if fields.len() > FIELDS_MAX {
            return Err(FormError::TooManyFields);
        }
    }
    Ok(Value::Dict(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &[u8] = b"multipart/form-data; boundary=x";

    fn text(fields: &Value<'_>, name: &str) -> Option<String> {
        fields.get(name).map(|value| value.to_text().into_owned())
    }

    #[test]
    fn a_form_is_pairs_and_what_cannot_be_decoded_is_replaced_or_left() {
        let fields = urlencoded(b"a=1&&a=%2B+2&b=%zz&c=%FF&d&e=x;f=1").unwrap();
        assert_eq!(text(&fields, "a").as_deref(), Some("+ 2"));
        assert_eq!(text(&fields, "b").as_deref(), Some("%zz"));
        assert_eq!(text(&fields, "c").as_deref(), Some("\u{fffd}"));
        assert_eq!(text(&fields, "d").as_deref(), Some(""));
        assert_eq!(text(&fields, "e").as_deref(), Some("x;f=1"));
        assert_eq!(fields.get("f"), None);
        let latin = urlencoded(b"a=\xe9").unwrap();
        assert_eq!(text(&latin, "a").as_deref(), Some("\u{e9}"));
    }

    #[test]
    fn a_form_has_a_limit_of_fields() {
        assert!(urlencoded("a&".repeat(FIELDS_MAX - 1).as_bytes()).is_ok());
        let refused = urlencoded("&".repeat(FIELDS_MAX).as_bytes());
        assert_eq!(refused, Err(FormError::TooManyFields));
    }

    #[actix_rt::test]
    async fn a_multipart_form_has_texts_and_files() {
        let part = |header: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; {header}\r\n\r\n{value}\r\n")
        };
        let body = [
            part("name=\"a\"", "1.00\r\n"),
            part("name=\"f\"; filename=\"5.txt\"", "text"),
            part("name=\"g\"; filename=\"\"", ""),
            "--x--\r\n".to_owned(),
        ];
        let fields = multipart(TYPE, &Bytes::from(body.concat())).await.unwrap();
        assert_eq!(text(&fields, "a").as_deref(), Some("1.00\r\n"));
        assert_eq!(fields.get("f"), Some(&Value::File("5.txt".to_owned())));
        assert_eq!(fields.get("g"), None);
    }

    #[actix_rt::test]
    async fn a_malformed_multipart_form_has_no_fields_and_one_without_boundary_is_refused() {
        for body in [
            "garbage",
            "--x\nContent-Disposition: form-data; name=\"a\"\n\n1\n--x--\n",
        ] {
            let fields = multipart(TYPE, &Bytes::from(body)).await;
            assert_eq!(fields, Ok(Value::Dict(Vec::new())), "{body}");
        }
        for content_type in [&b"multipart/form-data"[..], b"*/form-data", b"\xff"] {
            let refused = multipart(content_type, &Bytes::from_static(b"garbage")).await;
            assert_eq!(refused, Err(FormError::Boundary));
        }
    }
}
