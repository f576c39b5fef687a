//! `POST /api/register/`: a user with an empty wallet.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::answer::{self, Endpoint};
use super::error::Error;
use super::{idempotency, receive};
use crate::compat::registration;
use crate::domain::Balance;
use crate::engine::Engine;
use crate::web::body::IncomingBody;

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

pub async fn handle(
    request: &HttpRequest,
    body: &mut IncomingBody,
    engine: &Engine,
) -> Result<HttpResponse, Error> {
    let body = receive(request, body).await?;
    let form = body
        .read(&registration::FIELDS, registration::parse)
        .await
        .map_err(Error::Body)?;
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
