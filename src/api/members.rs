//! JSON bodies of the endpoints beyond the recorded ones: an object, each member of which is checked, with all faults at
//! once.
//!
//! serde's derive gives up at the first fault, and makes a value of everything. Here a member stays the text that it was
//! sent as until it is read as what it should be, so a batch of a thousand operations is parsed without a copy of any.

use std::borrow::Cow;
use std::fmt;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::error::Error;
use super::faults::{Fault, Faults};
use crate::compat::charset::Charset;
use crate::compat::media_type::MediaType;
use crate::domain::{Amount, IdempotencyKey, Reference, WalletId};
use crate::web::body::IncomingBody;
use crate::web::error::Refusal;

/// Why a body is no object.
#[derive(Debug, thiserror::Error)]
pub enum InvalidBody {
    #[error("the body is not JSON of the expected shape")]
    Json(#[source] serde_json::Error),
}

/// The members of an object, as they were sent.
#[derive(Debug)]
pub struct Members<'a, const N: usize> {
    names: [&'static str; N],
    values: [Option<&'a RawValue>; N],
    faults: Faults,
}

/// A member's value.
#[derive(Debug)]
pub enum Value<'a> {
    Null,
    Boolean(bool),
    Text(Cow<'a, str>),
    /// Its digits, and perhaps a sign.
    Integer(&'a str),
    Fraction,
    List(&'a RawValue),
    Object,
}

impl<'a, const N: usize> Members<'a, N> {
    /// Reads an object that may have the members of these names.
    ///
    /// # Errors
    /// [`InvalidBody`]: it is no JSON object.
    pub fn read(names: [&'static str; N], body: &'a [u8]) -> Result<Self, InvalidBody> {
        let mut reader = serde_json::Deserializer::from_slice(body);
        let members = MembersSeed(names).deserialize(&mut reader);
        let members = members.and_then(|members| reader.end().map(|()| members));
        members.map_err(InvalidBody::Json)
    }

    /// The member, which must be there and not `null`.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value<'a>) -> Result<T, Fault>,
    ) -> Option<T> {
        let value = match self.raw(name).map(Value::of) {
            None | Some(Value::Null) => Err(Fault::Required),
            Some(value) => read(value),
        };
        value.map_err(|fault| self.faults.push(name, fault)).ok()
    }

    /// The member, if it is there and not `null`.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value<'a>) -> Result<T, Fault>,
    ) -> Option<T> {
        match self.raw(name).map(Value::of)? {
            Value::Null => None,
            value => read(value)
                .map_err(|fault| self.faults.push(name, fault))
                .ok(),
        }
    }

    /// What was wrong with it so far.
    pub fn into_faults(self) -> Faults {
        self.faults
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        let at = self.names.iter().position(|known| *known == name);
        debug_assert!(at.is_some(), "a member that the object cannot have");
        self.values[at?]
    }
}

/// Receives a body that is sent as JSON, which has no charset but UTF-8: another one is refused, never misread.
///
/// # Errors
/// It is sent as something else, or is not received.
pub async fn receive(
    request: &HttpRequest,
    body: &mut IncomingBody,
    max_bytes: usize,
) -> Result<Bytes, Error> {
    let headers = request.headers();
    let given = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    // Without a type there is nothing that contradicts JSON.
    let is_json = |given| {
        let charset = Charset::of(given);
        MediaType::select(given) == Some(MediaType::Json)
            && matches!(charset, Ok(None | Some(Charset::Utf8)))
    };
    if !given.is_none_or(is_json) {
        return Err(Error::NotJson);
    }
    let bytes = body.receive_up_to(headers, max_bytes).await;
    bytes.map_err(|error| Error::Web(Refusal::Receive(error)))
}

/// Reads a list of objects, `max` at most.
///
/// # Errors
/// [`Fault::NotAList`], [`Fault::NotAnObject`], [`Fault::TooMany`], [`Fault::Empty`].
pub fn list<'a, const N: usize>(
    names: [&'static str; N],
    max: usize,
) -> impl FnOnce(Value<'a>) -> Result<Vec<Members<'a, N>>, Fault> {
    move |value| {
        let Value::List(raw) = value else {
            return Err(Fault::NotAList);
        };
        let mut reader = serde_json::Deserializer::from_str(raw.get());
        let items = reader.deserialize_seq(ListVisitor { names, max });
        let items = items.map_err(|_| Fault::NotAnObject)?;
        match items.len() {
            0 => Err(Fault::Empty),
            given if given > max => Err(Fault::TooMany(max)),
            _ => Ok(items),
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a reader of a member, as the others"
)]
pub fn boolean(value: Value<'_>) -> Result<bool, Fault> {
    match value {
        Value::Boolean(value) => Ok(value),
        _ => Err(Fault::NotABoolean),
    }
}

pub fn wallet(value: Value<'_>) -> Result<WalletId, Fault> {
    WalletId::parse(&value.text()?).ok_or(Fault::NotAWallet)
}

/// A string, or an integer of JSON.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a reader of a member, as the others"
)]
pub fn amount(value: Value<'_>) -> Result<Amount, Fault> {
    let text = match &value {
        Value::Text(text) => text,
        Value::Integer(digits) => *digits,
        Value::Fraction => return Err(Fault::SendText),
        _ => return Err(Fault::NotText),
    };
    Amount::parse(text).map_err(Fault::Amount)
}

pub fn reference(value: Value<'_>) -> Result<Reference, Fault> {
    Reference::parse(&value.text()?).ok_or(Fault::NotAReference)
}

pub fn key(value: Value<'_>) -> Result<IdempotencyKey, Fault> {
    IdempotencyKey::parse(&value.text()?).ok_or(Fault::NotAKey)
}

impl<'a> Value<'a> {
    fn of(raw: &'a RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => Self::Text(read_text(text)),
            Some(b't') => Self::Boolean(true),
            Some(b'f') => Self::Boolean(false),
            Some(b'[') => Self::List(raw),
            Some(b'{') => Self::Object,
            Some(b'n') | None => Self::Null,
            Some(_) if text.contains(['.', 'e', 'E']) => Self::Fraction,
            Some(_) => Self::Integer(text),
        }
    }

    pub fn text(self) -> Result<Cow<'a, str>, Fault> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(Fault::NotText),
        }
    }
}

