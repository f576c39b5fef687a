//! Parses a body's bytes into fields, as REST framework's `Request` and serializers do.
//!
//! 1. An empty body has no fields, whatever its `Content-Type`.
//! 2. Otherwise `Content-Type` chooses the parser ([`MediaType::select`]) and the [`Charset`], and the result must be a
//!    dictionary. `Content-Encoding` is ignored: nothing is decompressed.
//! 3. Only the fields that an endpoint knows are built, and only the parsed value is kept: the body is dropped before
//!    the engine is awaited, since many requests may wait at once.

use std::borrow::Cow;

use bytes::Bytes;
use encoding_rs::mem;

use super::charset::{Charset, UnknownCharset};
use super::form::{self, FormError};
use super::json::{self, JsonError};
use super::media_type::MediaType;
use super::value::Value;

/// Why a body cannot be parsed, in the recorded service's words.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The header's value, decoded as Latin-1.
    #[error("Unsupported media type \"{0}\" in request.")]
    UnsupportedMediaType(String),
    #[error("JSON parse error - {0}")]
    Json(JsonError),
    /// The charset's name.
    #[error("JSON parse error - Invalid {0}")]
    Undecodable(&'static str),
    #[error("{0}")]
    Form(FormError),
    #[error("{0}")]
    Charset(UnknownCharset),
    #[error("No data provided")]
    NoData,
    /// The name of the value's type in Python.
    #[error("Invalid data. Expected a dictionary, but got {0}.")]
    InvalidData(&'static str),
}

/// A received body.
pub struct Body<'r> {
    pub content_type: &'r [u8],
    pub bytes: Bytes,
}

impl Body<'_> {
    /// Calls `parse` with the fields of these names, a [`Value::Dict`].
    ///
    /// # Errors
    /// [`BodyError`], any of them.
    pub async fn read<T>(
        self,
        names: &[&str],
        parse: impl FnOnce(&Value<'_>) -> T,
    ) -> Result<T, BodyError> {
        let Self {
            content_type,
            bytes,
        } = self;
        if bytes.is_empty() {
            return Ok(parse(&Value::Dict(Vec::new())));
        }
        let Some(media_type) = MediaType::select(content_type) else {
            return Err(BodyError::UnsupportedMediaType(
                mem::decode_latin1(content_type).into_owned(),
            ));
        };
        let declared = Charset::of(content_type).map_err(BodyError::Charset)?;
        let charset = declared.unwrap_or_default();
        if media_type != MediaType::Json && !charset.has_ascii() {
            let unknown = UnknownCharset(charset.name().to_owned());
            return Err(BodyError::Charset(unknown));
        }
        let text;
        let value = match media_type {
            MediaType::Json => {
                text = match charset {
                    Charset::Utf8 => Cow::Borrowed(json::text(&bytes).map_err(BodyError::Json)?),
                    other => {
                        let text = other.decode(&bytes);
                        text.ok_or(BodyError::Undecodable(other.name()))?
                    }
                };
                json::members(&text, names).map_err(BodyError::Json)?
            }
            MediaType::Form => {
                form::urlencoded(&bytes, declared, names).map_err(BodyError::Form)?
            }
            MediaType::Multipart => form::multipart(content_type, &bytes, charset, names)
                .await
                .map_err(|error| match error {
                    FormError::Charset(unknown) => BodyError::Charset(unknown),
                    other => BodyError::Form(other),
                })?,
        };
        match value {
            Value::Dict(_) => Ok(parse(&value)),
            Value::Null => Err(BodyError::NoData),
            other => Err(BodyError::InvalidData(other.type_name())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fields(content_type: &str, bytes: &'static [u8]) -> Result<String, String> {
        let body = Body {
            content_type: content_type.as_bytes(),
            bytes: Bytes::from_static(bytes),
        };
        let read = body.read(&["a"], |fields| fields.to_text().into_owned());
        read.await.map_err(|error| error.to_string())
    }

    #[actix_rt::test]
    async fn a_body_is_read_as_its_type_says() {
        let json = fields("application/json", b"{\"a\":1}").await;
        assert_eq!(json.as_deref(), Ok("{'a': 1}"));
        let form = fields("application/x-www-form-urlencoded", b"a=1").await;
        assert_eq!(form.as_deref(), Ok("{'a': '1'}"));
    }

    #[actix_rt::test]
    async fn a_body_of_no_bytes_has_no_fields_whatever_its_type() {
        for content_type in ["application/json", "multipart/form-data", "text/plain", ""] {
            let read = fields(content_type, b"").await;
            assert_eq!(read.as_deref(), Ok("{}"));
        }
    }

    #[actix_rt::test]
    async fn what_is_no_dictionary_is_refused_by_its_python_type() {
        for (body, refusal) in [
            (&b"null"[..], "No data provided"),
            (b"[]", "Invalid data. Expected a dictionary, but got list."),
            (b"1", "Invalid data. Expected a dictionary, but got int."),
            (
                b"1.5",
                "Invalid data. Expected a dictionary, but got float.",
            ),
            (
                b"true",
                "Invalid data. Expected a dictionary, but got bool.",
            ),
            (b"\"\"", "Invalid data. Expected a dictionary, but got str."),
            (
                b"{",
                "JSON parse error - Expecting property name enclosed in double quotes: \
                 line 1 column 2 (char 1)",
            ),
        ] {
            let read = fields("application/json", body).await;
            assert_eq!(read, Err(refusal.to_owned()));
        }
        let read = fields("т", b"{}").await;
        let refusal = "Unsupported media type \"\u{d1}\u{82}\" in request.";
        assert_eq!(
            read,
            Err(refusal.to_owned()),
            "the header's bytes as Latin-1"
        );
    }
}
