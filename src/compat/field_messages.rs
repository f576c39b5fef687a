//! REST framework's and Django's messages about invalid fields, and two of the recorded service's own, in Russian.

use std::borrow::Cow;

use super::operation::{AmountFieldError, KindError};
use crate::domain::AmountError;
use crate::domain::money::{AMOUNT_DIGITS_MAX, AMOUNT_PLACES_MAX, AMOUNT_WHOLE_DIGITS_MAX};
use crate::domain::registration::FieldError;

const REQUIRED: Cow<'static, str> = Cow::Borrowed("This field is required.");
const NULL: Cow<'static, str> = Cow::Borrowed("This field may not be null.");

/// The message about `operationType`.
pub fn kind_message(error: &KindError) -> Cow<'_, str> {
    match error {
        KindError::Required => REQUIRED,
        KindError::Null => NULL,
        KindError::InvalidChoice(given) => choice_message(given),
    }
}

/// The message about a text that is not one of the choices.
pub fn choice_message<'e>(given: &str) -> Cow<'e, str> {
    format!("\"{given}\" is not a valid choice.").into()
}

/// The message about `amount`.
pub fn amount_message<'e>(error: &AmountFieldError) -> Cow<'e, str> {
    let ensure = |limit: u64, of: &str| {
        Cow::Owned(format!("Ensure that there are no more than {limit} {of}."))
    };
    match error {
        AmountFieldError::Required => REQUIRED,
        AmountFieldError::Null => NULL,
        AmountFieldError::Value(error) => match error {
            AmountError::TextTooLong => "String value too large.".into(),
            AmountError::NotANumber => "A valid number is required.".into(),
            AmountError::TooManyDigits => ensure(AMOUNT_DIGITS_MAX, "digits in total"),
            AmountError::TooManyPlaces => ensure(AMOUNT_PLACES_MAX, "decimal places"),
            AmountError::TooManyWholeDigits => {
                ensure(AMOUNT_WHOLE_DIGITS_MAX, "digits before the decimal point")
            }
            AmountError::NotPositive => "Сумма операции должна быть больше нуля.".into(),
        },
    }
}

/// The message about a field of a registration.
pub fn field_message<'e>(error: &FieldError) -> Cow<'e, str> {
    match error {
        FieldError::Required => REQUIRED,
        FieldError::Null => NULL,
        FieldError::Blank => "This field may not be blank.".into(),
        FieldError::NotText => "Not a valid string.".into(),
        FieldError::NullCharacter => "Null characters are not allowed.".into(),
        FieldError::TooLong { max } => {
            format!("Ensure this field has no more than {max} characters.").into()
        }
        FieldError::NotAnEmail => "Enter a valid email address.".into(),
        FieldError::UsernameTaken => "Такое имя пользователя уже зарегистрировано.".into(),
        FieldError::EmailTaken => "This field must be unique.".into(),
    }
}