/// The string that the JSON text is; borrowed if nothing in it is escaped.
fn read_text(json: &str) -> Cow<'_, str> {
    let inside = &json[1..json.len() - 1];
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    // A lone surrogate is no text; what is then left over is no value of any member.
    serde_json::from_str(json).map_or(Cow::Borrowed("\0"), Cow::Owned)
}

struct MembersSeed<const N: usize>([&'static str; N]);

impl<'de, const N: usize> DeserializeSeed<'de> for MembersSeed<N> {
    type Value = Members<'de, N>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for MembersSeed<N> {
    type Value = Members<'de, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members {
            names: self.0,
            values: [None; N],
            faults: Faults::default(),
        };
        while let Some(Name(name)) = map.next_key()? {
            let value: &'de RawValue = map.next_value()?;
            let Some(at) = self.0.iter().position(|known| *known == name) else {
                members.faults.push(name.into_owned(), Fault::Unknown);
                continue;
            };
            if members.values[at].replace(value).is_some() {
                members.faults.push(self.0[at], Fault::Repeated);
            }
        }
        Ok(members)
    }
}

/// A member's name, borrowed if nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct ListVisitor<const N: usize> {
    names: [&'static str; N],
    max: usize,
}

impl<'de, const N: usize> Visitor<'de> for ListVisitor<N> {
    type Value = Vec<Members<'de, N>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of JSON objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(MembersSeed(self.names))? {
            items.push(item);
            if items.len() > self.max {
                // What is above the limit is not read at all.
                while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                return Ok(items);
            }
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AmountError;
    use crate::messages::Lang;

