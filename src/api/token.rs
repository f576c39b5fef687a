//! `/api/token/`: an owner signs in and out. As Django REST Framework's `obtain_auth_token` (3.18) reads and answers, to the byte.
//!
//! Each sign-in has a token of its own, so that one device's sign-out does not end another's. The address exists only where
//! `WALLET_AUTH` is on: no other endpoint takes a token elsewhere.

use std::sync::Arc;

use actix_web::http::{Method, header};
use actix_web::{HttpMessage, HttpResponse};
use serde::Serialize;
use tokio::time::timeout_at;

use super::error::Error;
use super::gate::Caller;
use super::openapi::{access as describe, refusals};
use super::refused_access::Unauthenticated;
use super::resource::{Answer, Call, Endpoint, Handler, Permission, Resource};
use super::{recorded, sign_in};
use crate::auth::{Access, Cause, Scheme, SignInUser, TokenError};
use crate::compat::sign_in as fields;
use crate::domain::Principal;
use crate::domain::registration::Password;
use crate::engine::EngineError;

/// Tokens of owners.
pub static TOKEN: Resource = Resource {
    template: "/api/token/",
    name: "Token",
    description: "Signs the owner of a wallet in, and out.",
    endpoints: &[
        Endpoint {
            method: Method::POST,
            handler: Handler::Resource(|call| Box::pin(begin(call))),
            permission: Permission::Public,
            refusals: &[
                describe::of_credentials,
                describe::of_too_many_attempts,
                refusals::of_a_body,
                refusals::of_the_engine,
                refusals::of_the_client_limits,
            ],
            fields: Some(("CredentialErrors", &fields::FIELDS)),
        },
        Endpoint {
            method: Method::DELETE,
            handler: Handler::Resource(|call| Box::pin(end(call))),
            permission: Permission::Owner,
            refusals: &[refusals::of_the_engine, refusals::of_the_client_limits],
            fields: None,
        },
    ],
    with_auth_alone: true,
    document: Some(describe::token),
    ..Resource::EMPTY
};

#[derive(Serialize)]
struct Body<'t> {
    token: &'t str,
}

/// The token could not be made or ended in time.
#[derive(Debug, thiserror::Error)]
#[error("the directory of tokens did not answer in time")]
pub(super) struct TooSlow;

async fn begin(call: Call<'_>) -> Answer {
    let access = call.gate.access().ok_or(Error::NoSuchPath)?;
    let body = recorded::receive(call.request, call.body).await?;
    let read = body.read(&fields::FIELDS, fields::parse).await;
    let given = read.map_err(Error::Body)?.map_err(Error::Credentials)?;
    // The fields are as they should be: it is a password.
    let password = Password::new(given.password).map_err(|_| Error::NotSignedIn)?;
    let asker = (call.request, call.engine, access);
    let user = sign_in::compare(asker, &given.username, &password).await?;
    let user = user.ok_or(Error::NotSignedIn)?;
    let token = timeout_at(call.engine.deadline(), issued(access, &user)).await;
    let response = token.unwrap_or_else(|_| Err(not_done(Arc::new(TooSlow))))?;
    // For the log and the span.
    let principal = Principal::owner(user.id);
    call.request.extensions_mut().insert(principal);
    response.ok_or(Error::NotSignedIn)
}

async fn end(call: Call<'_>) -> Answer {
    let access = call.gate.access().ok_or(Error::NoSuchPath)?;
    let Caller::Known(identity, token) = call.caller else {
        return Err(Error::Unauthenticated(Unauthenticated::Missing));
    };
    let ended = access.end_token(token, identity.subject);
    let ended = timeout_at(call.engine.deadline(), ended).await;
    ended
        .unwrap_or_else(|_| Err(Arc::new(TooSlow) as Cause))
        .map_err(|cause| Error::Engine(EngineError::Unavailable(cause)))?;
    Ok(HttpResponse::NoContent().finish())
}

/// Returns the answer with a new token of the user; `None` if they are not active, or have another password by now.
///
/// # Errors
/// There is no token.
pub(super) async fn issued(
    access: &Access,
    user: &SignInUser,
) -> Result<Option<HttpResponse>, Error> {
    let token = access
        .begin_token(user)
        .await
        .map_err(|error| match error {
            TokenError::Directory(cause) => not_done(cause),
            error @ TokenError::Random(_) => not_done(Arc::new(error)),
        })?;
    Ok(token.map(|token| {
        HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(Body {
                token: token.expose(),
            })
    }))
}

/// A token that was made meanwhile is nobody's: no client knows it.
fn not_done(cause: Cause) -> Error {
    Error::Engine(EngineError::NotDone(cause))
}

/// The token that the request came with is none any more.
pub(super) fn ended() -> Error {
    Error::Unauthenticated(Unauthenticated::Invalid(Scheme::Token))
}
