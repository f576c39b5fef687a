//! The fields of a registration: what the contract accepts for each, and every way to refuse it.
//!
//! The order of the checks of one field is the recorded service's: presence, null, blank, type, then the
//! validators, all of whose complaints are reported together.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::decimal::trim;
use super::email;

/// Characters of a user name, after normalisation.
pub const USERNAME_MAX_CHARS: usize = 150;
/// Characters of an e-mail address, after normalisation.
pub const EMAIL_MAX_CHARS: usize = 254;

/// What a body holds for one field. Numbers are text here already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    Absent,
    Null,
    /// A boolean, a list, an object or a file.
    NotText,
    Text(Cow<'a, str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("absent")]
    Required,
    #[error("null")]
    Null,
    #[error("blank")]
    Blank,
    #[error("not a string")]
    NotText,
    #[error("holds U+0000")]
    NullCharacter,
    #[error("longer than {max} characters")]
    TooLong { max: usize },
    #[error("not an e-mail address")]
    NotAnEmail,
    #[error("taken by another user")]
    UsernameTaken,
    #[error("taken by another user")]
    EmailTaken,
}

/// The three fields of a registration, each right or with everything that is wrong with it.
///
/// They stay apart until it is known which names are taken, because the contract reports a bad address and a
/// taken user name in one answer.
#[derive(Debug)]
pub struct RegistrationForm {
    pub username: Result<Username, Vec<FieldError>>,
    pub email: Result<Email, Vec<FieldError>>,
    pub password: Result<Password, Vec<FieldError>>,
}

/// A well-formed registration. Whether its names are still free is the database's to say.
#[derive(Debug)]
pub struct Registration {
    pub username: Username,
    pub email: Email,
    pub password: Password,
}

/// Which names of a registration belong to somebody already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamesTaken {
    pub username: bool,
    pub email: bool,
}

impl RegistrationForm {
    /// Whether every field is right by itself.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        self.username.is_ok() && self.email.is_ok() && self.password.is_ok()
    }

    /// The registration, if every field is right and no name is taken.
    ///
    /// # Errors
    /// Everything that is wrong with every field.
    pub fn check(self, taken: NamesTaken) -> Result<Registration, RegistrationErrors> {
        match (self.username, self.email, self.password) {
            (Ok(username), Ok(email), Ok(password)) if taken == NamesTaken::default() => {
                Ok(Registration {
                    username,
                    email,
                    password,
                })
            }
            (username, email, password) => {
                let mut errors = RegistrationErrors::from(taken);
                errors.username.extend(username.err().unwrap_or_default());
                errors.email.extend(email.err().unwrap_or_default());
                errors.password.extend(password.err().unwrap_or_default());
                Err(errors)
            }
        }
    }
}

/// What is wrong with a registration, field by field; an empty list for a field that is right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrationErrors {
    pub username: Vec<FieldError>,
    pub email: Vec<FieldError>,
    pub password: Vec<FieldError>,
}

impl From<NamesTaken> for RegistrationErrors {
    fn from(taken: NamesTaken) -> Self {
        let list = |taken: bool, error| if taken { vec![error] } else { Vec::new() };
        Self {
            username: list(taken.username, FieldError::UsernameTaken),
            email: list(taken.email, FieldError::EmailTaken),
            password: Vec::new(),
        }
    }
}

/// A user name in Unicode's NFKC form, so that two spellings of one name are one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// # Errors
    /// Everything that is wrong with the field.
    pub fn parse(input: Input<'_>) -> Result<Self, Vec<FieldError>> {
        let text = text_of(input, FieldError::NotText)?;
        let errors = null_characters(&text);
        if !errors.is_empty() {
            return Err(errors);
        }
        let name = Self::normalised(&text);
        if name.chars().count() > USERNAME_MAX_CHARS {
            return Err(vec![FieldError::TooLong {
                max: USERNAME_MAX_CHARS,
            }]);
        }
        Ok(Self(name))
    }

    /// The text as it would be within a name, to look for names by.
    #[must_use]
    pub fn normalised(text: &str) -> String {
        text.nfkc().collect()
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address whose domain is in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    address: String,
    as_given: bool,
}

impl Email {
    /// # Errors
    /// Everything that is wrong with the field.
    pub fn parse(input: Input<'_>) -> Result<Self, Vec<FieldError>> {
        let text = text_of(input, FieldError::NotAnEmail)?;
        let mut errors = null_characters(&text);
        if !email::is_valid(&text) {
            errors.push(FieldError::NotAnEmail);
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let address = normalised(&text);
        if address.chars().count() > EMAIL_MAX_CHARS {
            return Err(vec![FieldError::TooLong {
                max: EMAIL_MAX_CHARS,
            }]);
        }
        let as_given = address == text;
        Ok(Self { address, as_given })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.address
    }

    /// Whether normalisation left the address as the client wrote it.
    ///
    /// The recorded service looks for another user's address by what the client wrote, and stores it
    /// normalised: an address written in another way than it is stored is never found taken.
    #[must_use]
    pub fn is_as_given(&self) -> bool {
        self.as_given
    }
}

/// A password as it will be hashed. It has no `Display`, and its `Debug` keeps it to itself.
pub struct Password(String);

impl Password {
    /// # Errors
    /// Everything that is wrong with the field.
    pub fn parse(input: Input<'_>) -> Result<Self, Vec<FieldError>> {
        let text = text_of(input, FieldError::NotText)?;
        let errors = null_characters(&text);
        if errors.is_empty() {
            Ok(Self(text.into_owned()))
        } else {
            Err(errors)
        }
    }

    /// The bytes to hash.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// The field's text, trimmed.
fn text_of(input: Input<'_>, not_text: FieldError) -> Result<Cow<'_, str>, Vec<FieldError>> {
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

fn null_characters(text: &str) -> Vec<FieldError> {
    if text.contains('\0') {
        vec![FieldError::NullCharacter]
    } else {
        Vec::new()
    }
}

/// The address with its domain in lower case, letters of every script included.
fn normalised(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Input<'_> {
        Input::Text(Cow::Borrowed(text))
    }

    #[test]
    fn a_user_name_is_trimmed_and_in_nfkc() {
        let name = |given| Username::parse(text(given)).map(|name| name.0);
        assert_eq!(name("  bob\u{85}"), Ok("bob".to_owned()));
        assert_eq!(name("ﬁｘ²"), Ok("fix2".to_owned()));
        assert_eq!(name("\u{200b}bob"), Ok("\u{200b}bob".to_owned()));
        assert_eq!(name(" \u{3000}\t"), Err(vec![FieldError::Blank]));
        assert_eq!(name("a\0b"), Err(vec![FieldError::NullCharacter]));
    }

    #[test]
    fn lengths_are_counted_in_characters_after_normalisation() {
        assert!(Username::parse(text(&"я".repeat(150))).is_ok());
        assert!(Username::parse(text(&"e\u{301}".repeat(150))).is_ok());
        assert!(Username::parse(text(&"я".repeat(151))).is_err());
        assert!(
            Username::parse(text(&"ﷺ".repeat(20))).is_err(),
            "18 characters each"
        );
    }

    #[test]
    fn a_password_never_shows_itself() {
        let password = Password::parse(text(" secret ")).unwrap();
        assert_eq!(password.expose(), b"secret");
        assert_eq!(format!("{password:?}"), "Password(hidden)");
    }
}
