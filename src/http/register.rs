//! `POST /api/register/`: a user with an empty wallet.

use std::borrow::Cow;

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::answer::{self, Endpoint};
use super::body::IncomingBody;
use super::error::Error;
use super::idempotency;
use crate::compat::value::Value;
use crate::domain::registration::{Email, Input, Password, Username};
use crate::domain::{Balance, RegistrationForm};
use crate::engine::Engine;

/// The documented fields, in their order. The wallet's address is in `Location`.
#[derive(Serialize)]
struct Created {
    username: String,
    email: String,
    wallet_balance: String,
}

pub const ENDPOINT: Endpoint = Endpoint {
    allow: "POST, OPTIONS",
    name: "User Registration",
    description: "Registers a user with an empty wallet.",
};

/// What a body is read for.
pub const FIELDS: [&str; 3] = ["username", "email", "password"];

pub async fn handle(
    request: &HttpRequest,
    body: &mut IncomingBody,
    engine: &Engine,
) -> Result<HttpResponse, Error> {
    let body = body.receive(request).await.map_err(Error::Receive)?;
    let form = body.read(&FIELDS, parse).await.map_err(Error::Body)?;
    let key = match idempotency::key(request.headers()) {
        Ok(key) => key,
        // What is wrong with the body is said first.
        Err(_) if !form.is_well_formed() => None,
        Err(error) => return Err(Error::IdempotencyKey(error)),
    };
    let registered = engine.register(form, key).await.map_err(Error::Engine)?;
    let created = Created {
        username: registered.username,
        email: registered.email,
        wallet_balance: Balance::ZERO.to_string(),
    };
    let location = format!("/api/wallets/{}/", registered.wallet);
    let mut response = answer::created(&location, &created);
    if registered.replayed {
        let (name, value) = idempotency::REPLAYED;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

pub fn parse(fields: &Value<'_>) -> RegistrationForm {
    let input = |name| input(fields.get(name));
    RegistrationForm {
        username: Username::parse(input("username")),
        email: Email::parse(input("email")),
        password: Password::parse(input("password")),
    }
}

/// The recorded service takes a number for its digits, and nothing else for a text. It also takes a text that it cannot
/// decode, with other letters; names and passwords are not to be changed so.
fn input<'v>(given: Option<&'v Value<'_>>) -> Input<'v> {
    match given {
        None => Input::Absent,
        Some(Value::Null) => Input::Null,
        Some(Value::Text(text)) => Input::Text(Cow::Borrowed(text)),
        Some(value @ (Value::Int(_) | Value::Float(_))) => Input::Text(value.to_text()),
        Some(_) => Input::NotText,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::json;

    #[test]
    fn a_number_is_taken_for_its_text_and_nothing_else_is() {
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
