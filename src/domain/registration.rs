//! The fields of a registration: what a user's name, address and password are, and every way to refuse one.
//!
//! What a body or a form says is made into them by [`compat`](crate::compat::registration), by the recorded service's rules.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Characters of a user name, after normalisation.
pub const USERNAME_MAX_CHARS: usize = 150;
/// Characters of an e-mail address, after normalisation.
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
    /// The name of that spelling.
    ///
    /// # Errors
    /// [`FieldError::Blank`], [`FieldError::NullCharacter`], [`FieldError::TooLong`].
    pub fn new(text: &str) -> Result<Self, FieldError> {
        storable(text)?;
        let name = Self::normalised(text);
        within(&name, USERNAME_MAX_CHARS)?;
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
pub struct Email(String);

impl Email {
    /// The address of that spelling, a user at a domain. What either may look like is the caller's to have judged.
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

/// A password as it will be hashed. It has no `Display`, and its `Debug` keeps it to itself.
pub struct Password(String);

impl Password {
    /// The password of those letters.
    ///
    /// # Errors
    /// [`FieldError::Blank`], [`FieldError::NullCharacter`].
    pub fn new(text: String) -> Result<Self, FieldError> {
        storable(&text)?;
        Ok(Self(text))
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

/// Refuses what no field of a user is: nothing, and U+0000, which PostgreSQL has no text with.
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
