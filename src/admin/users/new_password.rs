//! A password that staff type twice. A member of the staff has one of [`STAFF_PASSWORD_CHARS_MIN`] characters at least, whoever
//! sets it; so who becomes staff gets one together with the flag.

use crate::compat::registration::{self, Input};
use crate::domain::registration::{FieldError, Password, STAFF_PASSWORD_CHARS_MIN};
use crate::messages::{Id, Lang, id, text};

/// Returns the password, or what is wrong with it.
pub fn typed_twice(password: &str, repeated: &str, lang: Lang) -> Result<Password, String> {
    let read = registration::password(Input::Text(password.into()));
    let read = read.map_err(|errors| match first_mistake(&errors) {
        Some(mistake) => lang.text(mistake).to_owned(),
        None => String::new(),
    })?;
    if password != repeated {
        return Err(text!(lang, "users-not-repeated").to_owned());
    }
    Ok(read)
}

pub fn too_short_for_staff(lang: Lang) -> String {
    let min = STAFF_PASSWORD_CHARS_MIN;
    text!(lang, "users-staff-password-short", min = min)
}

/// Returns the message of the first error.
pub fn first_mistake(errors: &[FieldError]) -> Option<Id> {
    errors.first().map(|error| match error {
        FieldError::Required | FieldError::Null | FieldError::Blank => id!("users-blank"),
        FieldError::NotText | FieldError::NullCharacter => id!("users-not-text"),
        FieldError::TooLong { .. } => id!("users-too-long"),
        FieldError::NotAnEmail => id!("users-not-an-email"),
        FieldError::UsernameTaken | FieldError::EmailTaken => id!("users-email-taken"),
    })
}
