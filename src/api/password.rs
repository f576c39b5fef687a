//! `POST /api/password/`: an owner changes their password. Every session and token of theirs ends; the answer has a new token.
//!
//! 1. The fields are checked, all at once, before an attempt is counted; staff have a longer password.
//! 2. The current password is compared ([`sign_in`]): whoever found a token cannot take the account over, nor try passwords faster.
//! 3. The new one takes the place of the one that was compared. If that was changed meanwhile, the token of this request has ended.
//!
//! It takes no idempotency key: its repetition would have to answer a secret that is not stored. After an unknown outcome, the owner
//! signs in with either password.

use std::sync::Arc;

use actix_web::http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::timeout_at;
use utoipa::{OpenApi, ToSchema};

use super::error::Error;
use super::faults::{Fault, Faults};
use super::gate::Caller;
use super::idempotency::IDEMPOTENCY_KEY;
use super::members::{self, Members, value};
use super::openapi::access::{self as described, of_too_many_attempts};
use super::openapi::refusals::{self, of_the_client_limits, of_the_engine};
use super::openapi::schemas::both;
use super::refused_access::Unauthenticated;
use super::resource::{Answer, Call, Endpoint, Handler, Permission, Refusal, Resource};
use super::{sign_in, token};
use crate::auth::{Cause, SignInUser, Subject};
use crate::compat::registration;
use crate::domain::registration::Password;
use crate::engine::EngineError;
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;

/// The password of the owner who asks.
pub static PASSWORD: Resource = Resource {
    template: "/api/password/",
    name: "Password",
    description: "Changes the password of the owner of a wallet.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Resource(|call| Box::pin(change(call))),
        permission: Permission::Owner,
        refusals: &[
            of_a_password,
            of_too_many_attempts,
            refusals::of_a_json_body,
            of_the_engine,
            of_the_client_limits,
        ],
        fields: None,
    }],
    with_auth_alone: true,
    problems: true,
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(change), components(schemas(Asked)))]
struct Described;

// For the description alone: `parse` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange, description = both(id!("openapi-password-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
struct Asked {
    #[schema(schema_with = described::current_password)]
    current_password: String,
    #[schema(schema_with = described::new_password)]
    new_password: String,
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken, description = both(id!("openapi-new-token")))]
struct Changed {
    #[schema(schema_with = described::token_text)]
    token: String,
}

struct Change {
    current: Password,
    new: Password,
}

#[utoipa::path(
    post,
    path = PASSWORD.template,
    tag = "access",
    operation_id = "changePassword",
    description = both(id!("openapi-password-change")),
    request_body(content = Asked, example = asked_example),
    responses((
        status = 200,
        description = both(id!("openapi-password-changed")),
        body = Changed,
        example = described::token_example,
    )),
)]
async fn change(call: Call<'_>) -> Answer {
    let (request, engine) = (call.request, call.engine);
    let access = call.gate.access().ok_or(Error::NoSuchPath)?;
    let Subject::Owner(owner) = subject(&call.caller)? else {
        return Err(Error::Unauthenticated(Unauthenticated::Missing));
    };
    if request.headers().contains_key(IDEMPOTENCY_KEY) {
        let header = IDEMPOTENCY_KEY.as_str().to_owned();
        return Err(Error::Fields(Faults::one(header, Fault::KeyOfPassword)));
    }
    let body = members::receive(request, call.body, BODY_MAX_BYTES).await?;
    let Change { current, new } = parse(&body)?;
    drop(body);
    let too_slow = || Arc::new(token::TooSlow) as Cause;
    let user = timeout_at(engine.deadline(), access.directory().owner(owner)).await;
    let user = user.unwrap_or_else(|_| Err(too_slow()));
    let user = user.map_err(|cause| Error::Engine(EngineError::NotDone(cause)))?;
    let user = user.ok_or_else(token::ended)?;
    if user.is_staff && !new.suits_staff() {
        let fault = Fault::TooShortForStaff;
        return Err(Error::Fields(Faults::one(NEW_PASSWORD, fault)));
    }
    let asker = (request, engine, access);
    let user = sign_in::compare(asker, &user.username, &current).await?;
    let user = user
        .filter(|user| user.id == owner)
        .ok_or_else(|| Error::Fields(Faults::one(CURRENT_PASSWORD, Fault::WrongPassword)))?;
    let hash = engine.password_hash(&new).await.map_err(Error::Engine)?;
    let set = async {
        let set = access.set_password(&user, &hash).await.map_err(unknown)?;
        if !set {
            return Err(token::ended());
        }
        let user = SignInUser {
            password_hash: hash.clone(),
            ..user
        };
        let issued = token::issued(access, &user).await;
        // The password has changed: it cannot be said that nothing was done.
        let issued = issued.map_err(|error| unknown(Arc::new(error)))?;
        issued.ok_or_else(token::ended)
    };
    let answer = timeout_at(engine.deadline(), set).await;
    answer.unwrap_or_else(|_| Err(unknown(too_slow())))
}

fn unknown(cause: Cause) -> Error {
    Error::Engine(EngineError::Unavailable(cause))
}

fn subject(caller: &Caller) -> Result<Subject, Error> {
    match caller {
        Caller::Known(identity, _) => Ok(identity.subject),
        Caller::Anyone => Err(Error::Unauthenticated(Unauthenticated::Missing)),
    }
}

const CURRENT_PASSWORD: &str = "current_password";
const NEW_PASSWORD: &str = "new_password";

fn parse(body: &[u8]) -> Result<Change, Error> {
    let names = [CURRENT_PASSWORD, NEW_PASSWORD];
    let mut members = Members::read(names, body).map_err(Error::Json)?;
    let current = members.required(CURRENT_PASSWORD, value::password);
    let new = members.required(NEW_PASSWORD, new_password);
    let faults = members.into_faults();
    match (current, new) {
        (Some(current), Some(new)) if faults.is_empty() => Ok(Change { current, new }),
        _ => Err(Error::Fields(faults)),
    }
}

/// Forms and registrations trim a password: one that is not trimmed could be used by this endpoint's clients alone.
fn new_password(given: value::Value<'_>) -> Result<Password, Fault> {
    match &given {
        value::Value::Text(text) if registration::is_padded(text) => Err(Fault::Padded),
        _ => value::password(given),
    }
}

fn asked_example() -> Value {
    json!({
        "current_password": "StrongPassword123",
        "new_password": "a-much-longer-one",
    })
}

/// Of a change of password.
fn of_a_password() -> Vec<Refusal> {
    let mut wrong = Faults::one(CURRENT_PASSWORD, Fault::Required);
    wrong.push(NEW_PASSWORD, Fault::Padded);
    let header = IDEMPOTENCY_KEY.as_str().to_owned();
    vec![
        ("wrong fields", Error::Fields(wrong)),
        (
            "wrong password",
            Error::Fields(Faults::one(CURRENT_PASSWORD, Fault::WrongPassword)),
        ),
        (
            "too short for staff",
            Error::Fields(Faults::one(NEW_PASSWORD, Fault::TooShortForStaff)),
        ),
        (
            "with a key",
            Error::Fields(Faults::one(header, Fault::KeyOfPassword)),
        ),
    ]
}
