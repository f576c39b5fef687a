//! What a user proves themselves by: a password, and a code of a second factor. Both are counted by the limits of signing in
//! ([`auth::sign_in`]), wherever they are asked for.

use actix_web::{HttpMessage as _, HttpRequest};

use super::error::AdminError;
use crate::auth::{self, FactorSecret, Proof, SignInError, SignInUser, TypedCode};
use crate::compat::registration::{self, Input};
use crate::domain::{Principal, UserId};
use crate::engine::{Engine, EngineError, SignInRoom};
use crate::storage::{Database, StorageError};
use crate::web::client::{self, Network};

/// Returns the user with that username and password.
pub async fn user_of(
    request: &HttpRequest,
    (name, password): (&str, &str),
    engine: &Engine,
    room: &SignInRoom,
    database: &Database,
) -> Result<Option<SignInUser>, AdminError> {
    let text = |field: &str| Input::Text(field.to_owned().into());
    let Ok(password) = registration::password(text(password)) else {
        return Ok(None);
    };
    let username = registration::username(text(name)).ok();
    let network = network(request);
    let user = auth::sign_in(database, name, username.as_ref(), &network, |with| {
        engine.password_compared(room, &password, with)
    });
    user.await.map_err(|error| match error {
        SignInError::TooMany { again_at } => AdminError::TooManyAttempts { again_at },
        SignInError::Directory(cause) => AdminError::Engine(EngineError::NotDone(cause)),
        SignInError::Compare { user, error } => {
            named(request, user);
            AdminError::Engine(error)
        }
    })
}

/// Returns whether the code is one of the user's second factor, and `accept` accepted it: for the statement that does so, it is not
/// used yet.
pub async fn code_accepted(
    request: &HttpRequest,
    user: UserId,
    typed: &str,
    database: &Database,
    accept: impl AsyncFnOnce(FactorSecret, Proof) -> Result<bool, StorageError>,
) -> Result<bool, AdminError> {
    // Boxed, as the statements that accept a code would make every future around this one large.
    let attempt = Box::pin(async {
        let Some(code) = TypedCode::parse(typed) else {
            return Ok(None);
        };
        let Some(factor) = database.factor_find(user).await? else {
            return Ok(None);
        };
        let Some(proof) = code.proof(&factor.secret, factor.now_s) else {
            return Ok(None);
        };
        let accepted = accept(factor.secret, proof).await?;
        Ok(accepted.then_some(()))
    });
    let accepted = auth::second_step(database, user, &network(request), attempt).await;
    let accepted = accepted.map_err(|error| match error {
        SignInError::TooMany { again_at } => AdminError::TooManyAttempts { again_at },
        SignInError::Directory(cause) => AdminError::Engine(EngineError::NotDone(cause)),
        SignInError::Compare { error, .. } => AdminError::Storage(error),
    })?;
    Ok(accepted.is_some())
}

/// Names the user in the log's line of the request, which says why their password was not compared.
fn named(request: &HttpRequest, user: Option<UserId>) {
    if let Some(user) = user {
        request.extensions_mut().insert(Principal::owner(user));
    }
}

/// The addresses whose attempts are counted together.
fn network(request: &HttpRequest) -> String {
    Network::of(client::address(request)).to_string()
}
