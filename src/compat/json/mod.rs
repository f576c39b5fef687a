//! JSON as the recorded service parses it (REST framework's `JSONParser`, strict): RFC 8259 exactly, with Python's types.
//!
//! A parser of our own, because no library keeps what the contract depends on. A number keeps its text (an integer of any
//! length) without the key that `serde_json` reserves for this, which a client could send; keys keep their order and
//! repetitions; strings without escapes are borrowed from the body. `NaN`, the infinities and lone surrogates are refused.
//! The tests compare it with `serde_json`.
//!
//! Of an object only the requested members are built. The others are parsed as strictly, but not allocated: a body of numbers
//! and commas is sixteen times as large as values.

mod error;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::error::Problem;
use super::value::Value;

pub use self::error::JsonError;

/// The deepest nesting. The recorded service accepts 201 and refuses 900; each level is a stack frame.
pub const NESTING_MAX: usize = 256;
/// The most digits of an integer (Python 3.12: `sys.int_info.default_max_str_digits`).
pub const INT_DIGITS_MAX: usize = 4_300;

/// Parses a body; of an object, the members of these names. Any other value is returned without its contents, for its type.
///
/// # Errors
/// The first position that is not JSON.
pub fn members<'a>(text: &'a str, names: &[&str]) -> Result<Value<'a>, JsonError> {
    read(text, Some(names))
}

/// Parses a body completely.
///
/// # Errors
/// The first position that is not JSON.
#[cfg(any(test, fuzzing))]
pub fn parse(body: &[u8]) -> Result<Value<'_>, JsonError> {
    read(text(body)?, None)
}

/// The body as text.
///
/// # Errors
/// The first position that is not UTF-8.
pub fn text(body: &[u8]) -> Result<&str, JsonError> {
    std::str::from_utf8(body).map_err(|_| {
        let text = body.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        JsonError::new(Problem::NotUtf8, text)
    })
}

fn read<'a>(text: &'a str, names: Option<&[&str]>) -> Result<Value<'a>, JsonError> {
    let mut reader = Reader { text, at: 0 };
    reader.skip_space();
    let value = match reader.peek() {
        Some(b'{') => reader.object(1, |name| names.is_none_or(|names| names.contains(&name)))?,
        _ => reader.value(0, names.is_none())?,
    };
    reader.skip_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.error(Problem::ExtraData)),
    }
}

struct Reader<'a> {
    text: &'a str,
    /// The position of the next byte. Between two calls it is at the beginning of a character.
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The rest of the text.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Skips `byte` if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let from = self.at;
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
        self.at - from
    }

    fn skip_space(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Parses a value, and builds it only if it is kept.
    fn value(&mut self, depth: usize, kept: bool) -> Result<Value<'a>, JsonError> {
        match self.peek() {
            Some(b'"') => self.string(kept).map(Value::Text),
            Some(b'{' | b'[') if depth == NESTING_MAX => Err(self.error(Problem::TooDeep)),
            Some(b'{') => self.object(depth + 1, |_| kept),
            Some(b'[') => self.array(depth + 1, kept),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value<'a>, JsonError> {
        for (word, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
        ] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error(Problem::Value))
    }

    fn array(&mut self, depth: usize, kept: bool) -> Result<Value<'a>, JsonError> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.take(b']') {
            return Ok(Value::List(items));
        }
        loop {
            let item = self.value(depth, kept)?;
            if kept {
                items.push(item);
            }
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::List(items));
            }
            self.expect(b',', Problem::Comma)?;
            self.skip_space();
        }
    }

    fn object(
        &mut self,
        depth: usize,
        is_kept: impl Fn(&str) -> bool,
    ) -> Result<Value<'a>, JsonError> {
        let mut pairs = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.take(b'}') {
            return Ok(Value::Dict(pairs));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.error(Problem::Key));
            }
            let key = self.string(true)?;
            let kept = is_kept(&key);
            self.skip_space();
            self.expect(b':', Problem::Colon)?;
            self.skip_space();
            let value = self.value(depth, kept)?;
            if kept {
                pairs.push((key, value));
            }
            self.skip_space();
            if self.take(b'}') {
                return Ok(Value::Dict(pairs));
            }
            self.expect(b',', Problem::Comma)?;
            self.skip_space();
        }
    }

    fn expect(&mut self, byte: u8, otherwise: Problem) -> Result<(), JsonError> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.error(otherwise))
        }
    }

    fn number(&mut self) -> Result<Value<'a>, JsonError> {
        let from = self.at;
        self.take(b'-');
        let digits_from = self.at;
        if !self.take(b'0') && self.take_while(|byte| byte.is_ascii_digit()) == 0 {
            self.at = from;
            return Err(self.error(Problem::Value));
        }
        let digits = self.at - digits_from;
        let mut end = self.at;
        if self.take(b'.') && self.take_while(|byte| byte.is_ascii_digit()) > 0 {
            end = self.at;
        }
        self.at = end;
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            if self.take_while(|byte| byte.is_ascii_digit()) > 0 {
                end = self.at;
            }
        }
        self.at = end;
        let text = self.text.get(from..end).unwrap_or_default();
        if end > digits_from + digits {
            return match text.parse() {
                Ok(number) => Ok(Value::Float(number)),
                Err(_) => Err(self.error_at(from, Problem::Value)),
            };
        }
        if digits > INT_DIGITS_MAX {
            return Err(self.error_at(from, Problem::IntTooLong));
        }
        Ok(Value::Int(text))
    }

    fn string(&mut self, kept: bool) -> Result<Cow<'a, str>, JsonError> {
        let opened = self.at;
        self.at += 1;
        let mut text = Cow::Borrowed("");
        loop {
            let from = self.at;
            self.take_while(|byte| !matches!(byte, b'"' | b'\\' | ..=0x1f));
            let plain = self.text.get(from..self.at).unwrap_or_default();
            if text.is_empty() {
                text = Cow::Borrowed(plain);
            } else if kept {
                text.to_mut().push_str(plain);
            }
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    let c = self.escape(opened)?;
                    if kept {
                        text.to_mut().push(c);
                    }
                }
                Some(_) => return Err(self.error(Problem::ControlCharacter)),
                None => return Err(self.error_at(opened, Problem::UnterminatedString)),
            }
        }
    }

    fn escape(&mut self, opened: usize) -> Result<char, JsonError> {
        let backslash = self.at;
        self.at += 1;
        let Some(letter) = self.peek() else {
            return Err(self.error_at(opened, Problem::UnterminatedString));
        };
        self.at += 1;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(backslash),
            _ => return Err(self.error_at(backslash, Problem::Escape)),
        })
    }

    fn unicode_escape(&mut self, backslash: usize) -> Result<char, JsonError> {
        let first = self.four_hex()?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            self.at += 2;
            let second = self.four_hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(code)
                    .ok_or_else(|| self.error_at(backslash, Problem::LoneSurrogate));
            }
        }
        Err(self.error_at(backslash, Problem::LoneSurrogate))
    }

    fn four_hex(&mut self) -> Result<u32, JsonError> {
        let hex = self.rest().get(..4).unwrap_or_default();
        let all_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u32::from_str_radix(hex, 16) {
            Ok(code) if all_hex => {
                self.at += 4;
                Ok(code)
            }
            _ => Err(self.error(Problem::UnicodeEscape)),
        }
    }

    fn error(&self, problem: Problem) -> JsonError {
        self.error_at(self.at, problem)
    }

    fn error_at(&self, at: usize, problem: Problem) -> JsonError {
        JsonError::new(problem, self.text.get(..at).unwrap_or_default())
    }
}
