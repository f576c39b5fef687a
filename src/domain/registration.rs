//! The fields of a registration: user name, e-mail address and password, and every error of one.
//!
//! [`compat`](crate::compat::registration) reads them from a body or a form, by the rules of the recorded service.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// The length limit of a user name, after normalisation.
pub const USERNAME_MAX_CHARS: usize = 150;
/// The length limit of an e-mail address, after normalisation.
pub const EMAIL_MAX_CHARS: usize = 254;

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

/// The three fields of a registration, each valid or with all its errors.
///
/// They stay separate until it is known which names are taken, because the contract reports an invalid address and a taken
/// user name in one response.
#[derive(Debug)]
pub struct RegistrationForm {
    pub username: Result<Username, Vec<FieldError>>,
    pub email: Result<Email, Vec<FieldError>>,
    pub password: Result<Password, Vec<FieldError>>,
}

/// A well-formed registration. Its names may be taken meanwhile.
#[derive(Debug)]
pub struct Registration {
    pub username: Username,
    pub email: Email,
    pub password: Password,
}

/// The names of a registration that are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamesTaken {
    pub username: bool,
    pub email: bool,
}

impl RegistrationForm {
    /// Returns whether every field is valid by itself.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        self.username.is_ok() && self.email.is_ok() && self.password.is_ok()
    }

    /// Returns the registration, if every field is valid and no name is taken.
    ///
    /// # Errors
    /// All errors of all fields.
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

/// The errors of a registration by field; none for a valid field.
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

/// A user name in Unicode's NFKC form, so that equivalent spellings are one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Normalises a name.
    ///
    /// # Errors
    /// [`FieldError::Blank`], [`FieldError::NullCharacter`], [`FieldError::TooLong`].
    pub fn new(text: &str) -> Result<Self, FieldError> {
        storable(text)?;
        let name = Self::normalised(text);
        within(&name, USERNAME_MAX_CHARS)?;
        Ok(Self(name))
    }

    /// Normalises a part of a name, to search by.
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
pub struct Email(String);

impl Email {
    /// Normalises an address, a user at a domain. The syntax of both is checked by the caller.
    ///
    /// # Errors
    /// [`FieldError::Blank`], [`FieldError::NullCharacter`], [`FieldError::NotAnEmail`], [`FieldError::TooLong`].
    pub fn new(text: &str) -> Result<Self, FieldError> {
        storable(text)?;
        let (user, domain) = text.rsplit_once('@').ok_or(FieldError::NotAnEmail)?;
        if user.is_empty() || domain.is_empty() {
            return Err(FieldError::NotAnEmail);
        }
        let address = format!("{user}@{}", domain.to_lowercase());
        within(&address, EMAIL_MAX_CHARS)?;
        Ok(Self(address))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password as it will be hashed. It has no `Display`, and its `Debug` does not reveal it.
pub struct Password(String);

/// The least characters of a password of staff, who see and move everybody's money.
pub const STAFF_PASSWORD_CHARS_MIN: usize = 12;

impl Password {
    /// Returns the password of that text.
    ///
    /// # Errors
    /// [`FieldError::Blank`], [`FieldError::NullCharacter`].
    pub fn new(text: String) -> Result<Self, FieldError> {
        storable(&text)?;
        Ok(Self(text))
    }

    /// Whether it is long enough for a member of the staff.
    #[must_use]
    pub fn suits_staff(&self) -> bool {
        self.0.chars().count() >= STAFF_PASSWORD_CHARS_MIN
    }

    /// Returns the bytes to hash.
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

/// Refuses an empty text, and U+0000, which PostgreSQL cannot store.
fn storable(text: &str) -> Result<(), FieldError> {
    if text.is_empty() {
        Err(FieldError::Blank)
    } else if text.contains('\0') {
        Err(FieldError::NullCharacter)
    } else {
        Ok(())
    }
}

fn within(text: &str, max: usize) -> Result<(), FieldError> {
    if text.chars().count() > max {
        return Err(FieldError::TooLong { max });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_in_nfkc() {
        let name = |given| Username::new(given).map(|name| name.0);
        assert_eq!(name("ﬁｘ²"), Ok("fix2".to_owned()));
        assert_eq!(name("\u{200b}bob"), Ok("\u{200b}bob".to_owned()));
        assert_eq!(name(""), Err(FieldError::Blank));
        assert_eq!(name("a\0b"), Err(FieldError::NullCharacter));
    }

    #[test]
    fn an_address_is_a_user_at_a_domain_in_lower_case() {
        let address = |given| Email::new(given).map(|email| email.0);
        let kept = |address: &str| Ok(address.to_owned());
        assert_eq!(address("A@B.example"), kept("A@b.example"));
        assert_eq!(address("\"a@b\"@c.example"), kept("\"a@b\"@c.example"));
        for text in ["a", "@b.example", "a@"] {
            assert_eq!(address(text), Err(FieldError::NotAnEmail), "{text}");
        }
        assert_eq!(address("a@b\0"), Err(FieldError::NullCharacter));
        let longest = format!("{}@b.example", "я".repeat(EMAIL_MAX_CHARS - 10));
        assert!(address(&longest).is_ok());
        let max = EMAIL_MAX_CHARS;
        assert_eq!(
            address(&format!("я{longest}")),
            Err(FieldError::TooLong { max })
        );
    }

    #[test]
    fn lengths_are_counted_in_characters_after_normalisation() {
        assert!(Username::new(&"я".repeat(150)).is_ok());
        assert!(Username::new(&"e\u{301}".repeat(150)).is_ok());
        assert!(Username::new(&"я".repeat(151)).is_err());
        assert!(
            Username::new(&"ﷺ".repeat(20)).is_err(),
            "18 characters each"
        );
    }

    #[test]
    fn a_password_never_shows_itself() {
        let password = Password::new(" secret ".to_owned()).unwrap();
        assert_eq!(password.expose(), b" secret ");
        assert_eq!(format!("{password:?}"), "Password(hidden)");
    }
}
