//! The two forms in which a browser sends fields, as Django's `QueryDict` and `MultiPartParser` read them; every field is
//! text.

use std::borrow::Cow;
use std::convert::Infallible;

use bytes::Bytes;
use encoding_rs::mem;
use futures_util::{future, stream};
use percent_encoding::percent_decode;

use super::charset::{Charset, UnknownCharset};
use super::value::Value;

/// The most fields of a form, which the recorded service counts before it parses them.
pub const FIELDS_MAX: usize = 1_000;

/// Why a form cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("the form has more than {FIELDS_MAX} fields")]
    TooManyFields,
    /// The recorded service prints the missing boundary as `None`.
    #[error("Multipart form parse error - Invalid boundary in multipart: None")]
    Boundary,
    #[error(transparent)]
    Charset(UnknownCharset),
}

/// Parses `application/x-www-form-urlencoded`: pairs separated by `&`, of which those of these names are returned. Invalid
/// escapes stay as they are; escaped bytes are in the form's charset like the others. A body without a charset that is not
/// UTF-8 is decoded as Latin-1.
///
/// # Errors
/// [`FormError::TooManyFields`].
pub fn urlencoded(
    body: &[u8],
    charset: Option<Charset>,
    names: &[&str],
) -> Result<Value<'static>, FormError> {
    if body.split(|&byte| byte == b'&').count() > FIELDS_MAX {
        return Err(FormError::TooManyFields);
    }
    let body = match (charset, std::str::from_utf8(body)) {
        (None, Err(_)) => Cow::Owned(mem::decode_latin1(body).into_owned().into_bytes()),
        _ => Cow::Borrowed(body),
    };
    let charset = charset.unwrap_or_default();
    let pairs = body.split(|&byte| byte == b'&').filter_map(|pair| {
        let equals = pair.iter().position(|&byte| byte == b'=');
        let (name, value) = pair.split_at(equals.unwrap_or(pair.len()));
        let name = wanted(&unescaped(name), charset, names)?;
        let value = unescaped(value.get(1..).unwrap_or_default());
        Some((name, text(&value, charset)))
    });
    Ok(Value::Dict(pairs.collect()))
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text
        .iter()
        .map(|&byte| if byte == b'+' { b' ' } else { byte })
        .collect();
    percent_decode(&spaced).collect()
}

/// The name, if it is one of `names`.
fn wanted(name: &[u8], charset: Charset, names: &[&str]) -> Option<Cow<'static, str>> {
    let name = charset.decode(name)?;
    names
        .contains(&&*name)
        .then(|| Cow::Owned(name.into_owned()))
}

