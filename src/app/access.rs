//! Who may use the API, as the settings say: the gate of its endpoints, and the rules of browsers' pages.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_cors::Cors;
use actix_web::http::header::{self, HeaderName};

use super::error::StartError;
use crate::api::Gate;
use crate::auth::{Access, Scopes, Terms};
use crate::config::{AuthMode, Origins, ServerConfig};
use crate::storage::Database;
use crate::web::access_metrics::AccessMetrics;

/// How long a browser may remember the answer to a preflight, in seconds: the longest that Chromium does.
const PREFLIGHT_S: usize = 7_200;

/// Headers of requests that pages may send.
const REQUEST_HEADERS: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::ACCEPT_LANGUAGE,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("x-request-id"),
];

/// Headers of responses that pages may read.
const RESPONSE_HEADERS: [HeaderName; 5] = [
    header::LOCATION,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("idempotency-replayed"),
    HeaderName::from_static("x-request-id"),
];

/// Returns the gate, with what watches for revocations if it is closed.
///
/// # Errors
/// [`StartError::Unprotected`], `OwnerScopes`.
pub(super) fn gate(
    config: &ServerConfig,
    database: &Database,
    metrics: &AccessMetrics,
) -> Result<Gate, StartError> {
    check(config)?;
    if !config.auth.is_on() {
        return Ok(Gate::open(metrics.clone()));
    }
    let owner_scopes = owner_scopes(config)?;
    let directory = Arc::new(database.clone());
    let terms = Terms {
        owner_scopes,
        token: config.access.token,
        outage: config.access.outage,
    };
    let access = Access::new(directory, terms);
    actix_web::rt::spawn(access.clone().watch());
    Ok(Gate::closed(access, config.access.rate, metrics.clone()))
}

/// Refuses settings with which no engine may serve.
///
/// # Errors
/// [`StartError::Unprotected`], `OwnerScopes`.
pub fn check(config: &ServerConfig) -> Result<(), StartError> {
    if config.auth == AuthMode::Unsaid {
        return Err(StartError::Unprotected {
            address: config.bind,
        });
    }
    owner_scopes(config).map(drop)
}

/// What owners may do on their wallet.
fn owner_scopes(config: &ServerConfig) -> Result<Scopes, StartError> {
    let scopes = Scopes::parse(&config.access.owner_scopes);
    let scopes = scopes.map_err(|error| StartError::OwnerScopes(error.to_string()))?;
    match scopes.iter().find(|scope| !scope.is_of_a_wallet()) {
        Some(scope) => Err(StartError::OwnerScopes(format!("{scope} is of no wallet"))),
        None => Ok(scopes),
    }
}

/// Returns the middleware that answers browsers' questions: pages of these origins may call the API, without cookies.
pub(super) fn cors(origins: &Origins) -> Cors {
    let origins = origins.clone();
    Cors::default()
        .allowed_origin_fn(move |origin, request| {
            request.uri.path().starts_with("/api/") && origins.has(origin.as_bytes())
        })
        .allowed_methods(["GET", "POST", "PATCH", "DELETE"])
        .allowed_headers(REQUEST_HEADERS)
        .expose_headers(RESPONSE_HEADERS)
        .block_on_origin_mismatch(false)
        .max_age(PREFLIGHT_S)
}

/// Says who may use the API.
pub(super) fn log(auth: AuthMode, address: SocketAddr) {
    if auth.is_on() {
        tracing::info!("WALLET_AUTH is on: requests take a key or a token");
    } else if address.ip().to_canonical().is_loopback() {
        tracing::info!("WALLET_AUTH is off: whoever reaches {address} may use the API");
    } else {
        tracing::warn!("WALLET_AUTH is off: whoever reaches {address} may use the API");
    }
}
