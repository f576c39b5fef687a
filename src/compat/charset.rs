//! The `charset` of a `Content-Type`.
//!
//! The recorded service decodes with it, and replaces what it cannot decode by U+FFFD, so that different names, or
//! passwords, become equal. Here nothing is replaced: an unknown charset is refused, and a text that it cannot decode is
//! invalid. The names are those of the web (<https://encoding.spec.whatwg.org>), also as Python spells them (`latin_1`). Of
//! several parameters of that name the last one counts, and an empty one is ignored.

use std::borrow::Cow;
use std::str;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, WINDOWS_1252, X_USER_DEFINED, mem};

/// A supported charset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    #[default]
    Utf8,
    Ascii,
    /// On the web this name means windows-1252; in the recorded service, ISO 8859-1.
    Latin1,
    Other(&'static Encoding),
}

/// The name of an unsupported charset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Unsupported charset \"{0}\" in request Content-Type header.")]
pub struct UnknownCharset(pub String);

impl Charset {
    /// The charset of the header, if it has one.
    ///
    /// # Errors
    /// [`UnknownCharset`].
    pub fn of(content_type: &[u8]) -> Result<Option<Self>, UnknownCharset> {
        let Some(name) = parameter(content_type) else {
            return Ok(None);
        };
        let unknown = || UnknownCharset(mem::decode_latin1(&name).into_owned());
        Self::find(&name).map(Some).ok_or_else(unknown)
    }

    fn find(name: &[u8]) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let hyphenated: Vec<u8> = name
            .iter()
            .map(|&byte| if byte == b'_' { b'-' } else { byte })
            .collect();
        if hyphenated == b"latin-1" {
            return Some(Self::Latin1);
        }
        let encoding = Encoding::for_label(&name).or_else(|| Encoding::for_label(&hyphenated))?;
        let has = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
        if encoding == REPLACEMENT || encoding == X_USER_DEFINED {
            // On the web, placeholders for charsets that are not decoded.
            None
        } else if encoding == UTF_8 {
            Some(Self::Utf8)
        } else if encoding != WINDOWS_1252 || has(b"1252") {
            Some(Self::Other(encoding))
        } else if has(b"ascii") || has(b"ansi") {
            Some(Self::Ascii)
        } else {
            Some(Self::Latin1)
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Ascii => "US-ASCII",
            Self::Latin1 => "ISO-8859-1",
            Self::Other(encoding) => encoding.name(),
        }
    }

    /// Whether every ASCII character is its own byte, which forms require.
    pub fn has_ascii(self) -> bool {
        match self {
            Self::Utf8 | Self::Ascii | Self::Latin1 => true,
            Self::Other(encoding) => encoding.is_ascii_compatible(),
        }
    }

    /// The text; `None` if the bytes are invalid in this charset.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Ascii if !bytes.is_ascii() => None,
            Self::Ascii | Self::Latin1 => Some(mem::decode_latin1(bytes)),
            Self::Other(encoding) => {
                // Two bytes a character, in the order of the byte order mark.
                let is_marked = |marked: &'static Encoding| {
                    !encoding.is_ascii_compatible() && !marked.is_ascii_compatible()
                };
                let (encoding, bytes) = match Encoding::for_bom(bytes) {
                    Some((marked, length)) if is_marked(marked) => (marked, &bytes[length..]),
                    _ => (encoding, bytes),
                };
                encoding.decode_without_bom_handling_and_without_replacement(bytes)
            }
        }
    }
}

/// The value of `charset`, without its quotes.
fn parameter(content_type: &[u8]) -> Option<Vec<u8>> {
    let mut value = None;
    for parameter in parameters(content_type) {
        let Some(equals) = parameter.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        if parameter[..equals]
            .trim_ascii()
            .eq_ignore_ascii_case(b"charset")
        {
            value = Some(unquoted(parameter[equals + 1..].trim_ascii()));
        }
    }
    value.filter(|value| !value.is_empty())
}

