//! From a request's body to its fields, under limits.
//!
//! 1. A body declared longer than [`BODY_MAX_BYTES`] is refused before any of it is read; one that proves to
//!    be longer, when it does.
//! 2. An empty body has no fields, whatever its type is said to be.
//! 3. Otherwise `Content-Type` chooses the reader ([`MediaType::select`]) and the letters ([`Charset`]), and what is read
//!    must be a dictionary. `Content-Encoding` is not looked at: nothing is ever inflated.
//! 4. Only the fields that an endpoint knows are built, and only what it makes of them is left: the body is gone before
//!    anything is waited for, since many requests may wait at once.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use bytes::{Bytes, BytesMut};
use encoding_rs::mem;
use futures_util::StreamExt;

use super::media_type::MediaType;
use crate::compat::charset::{Charset, UnknownCharset};
use crate::compat::form::{self, FormError};
use crate::compat::json::{self, JsonError};
use crate::compat::value::Value;

/// The longest body that is read.
pub const BODY_MAX_BYTES: usize = 64 * 1024;

/// How long a client may take to send its body.
#[derive(Clone, Copy, Debug)]
pub struct BodyWait(pub Duration);

/// Why a body has no fields to offer.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("Request body is larger than {BODY_MAX_BYTES} bytes.")]
    TooLarge,
    #[error("Request body did not arrive within {wait_s} seconds.")]
    TooSlow { wait_s: u64 },
    #[error("Request body could not be received.")]
    Broken(#[source] PayloadError),
    /// The header's value, its bytes taken as Latin-1.
    #[error("Unsupported media type \"{0}\" in request.")]
    MediaType(String),
    #[error("JSON parse error - {0}")]
    Json(JsonError),
    /// Its charset's name.
    #[error("JSON parse error - Invalid {0}")]
    Letters(&'static str),
    #[error("{0}")]
    Form(FormError),
    #[error("{0}")]
    Charset(UnknownCharset),
    #[error("No data provided")]
    Nothing,
    /// The type that came instead, by Python's name.
    #[error("Invalid data. Expected a dictionary, but got {0}.")]
    NotADictionary(&'static str),
}

/// A request's body while it is on its way.
pub struct IncomingBody {
    payload: Payload,
    wait: Duration,
    complete: bool,
}

/// A body that has arrived.
pub struct Body<'r> {
    pub content_type: &'r [u8],
    pub bytes: Bytes,
}

impl IncomingBody {
    pub fn new(payload: Payload, BodyWait(wait): BodyWait) -> Self {
        let complete = matches!(payload, Payload::None);
        Self {
            payload,
            wait,
            complete,
        }
    }

    /// Whether nothing is left to be read of it.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Reads it to its end.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`], [`BodyError::TooSlow`], [`BodyError::Broken`].
    pub async fn receive<'r>(&mut self, request: &'r HttpRequest) -> Result<Body<'r>, BodyError> {
        let headers = request.headers();
        let bytes = if self.complete {
            Bytes::new()
        } else if declared_bytes(headers).is_some_and(|bytes| bytes > BODY_MAX_BYTES) {
            return Err(BodyError::TooLarge);
        } else {
            let received = tokio::time::timeout(self.wait, collect(&mut self.payload)).await;
            received.map_err(|_| BodyError::TooSlow {
                wait_s: self.wait.as_secs(),
            })??
        };
        self.complete = true;
        Ok(Body {
            content_type: headers
                .get(header::CONTENT_TYPE)
                .map_or(&[], |value| value.as_bytes()),
            bytes,
        })
    }
}

/// What `Content-Length` says. A number beyond any machine word is refused by actix before.
fn declared_bytes(headers: &HeaderMap) -> Option<usize> {
    let declared = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?;
    declared.trim().parse().ok()
}

