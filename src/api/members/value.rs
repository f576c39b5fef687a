//! The value of a member, and what it is read as.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::value::RawValue;
use time::OffsetDateTime;

use super::super::faults::Fault;
use super::super::idempotency::InvalidIdempotencyKey;
use super::super::query;
use crate::domain::entry;
use crate::domain::registration::{FieldError, Password};
use crate::domain::rules::Gate;
use crate::domain::{Amount, Balance, IdempotencyKey, Reference, WalletId};

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

pub fn password(value: Value<'_>) -> Result<Password, Fault> {
    Password::new(value.text()?.into_owned()).map_err(|error| match error {
        FieldError::NullCharacter => Fault::NullCharacter,
        _ => Fault::Required,
    })
}

/// What a direction of money may be.
pub const GATES: [&str; Gate::ALL.len()] = [Gate::ALL[0].as_str(), Gate::ALL[1].as_str()];

pub fn gate(value: Value<'_>) -> Result<Gate, Fault> {
    Gate::parse(&value.text()?).ok_or(Fault::NotOneOf(&GATES))
}

/// A string, or an integer of JSON, which may be zero.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a reader of a member, as the others"
)]
pub fn balance(value: Value<'_>) -> Result<Balance, Fault> {
    let text = match &value {
        Value::Text(text) => text,
        Value::Integer(digits) => *digits,
        Value::Fraction => return Err(Fault::SendText),
        _ => return Err(Fault::NotText),
    };
    Balance::parse(text).ok_or(Fault::NotABalance)
}

/// What may be `null` as well.
pub fn or_null<'a, T>(
    read: impl FnOnce(Value<'a>) -> Result<T, Fault>,
) -> impl FnOnce(Value<'a>) -> Result<Option<T>, Fault> {
    |value| match value {
        Value::Null => Ok(None),
        value => read(value).map(Some),
    }
}

pub fn reason(value: Value<'_>) -> Result<Arc<str>, Fault> {
    entry::reason(&value.text()?).ok_or(Fault::NotAReason)
}

/// An integer of JSON in the range.
pub fn integer(min: i64, max: i64) -> impl FnOnce(Value<'_>) -> Result<i64, Fault> {
    move |value| match value {
        Value::Integer(digits) => query::integer(min, max)(digits),
        _ => Err(Fault::NotInRange(min, max)),
    }
}

/// A time, rounded up to the ledger's microseconds.
pub fn time(value: Value<'_>) -> Result<OffsetDateTime, Fault> {
    query::time(&value.text()?).ok_or(Fault::NotATime)
}

pub fn key(value: Value<'_>) -> Result<IdempotencyKey, Fault> {
    IdempotencyKey::parse(&value.text()?).ok_or(Fault::Key(InvalidIdempotencyKey::Malformed))
}

impl<'a> Value<'a> {
    pub fn of(raw: &'a RawValue) -> Self {
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

    /// The texts of a list.
    pub fn texts(self) -> Result<Vec<String>, Fault> {
        let Self::List(raw) = self else {
            return Err(Fault::NotAList);
        };
        serde_json::from_str(raw.get()).map_err(|_| Fault::NotText)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AmountError;

    fn value(json: &str) -> Value<'_> {
        Value::of(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn an_amount_is_a_string_or_an_integer_and_never_what_json_rounds() {
        for (json, cents) in [
            ("\"10.50\"", 1_050),
            ("7", 700),
            ("\"\\u0031\"", 100),
            (" \"1\" ", 100),
        ] {
            assert_eq!(amount(value(json)).map(Amount::cents), Ok(cents), "{json}");
        }
        for (json, fault) in [
            ("10.5", Fault::SendText),
            ("1e2", Fault::SendText),
            ("1E2", Fault::SendText),
            ("true", Fault::NotText),
            ("[1]", Fault::NotText),
            ("{}", Fault::NotText),
            ("-1", Fault::Amount(AmountError::NotANumber)),
            ("\"\"", Fault::Amount(AmountError::NotANumber)),
            ("\"0\"", Fault::Amount(AmountError::NotPositive)),
            ("0", Fault::Amount(AmountError::NotPositive)),
            ("\"\\ud800\"", Fault::Amount(AmountError::NotANumber)),
            (&"9".repeat(400), Fault::Amount(AmountError::TooManyDigits)),
        ] {
            assert_eq!(amount(value(json)), Err(fault), "{json}");
        }
    }

    #[test]
    fn a_text_with_half_a_surrogate_pair_is_no_value_of_any_member() {
        let half = r#""\ud800""#;
        assert_eq!(wallet(value(half)), Err(Fault::NotAWallet));
        assert_eq!(reference(value(half)), Err(Fault::NotAReference));
        let malformed = InvalidIdempotencyKey::Malformed;
        assert_eq!(key(value(half)), Err(Fault::Key(malformed)));
    }
}
