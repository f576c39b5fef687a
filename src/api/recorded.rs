//! The recorded service's three endpoints, with their own matching of the decoded path; [`compat`] parses their bodies.

use actix_web::HttpRequest;
use actix_web::http::{Method, header};
use serde::Serialize;

use super::error::Error;
use super::idempotency;
use super::openapi::{recorded as describe, refusals};
use super::resource::{Answer, Call, Endpoint, Handler, Params, Permission, Recorded, Resource};
use super::response;
use crate::auth::Scope;
use crate::compat::body::Body;
use crate::compat::{operation, registration};
use crate::domain::{Balance, OperationRequest, WalletId};
use crate::web::body::IncomingBody;
use crate::web::error::Refusal;

/// The length of a wallet's id in an address: a UUID with its hyphens.
const WALLET_ID_BYTES: usize = 36;

/// Registers a user with an empty wallet.
pub static REGISTER: Resource = Resource {
    template: "/api/register/",
    name: "User Registration",
    description: "Registers a user with an empty wallet.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Recorded(Recorded::Register),
        permission: Permission::of(Scope::UsersWrite),
        refusals: refusals::REGISTERING,
        fields: Some(("RegistrationErrors", &registration::FIELDS)),
    }],
    document: Some(describe::register),
    ..Resource::EMPTY
};

/// The user and the balance of a wallet.
pub static WALLET: Resource = Resource {
    template: "/api/wallets/{wallet}/",
    name: "Wallet Detail",
    description: "Whose a wallet is and what it holds.",
    endpoints: &[Endpoint {
        method: Method::GET,
        handler: Handler::Recorded(Recorded::Wallet),
        permission: Permission::of(Scope::WalletsRead),
        refusals: refusals::READING_A_WALLET,
        fields: None,
    }],
    document: Some(describe::wallet),
    ..Resource::EMPTY
};

/// Deposits or withdraws.
pub static OPERATION: Resource = Resource {
    template: "/api/wallets/{wallet}/operation/",
    name: "Wallet Operation",
    description: "Deposits to a wallet or withdraws from it.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Recorded(Recorded::Operation),
        permission: Permission::of(Scope::OperationsWrite),
        refusals: refusals::OPERATING,
        fields: Some(("OperationErrors", &operation::FIELDS)),
    }],
    document: Some(describe::operation),
    ..Resource::EMPTY
};

/// Finds the one of the three that a decoded path is of.
pub fn find(path: &[u8]) -> Option<(&'static Resource, Params)> {
    let rest = path.strip_prefix(b"/api/")?;
    let Some(rest) = rest.strip_prefix(b"wallets/") else {
        return (rest == b"register/").then_some((&REGISTER, Params::default()));
    };
    let (wallet, rest) = rest.split_at_checked(WALLET_ID_BYTES)?;
    let resource = match rest {
        b"/" => &WALLET,
        b"/operation/" => &OPERATION,
        _ => return None,
    };
    let wallet = WalletId::parse(std::str::from_utf8(wallet).ok()?)?;
    let params = Params {
        wallet: Some(wallet),
        ..Params::default()
    };
    Some((resource, params))
}

/// The documented fields, in their order. The wallet's address is in `Location`.
#[derive(Serialize)]
struct Created {
    username: String,
    email: String,
    wallet_balance: String,
}

pub async fn register(call: Call<'_>) -> Answer {
    let Call {
        request, engine, ..
    } = call;
    let body = receive(request, call.body).await?;
    let form = body
        .read(&registration::FIELDS, registration::parse)
        .await
        .map_err(Error::Body)?;
    let key = match idempotency::key(request.headers()) {
        Ok(key) => key,
        // Errors of the body come first.
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
    let response = response::created(&location, &created);
    Ok(idempotency::marked(response, registered.replayed))
}

pub async fn wallet(call: Call<'_>) -> Answer {
    let wallet = call.engine.wallet(call.params.wallet()?).await;
    let wallet = wallet.map_err(Error::Engine)?;
    let (user, balance) = (wallet.user.0, wallet.balance);
    Ok(response::ok(format!(
        r#"{{"user":{user},"balance":"{balance}"}}"#
    )))
}

pub async fn operate(call: Call<'_>) -> Answer {
    let Call {
        request,
        engine,
        caller,
        ..
    } = call;
    let wallet = call.params.wallet()?;
    let body = receive(request, call.body).await?;
    let operation = body.read(&operation::FIELDS, operation::parse).await;
    let operation = operation.map_err(Error::Body)?.map_err(Error::Operation)?;
    let key = idempotency::key(request.headers()).map_err(Error::IdempotencyKey)?;
    let receipt = engine
        .apply(
            wallet,
            OperationRequest {
                key,
                principal: caller.principal(),
                ..operation.into()
            },
        )
        .await
        .map_err(Error::Engine)?;
    let balance = receipt.balance;
    let response = response::ok(format!(r#"{{"status":"success","balance":"{balance}"}}"#));
    Ok(idempotency::marked(response, receipt.replayed))
}

/// Receives the request's body.
pub(super) async fn receive<'r>(
    request: &'r HttpRequest,
    body: &mut IncomingBody,
) -> Result<Body<'r>, Error> {
    let headers = request.headers();
    let bytes = body.receive(headers).await;
    Ok(Body {
        content_type: headers
            .get(header::CONTENT_TYPE)
            .map_or(&[], |value| value.as_bytes()),
        bytes: bytes.map_err(|error| Error::Web(Refusal::Receive(error)))?,
    })
}