fn text(bytes: &[u8], charset: Charset) -> Value<'static> {
    match charset.decode(bytes) {
        Some(text) => Value::Text(Cow::Owned(text.into_owned())),
        None => Value::Undecodable(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Parses `multipart/form-data`, and returns the fields of these names. A part with a file name is a file; a part without a
/// name, or with an empty file name, is ignored. A part's own charset takes precedence over the form's. Everything after a
/// malformed part is ignored.
///
/// # Errors
/// [`FormError`], any of them.
pub async fn multipart(
    content_type: &[u8],
    body: &Bytes,
    charset: Charset,
    names: &[&str],
) -> Result<Value<'static>, FormError> {
    let boundary = std::str::from_utf8(content_type)
        .ok()
        .and_then(|content_type| multer::parse_boundary(content_type).ok())
        .ok_or(FormError::Boundary)?;
    let whole = stream::once(future::ready(Ok::<_, Infallible>(body.clone())));
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut fields = Vec::new();
    let mut count = 0;
    while let Ok(Some(part)) = parts.next_field().await {
        let Some(name) = part.name().map(str::to_owned) else {
            continue;
        };
        if part.file_name() == Some("") {
            continue;
        }
        count += 1;
        if count > FIELDS_MAX {
            return Err(FormError::TooManyFields);
        }
        if !names.contains(&name.as_str()) {
            continue;
        }
        let value = if let Some(file) = part.file_name() {
            Value::File(file.to_owned())
        } else {
            let own = part.headers().get("content-type");
            let own = own.map_or(Ok(None), |own| Charset::of(own.as_bytes()));
            let charset = own.map_err(FormError::Charset)?.unwrap_or(charset);
            match part.bytes().await {
                Ok(bytes) => text(&bytes, charset),
                Err(_) => break,
            }
        };
        fields.push((Cow::Owned(name), value));
    }
    Ok(Value::Dict(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &[u8] = b"multipart/form-data; boundary=x";
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    fn text(fields: &Value<'_>, name: &str) -> Option<String> {
        fields.get(name).map(|value| value.to_text().into_owned())
    }

    fn read(body: &[u8], charset: Option<Charset>) -> Value<'static> {
        urlencoded(body, charset, &NAMES).unwrap()
    }

    fn charset(name: &str) -> Charset {
        let content_type = format!("a/b;charset={name}");
        Charset::of(content_type.as_bytes()).unwrap().unwrap()
    }

    fn of(charset: &'static str, value: &str) -> Vec<u8> {
        let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap();
        encoding.encode(value).0.into_owned()
    }

    #[test]
    fn a_form_is_pairs_and_an_invalid_escape_stays() {
        let fields = read(b"a=1&&a=%2B+2&b=%zz&d&e=x;f=1&=1&g=1", None);
        assert_eq!(text(&fields, "a").as_deref(), Some("+ 2"));
        assert_eq!(text(&fields, "b").as_deref(), Some("%zz"));
        assert_eq!(text(&fields, "d").as_deref(), Some(""));
        assert_eq!(text(&fields, "e").as_deref(), Some("x;f=1"));
        assert_eq!(fields.get("f"), None);
        assert_eq!(fields.get("g"), None, "it was not requested");
        let latin = read(b"a=\xe9", None);
        assert_eq!(text(&latin, "a").as_deref(), Some("\u{e9}"));
    }

    #[test]
    fn undecodable_bytes_are_not_text() {
        for (body, charset) in [
            (&b"a=%FF"[..], None),
            (b"a=%D0", None),
            (b"a=%FF", Some(Charset::Utf8)),
            (b"a=\xff", Some(Charset::Utf8)),
            (b"a=%80", Some(Charset::Ascii)),
            (b"a=%83", Some(charset("shift_jis"))),
        ] {
            let fields = read(body, charset);
            let undecodable = matches!(fields.get("a"), Some(Value::Undecodable(_)));
            assert!(undecodable, "{fields:?}");
            assert!(text(&fields, "a").unwrap().contains('\u{fffd}'));
        }
        assert_eq!(read(b"%FF=1", None), Value::Dict(Vec::new()));
    }

    #[test]
    fn a_form_is_read_in_its_charset_whether_escaped_or_not() {
        for (name, value) in [
            ("windows-1251", "Пароль ёЁ+&=%№"),
            ("koi8-r", "Пароль"),
            ("iso-8859-5", "Пароль"),
            ("shift_jis", "ソ表ポ"),
            ("gb18030", "中国\u{1f600}"),
            ("euc-kr", "비밀"),
            ("utf-8", "Пароль😀"),
        ] {
            let bytes = of(name, value);
            let escaped =
                percent_encoding::percent_encode(&bytes, percent_encoding::NON_ALPHANUMERIC);
            let bare: Vec<u8> = (bytes.iter())
                .flat_map(|byte| match byte {
                    b'+' | b'&' | b'=' | b'%' => format!("%{byte:02x}").into_bytes(),
                    other => vec![*other],
                })
                .collect();
            for body in [
                format!("a={escaped}").into_bytes(),
                [b"a=", &bare[..]].concat(),
            ] {
                let fields = read(&body, Some(charset(name)));
                assert_eq!(text(&fields, "a").as_deref(), Some(value), "{name}");
            }
        }
    }

    #[test]
    fn a_form_has_a_limit_of_fields() {
        assert!(urlencoded("a&".repeat(FIELDS_MAX - 1).as_bytes(), None, &[]).is_ok());
        let refused = urlencoded("&".repeat(FIELDS_MAX).as_bytes(), None, &[]);
        assert_eq!(refused, Err(FormError::TooManyFields));
    }

    async fn parts(body: impl Into<Bytes>) -> Result<Value<'static>, FormError> {
        multipart(TYPE, &body.into(), Charset::Utf8, &NAMES).await
    }

    fn part(header: &str, value: &[u8]) -> Vec<u8> {
        let head = format!("--x\r\nContent-Disposition: form-data; {header}\r\n\r\n");
        [head.as_bytes(), value, b"\r\n"].concat()
    }

    #[actix_rt::test]
    async fn a_multipart_form_has_texts_and_files() {
        let body = [
            part("name=\"a\"", b"1.00\r\n"),
            part("name=\"f\"; filename=\"5.txt\"", b"text"),
            part("name=\"e\"; filename=\"\"", b""),
            part("name=\"g\"", b"not requested"),
            b"--x--\r\n".to_vec(),
        ];
        let fields = parts(body.concat()).await.unwrap();
        assert_eq!(text(&fields, "a").as_deref(), Some("1.00\r\n"));
        assert_eq!(fields.get("f"), Some(&Value::File("5.txt".to_owned())));
        assert_eq!(fields.get("e"), None);
        assert_eq!(fields.get("g"), None);
        for count in [FIELDS_MAX, FIELDS_MAX + 1] {
            let body = [part("name=\"g\"", b"").repeat(count), b"--x--".to_vec()];
            assert_eq!(parts(body.concat()).await.is_ok(), count == FIELDS_MAX);
        }
    }

    #[actix_rt::test]
    async fn a_part_is_read_in_its_own_charset_or_in_the_form_s() {
        let own = "name=\"b\"\r\nContent-Type: text/plain; charset=KOI8-R";
        let body = [
            part("name=\"a\"", &of("windows-1251", "Пароль")),
            part(own, &of("koi8-r", "Пароль")),
            b"--x--\r\n".to_vec(),
        ];
        let body = Bytes::from(body.concat());
        let fields = multipart(TYPE, &body, charset("cp1251"), &NAMES)
            .await
            .unwrap();
        assert_eq!(text(&fields, "a").as_deref(), Some("Пароль"));
        assert_eq!(text(&fields, "b").as_deref(), Some("Пароль"));
        let fields = parts(body).await.unwrap();
        assert!(matches!(fields.get("a"), Some(Value::Undecodable(_))));
        let unknown = "name=\"a\"\r\nContent-Type: text/plain; charset=klingon";
        let refused = parts([part(unknown, b"x"), b"--x--".to_vec()].concat()).await;
        let unknown = UnknownCharset("klingon".to_owned());
        assert_eq!(refused, Err(FormError::Charset(unknown)));
    }

    #[actix_rt::test]
    async fn a_malformed_multipart_form_has_no_fields_and_one_without_boundary_is_refused() {
        for body in [
            "garbage",
            "--x\nContent-Disposition: form-data; name=\"a\"\n\n1\n--x--\n",
        ] {
            assert_eq!(parts(body).await, Ok(Value::Dict(Vec::new())), "{body}");
        }
        for content_type in [&b"multipart/form-data"[..], b"*/form-data", b"\xff"] {
            let body = Bytes::from_static(b"garbage");
            let refused = multipart(content_type, &body, Charset::Utf8, &NAMES).await;
            assert_eq!(refused, Err(FormError::Boundary));
        }
    }
}