/// The parameters after the type, separated by semicolons that are not quoted.
fn parameters(content_type: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = content_type.split(move |byte| {
        let is_escaped = std::mem::take(&mut escaped);
        match byte {
            b'\\' if quoted && !is_escaped => escaped = true,
            b'"' if !is_escaped => quoted = !quoted,
            b';' => return !quoted,
            _ => {}
        }
        false
    });
    parts.skip(1)
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    let inner = value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let Some(inner) = inner else {
        return value.to_vec();
    };
    let mut escaped = false;
    let kept = inner.iter().copied().filter(|byte| {
        escaped = *byte == b'\\' && !escaped;
        !escaped
    });
    kept.collect::<Vec<_>>().trim_ascii().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content_type: &str) -> Result<&'static str, String> {
        let charset = Charset::of(content_type.as_bytes());
        let name = charset.map(|charset| charset.map_or("none", Charset::name));
        name.map_err(|unknown| unknown.0)
    }

    #[test]
    fn the_last_parameter_of_that_name_counts() {
        for (content_type, name) in [
            ("application/json", "none"),
            ("charset=koi8-r", "none"),
            ("a/b; charset=", "none"),
            ("a/b; charset=\"\"", "none"),
            ("a/b; charset", "none"),
            ("a/b; x=\"; charset=koi8-r\"", "none"),
            ("a/b; x=\"\\\"; charset=koi8-r\"", "none"),
            ("a/b;CHARSET = \"Windows-1251\" ; x", "windows-1251"),
            ("a/b; boundary=x; charset=cp1251", "windows-1251"),
            ("a/b; charset=\"windows\\-1251\"", "windows-1251"),
            ("a/b; charset=utf-8; charset=cp1251", "windows-1251"),
            ("a/b; charset=cp1251; charset=utf-8", "UTF-8"),
        ] {
            assert_eq!(of(content_type), Ok(name), "{content_type}");
        }
    }

    #[test]
    fn a_charset_has_the_names_of_the_web_and_of_python() {
        let named = |name: &str| of(&format!("a/b; charset={name}"));
        for (names, name) in [
            (&["utf-8", "UTF8", "utf_8"][..], "UTF-8"),
            (&["us-ascii", "ASCII", "ANSI_X3.4-1968"], "US-ASCII"),
            (
                &[
                    "latin1",
                    "latin-1",
                    "Latin_1",
                    "ISO-8859-1",
                    "iso_8859_1",
                    "l1",
                ],
                "ISO-8859-1",
            ),
            (&["cp1252", "windows-1252"], "windows-1252"),
            (&["windows_1251", "x-cp1251"], "windows-1251"),
            (&["koi8_r", "KOI8-R"], "KOI8-R"),
            (&["utf-16", "utf_16le"], "UTF-16LE"),
            (&["shift_jis", "sjis"], "Shift_JIS"),
        ] {
            for given in names {
                assert_eq!(named(given), Ok(name), "{given}");
            }
        }
        for name in [
            "klingon",
            "utf-7",
            "utf-32",
            "bz2",
            "hex",
            "idna",
            "iso-2022-kr",
            "x-user-defined",
            "'utf-8'",
            "utf-8-sig",
            "utf 8",
        ] {
            assert_eq!(named(name), Err(name.to_owned()));
        }
        assert_eq!(named("\u{44f}"), Err("\u{d1}\u{8f}".to_owned()));
    }

    #[test]
    fn a_text_is_decoded_or_refused() {
        let decode = |name: &str, bytes: &[u8]| {
            let content_type = format!("a/b; charset={name}");
            let charset = Charset::of(content_type.as_bytes()).unwrap().unwrap();
            charset.decode(bytes).map(Cow::into_owned)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(decode("cp1251", b"\xcf\xe0"), text("Па"));
        assert_eq!(decode("latin1", b"\xe9\x80"), text("\u{e9}\u{80}"));
        assert_eq!(decode("cp1252", b"\x80"), text("€"));
        assert_eq!(decode("ascii", b"a"), text("a"));
        assert_eq!(decode("ascii", b"\x80"), None);
        assert_eq!(decode("utf-8", b"\xef\xbb\xbfa"), text("\u{feff}a"));
        assert_eq!(decode("utf-8", b"\xff"), None);
        assert_eq!(decode("utf-16", b"a\0"), text("a"));
        assert_eq!(decode("utf-16", b"\xff\xfea\0"), text("a"));
        assert_eq!(decode("utf-16", b"\xfe\xff\0a"), text("a"));
        assert_eq!(decode("utf-16be", b"\0a"), text("a"));
        assert_eq!(decode("utf-16", b"a"), None);
        assert_eq!(decode("utf-16", b"\0\xd8"), None);
        assert_eq!(decode("shift_jis", b"\x83\x5c"), text("ソ"));
        assert_eq!(decode("shift_jis", b"\x83"), None);
    }
}
