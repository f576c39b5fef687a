//! Python in one room: what the recorded service forces on the contract's endpoints, and nothing else.
//!
//! The recorded service is Django 5.2 and its REST framework on Python 3.12. Its clients depend on what that comes to, down
//! to the byte of an answer, so all of it is done again here:
//!
//! * [`body`]: which of the three parsers a body goes to, and what is said of one that has no fields.
//! * [`charset`]: a body's letters are those that its `Content-Type` names, by the web's names and by Python's.
//! * [`decimal`]: an amount is any text that Python's `Decimal` takes, counted as REST framework counts.
//! * [`email`]: Django's `EmailValidator`.
//! * [`form`]: both kinds of form have Django's limit of fields, and its tolerance for what is malformed.
//! * [`json`]: JSON is what Python's `json` takes, and its complaints name the same place.
//! * [`media_type`]: how `Content-Type` names a parser, wildcards included.
//! * [`operation`]: the two fields of an operation, made texts and complained of as REST framework does it.
//! * [`path`]: an address is matched after it is decoded.
//! * [`registration`]: the three fields of a registration, likewise.
//! * [`value`]: a field is what Python would make of it, and is echoed as Python prints it.
//! * [`words`]: what is said of a field, to the byte.
//!
//! The rules of the room:
//!
//! 1. Only `domain` is used here. What is read leaves as a value of `domain`, or as what is wrong with it; which status
//!    answers that, `http` decides.
//! 2. Each module's doc names the rule that it mirrors. Where we differ from it on purpose, it says why.
//! 3. Nothing new goes in. Another endpoint reads JSON with `serde`, and numbers as `domain` writes them: it has no floats,
//!    no numbers for names, no digits of other scripts.
//! 4. The panel and the command line reach [`registration`]'s functions, so that a user is the same whoever enters them.
//! 5. It goes when the contract does: whoever still calls for something here from elsewhere has a rule to move out first.

pub mod body;
pub mod charset;
pub mod decimal;
pub mod email;
pub mod form;
pub mod json;
pub mod media_type;
pub mod operation;
pub mod path;
pub mod registration;
pub mod value;
pub mod words;
