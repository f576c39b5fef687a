//! Compatibility with the recorded service: what it forces on the contract's endpoints, and nothing else.
//!
//! The recorded service is Django 5.2 and its REST framework on Python 3.12. Clients depend on its behaviour, down to the
//! bytes of a response, so it is reproduced here. In the order of a request:
//!
//! 1. `path`: an address is percent-decoded as a whole, and matched without normalisation.
//! 2. `body`: `Content-Type` chooses one of three parsers (`media_type`) and the `charset`; the parsed body must be a
//!    dictionary. `json` parses as Python's `json` does, `form` both kinds of form as Django does.
//! 3. `value`: a field has its Python type, and is printed as Python prints it. Only here may a number of JSON be a float; the
//!    module is private.
//! 4. `operation`, `registration` and `sign_in`: the fields of the bodies, converted, trimmed and validated as REST framework does,
//!    with `decimal` (Python's `Decimal`) and `email` (Django's `EmailValidator`).
//! 5. `field_messages`: the messages about invalid fields. Not in `messages`: the texts are REST framework's, and never
//!    translated.
//!
//! The rules of this folder:
//!
//! * It imports `domain` alone. Parsing returns a value of `domain`, or an error; `api` chooses the status.
//! * Each module's doc names the rule that it mirrors, and where and why it deviates on purpose.
//! * Nothing new goes in. A newer endpoint parses its JSON with `serde` and its amounts with
//!   [`Amount::parse`](crate::domain::Amount::parse): no floats, no numbers for names, no digits of other scripts.
//! * The panel and the command line call `registration`'s functions, so that a user is validated alike everywhere. They
//!   call nothing else.

pub mod body;
pub mod charset;
pub mod decimal;
mod email;
pub mod field_messages;
mod form;
pub mod json;
pub mod media_type;
pub mod operation;
pub mod path;
pub mod registration;
pub mod sign_in;
mod value;

/// Further entry points of the fuzz targets in `tests/fuzz`.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use super::email::is_valid;
    pub use super::form::{FIELDS_MAX, multipart, urlencoded};
    pub use super::value::Value;
}