    /// What is read as an amount, or why it is none.
    fn amount_of(json: &str) -> Result<i64, Fault> {
        let body = format!(r#"{{"amount":{json}}}"#);
        let mut members = Members::read(["amount"], body.as_bytes()).unwrap();
        let read = members.required("amount", |value| Ok(amount(value)));
        match read {
            Some(read) => read.map(Amount::cents),
            None => Err(Fault::Required),
        }
    }

    #[test]
    fn an_amount_is_a_string_or_an_integer_and_never_what_json_rounds() {
        for (json, cents) in [
            ("\"10.50\"", 1_050),
            ("7", 700),
            ("\"\\u0031\"", 100),
            (" \"1\" ", 100),
        ] {
            assert_eq!(amount_of(json), Ok(cents), "{json}");
        }
        for (json, fault) in [
            ("10.5", Fault::SendText),
            ("1e2", Fault::SendText),
            ("1E2", Fault::SendText),
            ("true", Fault::NotText),
            ("[1]", Fault::NotText),
            ("{}", Fault::NotText),
            ("null", Fault::Required),
            ("-1", Fault::Amount(AmountError::NotANumber)),
            ("\"\"", Fault::Amount(AmountError::NotANumber)),
            ("\"0\"", Fault::Amount(AmountError::NotPositive)),
            ("0", Fault::Amount(AmountError::NotPositive)),
            ("\"\\ud800\"", Fault::Amount(AmountError::NotANumber)),
            (&"9".repeat(400), Fault::Amount(AmountError::TooManyDigits)),
        ] {
            assert_eq!(amount_of(json), Err(fault), "{json}");
        }
    }

    #[test]
    fn what_an_object_may_not_have_is_named_with_everything_else() {
        let body = br#"{"b":1,"a":"x","a":"y","\u0062":2,"c":null}"#;
        let mut members = Members::read(["a", "d"], body).unwrap();
        assert_eq!(members.optional("a", Value::text).as_deref(), Some("y"));
        assert!(members.required("d", Value::text).is_none());
        let texts = members.into_faults().texts(Lang::En);
        let names: Vec<_> = texts
            .iter()
            .map(|(name, texts)| (name.as_ref(), texts.len()))
            .collect();
        assert_eq!(names, [("b", 2), ("a", 1), ("c", 1), ("d", 1)]);
    }

    #[test]
    fn what_is_no_object_of_json_is_refused() {
        for body in [
            "",
            "null",
            "[]",
            "7",
            "{",
            "{}x",
            "{'a':1}",
            "{\"a\":1,}",
            "\u{feff}{}",
        ] {
            assert!(Members::read(["a"], body.as_bytes()).is_err(), "{body:?}");
        }
        assert!(Members::read(["a"], b"{\"a\":\"\xff\"}").is_err());
        // Nesting is bounded by the reader.
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert!(Members::read(["a"], deep.as_bytes()).is_err());
    }

    #[test]
    fn a_list_has_objects_as_many_as_it_may() {
        let read = |json: &str, max| {
            let body = format!(r#"{{"list":{json}}}"#);
            let mut members = Members::read(["list"], body.as_bytes()).unwrap();
            let count = members.required("list", |value| {
                Ok(list(["a"], max)(value).map(|items| items.len()))
            });
            count.unwrap()
        };
        assert_eq!(read("[{},{\"a\":1}]", 2), Ok(2));
        assert_eq!(read("[]", 2), Err(Fault::Empty));
        assert_eq!(read("[{},{},{}]", 2), Err(Fault::TooMany(2)));
        assert_eq!(read("[1]", 2), Err(Fault::NotAnObject));
        assert_eq!(read("[{},null]", 2), Err(Fault::NotAnObject));
        assert_eq!(read("{}", 2), Err(Fault::NotAList));
    }
}
