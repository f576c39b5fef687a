//! The fields of a sign-in as REST framework's `AuthTokenSerializer` (3.18) parses them: the name is trimmed, the password is not, so
//! that one of spaces alone is a wrong password and not a blank field.

use super::registration::{Input, input, text_of};
use super::value::Value;
use crate::domain::registration::FieldError;

/// The fields of a body.
pub const FIELDS: [&str; 2] = ["username", "password"];

/// What a client signs in with, as it was sent. It has no `Debug`, as it would reveal the password.
pub struct Credentials {
    pub username: String,
    pub password: String,
}

/// What is wrong with the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialErrors {
    pub username: Option<FieldError>,
    pub password: Option<FieldError>,
}

/// Parses the fields of a body.
///
/// # Errors
/// Those of both fields.
pub fn parse(fields: &Value<'_>) -> Result<Credentials, CredentialErrors> {
    let username = username(input(fields.get("username")));
    let password = password(input(fields.get("password")));
    match (username, password) {
        (Ok(username), Ok(password)) => Ok(Credentials { username, password }),
        (username, password) => Err(CredentialErrors {
            username: username.err(),
            password: password.err(),
        }),
    }
}

fn username(input: Input<'_>) -> Result<String, FieldError> {
    let text = text_of(input, FieldError::NotText);
    let text = text.map_err(|errors| errors.into_iter().next().unwrap_or(FieldError::Blank))?;
    storable(text.into_owned())
}

fn password(input: Input<'_>) -> Result<String, FieldError> {
    match input {
        Input::Absent => Err(FieldError::Required),
        Input::Null => Err(FieldError::Null),
        Input::NotText => Err(FieldError::NotText),
        Input::Text(text) if text.is_empty() => Err(FieldError::Blank),
        Input::Text(text) => storable(text.into_owned()),
    }
}

fn storable(text: String) -> Result<String, FieldError> {
    if text.contains('\0') {
        Err(FieldError::NullCharacter)
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::json;

    fn read(body: &str) -> Result<(String, String), [Option<FieldError>; 2]> {
        let value = json::parse(body.as_bytes()).unwrap();
        match parse(&value) {
            Ok(credentials) => Ok((credentials.username, credentials.password)),
            Err(errors) => Err([errors.username, errors.password]),
        }
    }

    /// What REST framework 3.18 answers.
    #[test]
    fn fields_are_read_as_rest_framework_reads_them() {
        let both = |error: FieldError| Err([Some(error), Some(error)]);
        let pair = |name: &str, password: &str| Ok((name.to_owned(), password.to_owned()));
        for (body, expected) in [
            ("{}", both(FieldError::Required)),
            (
                r#"{"username":null,"password":null}"#,
                both(FieldError::Null),
            ),
            (r#"{"username":"","password":""}"#, both(FieldError::Blank)),
            (
                r#"{"username":[],"password":{}}"#,
                both(FieldError::NotText),
            ),
            (
                r#"{"username":true,"password":false}"#,
                both(FieldError::NotText),
            ),
            (
                r#"{"username":"a\u0000","password":"\u0000b"}"#,
                both(FieldError::NullCharacter),
            ),
            (
                r#"{"username":"  ","password":"  "}"#,
                Err([Some(FieldError::Blank), None]),
            ),
            (r#"{"username":1}"#, Err([None, Some(FieldError::Required)])),
            (r#"{"username":1,"password":1.5}"#, pair("1", "1.5")),
            (r#"{"username":" a ","password":" b "}"#, pair("a", " b ")),
        ] {
            assert_eq!(read(body), expected, "{body}");
        }
    }
}
