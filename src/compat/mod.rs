//! Python in one room: what the recorded service forces on the contract's endpoints, and nothing else.
//!
//! The recorded service is Django 5.2 and its REST framework on Python 3.12. Its clients depend on what that comes to, down
//! to the byte of an answer, so all of it is done again here. On the way of a request:
//!
//! 1. `path`: an address is matched after it is decoded, whole and as it stands.
//! 2. `body`: `Content-Type` chooses one of three parsers (`media_type`) and the letters (`charset`); what a parser gives must
//!    be a dictionary. `json` is JSON as Python's `json` takes it, `form` both kinds of form as Django takes them.
//! 3. `value`: a field is what Python would make of it, and is echoed as Python prints it. Here, and nowhere else, a number
//!    of JSON may be a float: the module is private, so no one outside can hold one.
//! 4. `operation` and `registration`: the fields of the two bodies, made texts, trimmed and judged as REST framework does
//!    it, with `decimal` (Python's `Decimal`) and `email` (Django's `EmailValidator`).
//! 5. `field_messages`: what an answer says of a field that is wrong. Not in `messages`: the texts are REST framework's, the
//!    same for every reader, and never translated.
//!
//! The rules of the room:
//!
//! * It uses `domain` alone. What it reads leaves as a value of `domain`, or as what is wrong with it; which status answers
//!   that, `http` decides.
//! * Each module's doc names the rule that it mirrors, and says where and why we differ from it on purpose.
//! * Nothing new goes in. A newer endpoint reads its JSON with `serde` and its amounts with
//!   [`Amount::parse`](crate::domain::Amount::parse): it has no floats, no numbers for names, no digits of other scripts.
//! * The panel and the command line call `registration`'s functions, so that a user is the same whoever enters them. They
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
mod value;

/// What the fuzz targets of `tests/fuzz` reach beside the rest, and nobody else.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use super::email::is_valid;
    pub use super::form::{FIELDS_MAX, multipart, urlencoded};
    pub use super::value::Value;
}
