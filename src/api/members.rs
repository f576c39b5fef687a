//! JSON bodies of the endpoints beyond the recorded ones: an object, each member of which is checked, with all faults at
//! once.
//!
//! serde's derive gives up at the first fault, and makes a value of everything. Here a member stays the text that it was
//! sent as until it is read as what it should be, so a batch of a thousand operations is parsed without a copy of any.

pub mod value;

use std::borrow::Cow;
use std::fmt;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use self::value::Value;
use super::error::Error;
use super::faults::{Fault, Faults};
use crate::compat::charset::Charset;
use crate::compat::media_type::MediaType;
use crate::web::body::IncomingBody;
use crate::web::error::Refusal;

/// The members of an object, as they were sent.
#[derive(Debug)]
pub struct Members<'a, const N: usize> {
    names: [&'static str; N],
    values: [Option<&'a RawValue>; N],
    faults: Faults,
}

impl<'a, const N: usize> Members<'a, N> {
    /// Reads an object that may have the members of these names.
    ///
    /// # Errors
    /// It is no JSON object.
    pub fn read(names: [&'static str; N], body: &'a [u8]) -> Result<Self, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_slice(body);
        let members = MembersSeed(names).deserialize(&mut reader)?;
        reader.end()?;
        Ok(members)
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

    /// The member, if it is there, also as `null`.
    pub fn given<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value<'a>) -> Result<T, Fault>,
    ) -> Option<T> {
        let value = read(self.raw(name).map(Value::of)?);
        value.map_err(|fault| self.faults.push(name, fault)).ok()
    }

    /// Whether the member is there, and not `null`.
    pub fn has(&self, name: &'static str) -> bool {
        let value = self.raw(name).map(Value::of);
        !matches!(value, None | Some(Value::Null))
    }

    /// Adds a fault of a member.
    pub fn refuse(&mut self, name: &'static str, fault: Fault) {
        self.faults.push(name, fault);
    }

    /// Whether nothing was wrong with it so far.
    pub fn is_faultless(&self) -> bool {
        self.faults.is_empty()
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

/// The body of a request whose members are all optional: none at all is an object without any.
pub fn or_empty(body: &[u8]) -> &[u8] {
    if body.is_empty() { b"{}" } else { body }
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
    use crate::messages::Lang;

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
    fn a_thousand_operations_are_read_where_the_body_has_them() {
        let operation = r#"{"key":"order-7","amount":"1.00"}"#;
        let body = format!("{{\"list\":[{}]}}", [operation; 1_000].join(","));
        let body_addresses = body.as_bytes().as_ptr_range();
        let mut members = Members::read(["list"], body.as_bytes()).unwrap();
        let items = members.required("list", list(["key", "amount"], 1_000));
        for mut item in items.unwrap() {
            for name in ["key", "amount"] {
                let Some(Cow::Borrowed(text)) = item.required(name, Value::text) else {
                    panic!("{name} was copied");
                };
                assert!(body_addresses.contains(&text.as_ptr()));
            }
        }
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