async fn collect(payload: &mut Payload) -> Result<Bytes, BodyError> {
    // Most bodies come in one piece, which is then taken as it is.
    let mut whole = Bytes::new();
    let mut pieces = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(BodyError::Broken)?;
        if whole.len() + pieces.len() + piece.len() > BODY_MAX_BYTES {
            return Err(BodyError::TooLarge);
        }
        if whole.is_empty() && pieces.is_empty() {
            whole = piece;
        } else {
            pieces.extend_from_slice(&std::mem::take(&mut whole));
            pieces.extend_from_slice(&piece);
        }
    }
    Ok(if pieces.is_empty() {
        whole
    } else {
        pieces.freeze()
    })
}

impl Body<'_> {
    /// What `parse` makes of the fields of these names: of a [`Value::Dict`].
    ///
    /// # Errors
    /// Every variant of [`BodyError`] but those of [`IncomingBody::receive`].
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
            return Err(BodyError::MediaType(
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
                        text.ok_or(BodyError::Letters(other.name()))?
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
            Value::Null => Err(BodyError::Nothing),
            other => Err(BodyError::NotADictionary(other.type_name())),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use futures_util::stream;

    use super::*;

    /// Half of what a body may have.
    const PIECE: &[u8] = &[b' '; BODY_MAX_BYTES / 2];

    fn incoming(pieces: &[&'static [u8]]) -> IncomingBody {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok((*piece).into())).collect();
        let payload: Payload = Payload::Stream {
            payload: Box::pin(stream::iter(pieces)),
        };
        IncomingBody::new(payload, BodyWait(Duration::from_secs(30)))
    }

    fn request(content_type: &[u8]) -> HttpRequest {
        let request = TestRequest::post();
        request
            .insert_header((header::CONTENT_TYPE, content_type))
            .to_http_request()
    }

    async fn fields(content_type: &str, pieces: &[&'static [u8]]) -> Result<String, String> {
        let request = request(content_type.as_bytes());
        let mut incoming = incoming(pieces);
        let body = incoming.receive(&request).await.unwrap();
        let read = body.read(&["a"], |fields| fields.to_text().into_owned());
        read.await.map_err(|error| error.to_string())
    }

    #[actix_rt::test]
    async fn a_body_is_read_whole_however_it_is_cut() {
        for pieces in [
            &[&b"{\"a\":1}"[..]][..],
            &[b"{\"a\"", b":", b"1}"],
            &[b"", b"{\"a\":1}", b""],
        ] {
            let read = fields("application/json", pieces).await;
            assert_eq!(read.as_deref(), Ok("{'a': 1}"));
        }
        let form = fields("application/x-www-form-urlencoded", &[b"a=1"]).await;
        assert_eq!(form.as_deref(), Ok("{'a': '1'}"));
    }

    #[actix_rt::test]
    async fn a_body_of_no_bytes_has_no_fields_whatever_its_type() {
        for content_type in ["application/json", "multipart/form-data", "text/plain", ""] {
            let read = fields(content_type, &[]).await;
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
            let read = fields("application/json", &[body]).await;
            assert_eq!(read, Err(refusal.to_owned()));
        }
        let read = fields("т", &[b"{}"]).await;
        let refusal = "Unsupported media type \"\u{d1}\u{82}\" in request.";
        assert_eq!(
            read,
            Err(refusal.to_owned()),
            "the header's bytes as Latin-1"
        );
    }

    #[actix_rt::test]
    async fn a_body_over_the_limit_is_refused_when_declared_or_when_it_proves_longer() {
        let declared = TestRequest::post()
            .insert_header((header::CONTENT_LENGTH, BODY_MAX_BYTES + 1))
            .to_http_request();
        let mut body = incoming(&[b"{}"]);
        let refused = body.receive(&declared).await;
        assert!(matches!(refused, Err(BodyError::TooLarge)));
        assert!(!body.is_complete());

        let request = request(b"application/json");
        let fits = incoming(&[PIECE, PIECE]).receive(&request).await;
        assert!(fits.is_ok());
        let mut body = incoming(&[PIECE, PIECE, b" "]);
        let refused = body.receive(&request).await;
        assert!(matches!(refused, Err(BodyError::TooLarge)));
        assert!(!body.is_complete());
    }
}
