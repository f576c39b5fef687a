//! The fields of a registration as REST framework's `CharField` and `EmailField` parse them.
//!
//! The checks of a field have their order: presence, null, blank, type, then the validators, whose errors are reported
//! together. A text is trimmed first; a number becomes its digits. `domain` validates names, addresses and passwords
//! beyond that.

use std::borrow::Cow;

use super::email::is_valid;
use super::value::{Value, trim};
use crate::domain::RegistrationForm;
use crate::domain::registration::{Email, FieldError, Password, Username};

/// The fields of a body.
pub const FIELDS: [&str; 3] = ["username", "email", "password"];

/// The value of one field. Numbers are text already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    Absent,
    Null,
    /// A boolean, a list, an object or a file.
    NotText,
    Text(Cow<'a, str>),
}

/// Parses the fields of a body.
pub fn parse(fields: &Value<'_>) -> RegistrationForm {
    let input = |name| input(fields.get(name));
    RegistrationForm {
        username: username(input("username")),
        email: email(input("email")),
        password: password(input("password")),
    }
}

/// # Errors
/// All errors of the field.
pub fn username(input: Input<'_>) -> Result<Username, Vec<FieldError>> {
    let text = text_of(input, FieldError::NotText)?;
    Username::new(&text).map_err(|error| vec![error])
}

/// # Errors
/// All errors of the field.
pub fn email(input: Input<'_>) -> Result<Email, Vec<FieldError>> {
    let text = text_of(input, FieldError::NotAnEmail)?;
    if is_valid(&text) {
        Email::new(&text).map_err(|error| vec![error])
    } else if text.contains('\0') {
        Err(vec![FieldError::NullCharacter, FieldError::NotAnEmail])
    } else {
        Err(vec![FieldError::NotAnEmail])
    }
}

/// # Errors
/// All errors of the field.
pub fn password(input: Input<'_>) -> Result<Password, Vec<FieldError>> {
    let text = text_of(input, FieldError::NotText)?;
    Password::new(text.into_owned()).map_err(|error| vec![error])
}

/// Whether white space is around the text, which registrations trim.
#[must_use]
pub fn is_padded(text: &str) -> bool {
    trim(text).len() != text.len()
}

/// The recorded service accepts a number as its digits, and no other type as a text. It also accepts a text that it cannot
/// decode, with characters replaced; that would change names and passwords.
pub(super) fn input<'v>(given: Option<&'v Value<'_>>) -> Input<'v> {
    match given {
        None => Input::Absent,
        Some(Value::Null) => Input::Null,
        Some(Value::Text(text)) => Input::Text(Cow::Borrowed(text)),
        Some(value @ (Value::Int(_) | Value::Float(_))) => Input::Text(value.to_text()),
        Some(_) => Input::NotText,
    }
}

/// The field's text, trimmed.
pub(super) fn text_of(
    input: Input<'_>,
    not_text: FieldError,
) -> Result<Cow<'_, str>, Vec<FieldError>> {
    let text = match input {
        Input::Absent => return Err(vec![FieldError::Required]),
        Input::Null => return Err(vec![FieldError::Null]),
        Input::NotText => return Err(vec![not_text]),
        Input::Text(text) => text,
    };
    let trimmed = trim(&text);
    if trimmed.is_empty() {
        return Err(vec![FieldError::Blank]);
    }
    if trimmed.len() == text.len() {
        Ok(text)
    } else {
        Ok(Cow::Owned(trimmed.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::json;

    fn text(text: &str) -> Input<'_> {
        Input::Text(Cow::Borrowed(text))
    }

    #[test]
    fn a_field_is_trimmed_as_python_trims_it() {
        let name = |given| username(text(given)).map(|name| name.as_str().to_owned());
        assert_eq!(name("  bob\u{85}"), Ok("bob".to_owned()));
        assert_eq!(name("\u{1f}ﬁｘ²\u{1c}"), Ok("fix2".to_owned()));
        assert_eq!(name("\u{200b}bob"), Ok("\u{200b}bob".to_owned()));
        assert_eq!(name(" \u{3000}\t"), Err(vec![FieldError::Blank]));
        assert_eq!(name("a\0b"), Err(vec![FieldError::NullCharacter]));
        let password = password(text(" secret ")).unwrap();
        assert_eq!(password.expose(), b"secret");
    }

    #[test]
    fn an_address_with_a_null_character_has_both_errors() {
        let refused = |given| email(given).unwrap_err();
        let both = [FieldError::NullCharacter, FieldError::NotAnEmail];
        assert_eq!(refused(text("a\0@b.example")), both);
        assert_eq!(refused(text("a b@c.example")), [FieldError::NotAnEmail]);
        assert_eq!(refused(Input::NotText), [FieldError::NotAnEmail]);
        assert_eq!(refused(text(" ")), [FieldError::Blank]);
    }

    #[test]
    fn a_number_is_accepted_as_its_text_and_nothing_else_is() {
        let text = |text: &str| Input::Text(Cow::Owned(text.to_owned()));
        for (value, expected) in [
            ("null", Input::Null),
            ("true", Input::NotText),
            ("[]", Input::NotText),
            ("{}", Input::NotText),
            (r#""a\nb""#, text("a\nb")),
            ("12345678901234567890", text("12345678901234567890")),
            ("123.0", text("123.0")),
            ("1.5e21", text("1.5e+21")),
        ] {
            let value = json::parse(value.as_bytes()).unwrap();
            assert_eq!(input(Some(&value)), expected);
        }
        assert_eq!(input(None), Input::Absent);
    }
}
