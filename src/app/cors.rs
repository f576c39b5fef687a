//! Browsers' pages that may call the API: those of `WALLET_CORS_ORIGINS`, without cookies.
//!
//! 1. [`select`] lets the middleware of actix-cors (0.7) see the requests of these origins to the API alone. Any other preflight
//!    it would refuse in its own words, and the panel's forms are not for it to judge; [`restore`] undoes that for what comes inside.
//! 2. [`cors`] answers preflights, which have no credentials, before anything else does, and marks every response, errors too.
//! 3. A preflight counts as a request of its route.

use std::time::Instant;

use actix_cors::Cors;
use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    self, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue,
    ORIGIN,
};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::config::Origins;
use crate::web::{HttpMetrics, RouteMatcher};

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
const RESPONSE_HEADERS: [HeaderName; 7] = [
    header::CONTENT_DISPOSITION,
    header::LOCATION,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("idempotency-replayed"),
    HeaderName::from_static("statement-final"),
    HeaderName::from_static("x-request-id"),
];

/// What is hidden from actix-cors.
struct Hidden(Vec<(HeaderName, HeaderValue)>);

/// Returns the middleware that answers browsers' questions: pages of these origins may call the API, without cookies.
pub(super) fn cors(origins: &Origins) -> Cors {
    let origins = origins.clone();
    Cors::default()
        .allowed_origin_fn(move |origin, _| origins.has(origin.as_bytes()))
        .allowed_methods(["GET", "POST", "PATCH", "DELETE"])
        .allowed_headers(REQUEST_HEADERS)
        .expose_headers(RESPONSE_HEADERS)
        .block_on_origin_mismatch(false)
        .max_age(PREFLIGHT_S)
}

/// The middleware outside of [`cors`]. The application's data must hold a `web::Data<Origins>`.
///
/// # Errors
/// Those of the services inside, as they are.
pub(super) async fn select(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let began = Instant::now();
    if !is_allowed(&request) {
        let headers = request.headers_mut();
        let hidden = [ORIGIN, ACCESS_CONTROL_REQUEST_METHOD].map(|name| {
            let values: Vec<_> = headers.remove(&name).collect();
            values.into_iter().map(move |value| (name.clone(), value))
        });
        let hidden = hidden.into_iter().flatten().collect();
        request.extensions_mut().insert(Hidden(hidden));
        let mut response = next.call(request).await?;
        // actix-cors writes it without an origin as well.
        let headers = response.headers_mut();
        headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS);
        return Ok(response);
    }
    let is_preflight = *request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let response = next.call(request).await?;
    if is_preflight {
        count(&response, began);
    }
    Ok(response)
}

/// The middleware inside of [`cors`].
///
/// # Errors
/// Those of the services inside, as they are.
pub(super) async fn restore(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let hidden = request.extensions_mut().remove::<Hidden>();
    for (name, value) in hidden.into_iter().flat_map(|Hidden(values)| values) {
        request.headers_mut().append(name, value);
    }
    next.call(request).await
}

/// Whether a page of an allowed origin calls the API.
fn is_allowed(request: &ServiceRequest) -> bool {
    let mut given = request.headers().get_all(ORIGIN);
    let (Some(origin), None) = (given.next(), given.next()) else {
        return false;
    };
    let origins = request.app_data::<Data<Origins>>();
    request.path().starts_with("/api/")
        && origins.is_some_and(|origins| origins.has(origin.as_bytes()))
}

fn count(response: &ServiceResponse<impl MessageBody>, began: Instant) {
    let request = response.request();
    let (Some(metrics), Some(matcher)) = (
        request.app_data::<Data<HttpMetrics>>(),
        request.app_data::<Data<RouteMatcher>>(),
    ) else {
        return;
    };
    let route = (matcher.find)(request.path()).template;
    let route = route.unwrap_or("unknown");
    metrics.answered(route, response.status(), began.elapsed());
}
