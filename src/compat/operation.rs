//! The fields of an operation as REST framework's `ChoiceField` and `DecimalField` parse them: each is converted by Python's
//! `str()`, and the errors of both are reported together.
//!
//! One difference: an unknown kind as the only error has the documented response, which the recorded view never reaches
//! because its serializer refuses first.

use super::decimal;
use super::value::Value;
use crate::domain::{Amount, AmountError, Operation, OperationKind};

/// The fields of a body.
pub const FIELDS: [&str; 2] = ["operationType", "amount"];

/// Why a body is not an operation.
#[derive(Debug, PartialEq, Eq)]
pub enum InvalidOperation {
    /// The only error is a kind that is a string, but unknown.
    UnknownKind,
    /// The errors of either field, or of both.
    Fields {
        kind: Option<KindError>,
        amount: Option<AmountFieldError>,
    },
}

/// The error of `operationType`.
#[derive(Debug, PartialEq, Eq)]
pub enum KindError {
    Required,
    Null,
    /// The value, as Python prints it, which is not a kind.
    InvalidChoice(String),
}

/// The error of `amount`.
#[derive(Debug, PartialEq, Eq)]
pub enum AmountFieldError {
    Required,
    Null,
    Value(AmountError),
}

/// Parses the operation in a body.
///
/// # Errors
/// [`InvalidOperation`].
pub fn parse(fields: &Value<'_>) -> Result<Operation, InvalidOperation> {
    let given = fields.get("operationType");
    match (kind(given), amount(fields.get("amount"))) {
        (Ok(kind), Ok(amount)) => Ok(Operation { kind, amount }),
        (Err(KindError::InvalidChoice(_)), Ok(_))
            if matches!(given, Some(Value::Text(_) | Value::Undecodable(_))) =>
        {
            Err(InvalidOperation::UnknownKind)
        }
        (kind, amount) => Err(InvalidOperation::Fields {
            kind: kind.err(),
            amount: amount.err(),
        }),
    }
}

fn kind(given: Option<&Value<'_>>) -> Result<OperationKind, KindError> {
    match given {
        None => Err(KindError::Required),
        Some(Value::Null) => Err(KindError::Null),
        Some(value) => {
            let text = value.to_text();
            OperationKind::parse_requestable(&text)
                .ok_or_else(|| KindError::InvalidChoice(text.into_owned()))
        }
    }
}

fn amount(given: Option<&Value<'_>>) -> Result<Amount, AmountFieldError> {
    match given {
        None => Err(AmountFieldError::Required),
        Some(Value::Null) => Err(AmountFieldError::Null),
        Some(value) => decimal::amount(&value.to_text()).map_err(AmountFieldError::Value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::json;

    fn read(body: &str) -> Result<Operation, InvalidOperation> {
        parse(&json::parse(body.as_bytes()).unwrap())
    }

    fn faults(
        kind: Option<KindError>,
        amount: Option<AmountFieldError>,
    ) -> Result<Operation, InvalidOperation> {
        Err(InvalidOperation::Fields { kind, amount })
    }

    #[test]
    fn an_amount_may_be_a_string_or_a_number_of_json() {
        for (amount, cents) in [
            (r#""1.00""#, 100),
            ("1", 100),
            ("1.000", 100),
            ("1E+2", 10_000),
            ("5.00000000000000001", 500),
            ("1234567.89e1", 1_234_567_890),
            ("99999999.99", 9_999_999_999),
        ] {
            let body = format!(r#"{{"operationType":"WITHDRAW","amount":{amount}}}"#);
            let operation = Operation {
                kind: OperationKind::Withdraw,
                amount: Amount::from_cents(cents).unwrap(),
            };
            assert_eq!(read(&body), Ok(operation), "{amount}");
        }
    }

    #[test]
    fn an_invalid_amount_is_reported_for_its_text_in_python() {
        for (amount, error) in [
            ("null", AmountFieldError::Null),
            ("true", AmountFieldError::Value(AmountError::NotANumber)),
            ("[1]", AmountFieldError::Value(AmountError::NotANumber)),
            ("1e400", AmountFieldError::Value(AmountError::NotANumber)),
            ("1e-400", AmountFieldError::Value(AmountError::NotPositive)),
            (
                "5e-324",
                AmountFieldError::Value(AmountError::TooManyDigits),
            ),
            (
                r#""1.000""#,
                AmountFieldError::Value(AmountError::TooManyPlaces),
            ),
            (
                &format!(r#"["{}"]"#, "b".repeat(1_000)),
                AmountFieldError::Value(AmountError::TextTooLong),
            ),
        ] {
            let body = format!(r#"{{"operationType":"DEPOSIT","amount":{amount}}}"#);
            assert_eq!(read(&body), faults(None, Some(error)), "{amount}");
        }
    }

    #[test]
    fn an_unknown_kind_as_the_only_error_has_a_response_of_its_own() {
        let unknown = |kind: &str| read(&format!(r#"{{"operationType":{kind},"amount":"1"}}"#));
        assert_eq!(unknown(r#""deposit""#), Err(InvalidOperation::UnknownKind));
        assert_eq!(unknown(r#""""#), Err(InvalidOperation::UnknownKind));
        for (kind, text) in [("1e16", "1e+16"), ("true", "True"), (r#"["a"]"#, "['a']")] {
            let not_a_choice = KindError::InvalidChoice(text.to_owned());
            assert_eq!(unknown(kind), faults(Some(not_a_choice), None));
        }
        assert_eq!(
            read(r#"{"operationType":"x","amount":"0"}"#),
            faults(
                Some(KindError::InvalidChoice("x".to_owned())),
                Some(AmountFieldError::Value(AmountError::NotPositive))
            )
        );
        assert_eq!(
            read("{}"),
            faults(Some(KindError::Required), Some(AmountFieldError::Required))
        );
    }
}
