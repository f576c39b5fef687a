//! An address that is accepted has the form that the database and everybody after it relies on, and is its own
//! normalised form.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use wallet_engine::compat::fuzzing::is_valid;
use wallet_engine::compat::registration::{self, Input};
use wallet_engine::domain::registration::{EMAIL_MAX_CHARS, Email};

fn parse(text: &str) -> Option<Email> {
    registration::email(Input::Text(Cow::Borrowed(text))).ok()
}

fuzz_target!(|text: &str| {
    let Some(email) = parse(text) else { return };
    let address = email.as_str();
    assert!(address.chars().count() <= EMAIL_MAX_CHARS);
    assert!(!address.contains(['\0', '\n', '\r']));
    assert_eq!(address.trim(), address);

    let (local, domain) = address.rsplit_once('@').expect("a user and a domain");
    assert!(!local.is_empty() && !domain.is_empty());
    assert_eq!(domain.to_lowercase(), domain);
    // A letter of another script may become two in lower case, and its label too long.
    match parse(address) {
        Some(again) => assert_eq!(again.as_str(), address),
        None => assert!(!address.is_ascii() && !is_valid(address)),
    }
});
