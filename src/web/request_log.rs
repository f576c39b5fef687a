//! One log line for every request, an id that the client can quote, and a span if requests are traced.
//!
//! 1. The request's id is the client's `X-Request-Id`, if it is 1 to [`ID_MAX_BYTES`] visible ASCII
//!    characters; otherwise one is generated. The response has it as well.
//! 2. The line has the method, the route's template, the status, the duration in microseconds, the client's address, the id,
//!    the wallet that the request or its response names, and who asked, if that is known. It never has a path, a query or a body, since clients put names
//!    and passwords there.
//! 3. A refusal with 503 is at level `warn`. Any other status of 500 or above, and a 503 because of the database, is a
//!    failure: its line is at level `error`, with the whole chain of causes. Lines of `/livez` and `/readyz` are at `debug`.
//! 4. The span has the fields of the line, by OpenTelemetry's names, and the status of a failure. Its parent is that of the
//!    request's `traceparent`.
//!
//! A request that actix cannot parse is not logged: actix answers it with a bare 400, 408 or 431.

use std::cell::Cell;
use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tracing::{Level, debug, enabled, error, info, warn};
use uuid::{Builder, Uuid};

use super::error::Causes;
use super::{MatchedRoute, PROBES, RouteMatcher, client};
use crate::domain::{Principal, WalletId};
use crate::telemetry::traces::{Caller, Span};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The longest method that is logged; the standard's have 7 letters at most.
const METHOD_MAX_BYTES: usize = 32;

/// The longest `tracestate` that is accepted. Every span has a copy of it; W3C requires at least as much to be propagated.
const TRACESTATE_MAX_BYTES: usize = 512;

/// The longest id that is accepted from a client.
pub const ID_MAX_BYTES: usize = 128;

/// The middleware; outermost, for `actix_web::middleware::from_fn`.
///
/// # Errors
/// Those of the services inside, as they are.
pub async fn request_log(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let started = Instant::now();
    let id = client_id(request.headers()).unwrap_or_else(new_id);
    let span = Span::of_request(|| caller(request.headers()));
    if span.is_recorded() {
        // First: if the client disconnects, the rest of this function does not run.
        span.set(
            "request.id",
            String::from_utf8_lossy(id.as_bytes()).into_owned(),
        );
    }
    let mut response = span.around(next.call(request)).await?;
    // The line has the ids of the span.
    let entered = span.enter();
    log(&response, &id, started, &span);
    drop(entered);
    span.end();
    response.headers_mut().insert(REQUEST_ID, id);
    Ok(response)
}

fn log<B>(response: &ServiceResponse<B>, id: &HeaderValue, started: Instant, span: &Span) {
    let request = response.request();
    let is_probe = PROBES.contains(&request.path());
    // Most lines are of successful requests; where their level is off, they cost nothing.
    let logged = if is_probe {
        enabled!(Level::DEBUG)
    } else {
        response.status().as_u16() >= 500 || enabled!(Level::INFO)
    };
    if !logged && !span.is_recorded() {
        return;
    }
    let method = request.method().as_str();
    let method = if method.len() > METHOD_MAX_BYTES {
        "too long"
    } else {
        method
    };
    let matched = matched_route(response, request.path());
    let wallet = wallet(matched, response);
    let request_extensions = request.extensions();
    let principal = request_extensions.get::<Principal>();
    let pattern = match matched.template {
        Some(_) => None,
        None => request.match_pattern(),
    };
    let route = matched.template.or(pattern.as_deref()).unwrap_or("unknown");
    let status = response.status().as_u16();
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let id = id.to_str().unwrap_or_default();
    let extensions = response.response().extensions();
    let causes = extensions.get::<Causes>();
    let cause = match (causes, response.response().error()) {
        (Some(causes), _) => causes.text.clone(),
        (None, Some(error)) => error.to_string(),
        (None, None) => "unnamed".to_owned(),
    };
    if span.is_recorded() {
        span.rename(format!("{method} {route}"));
        span.set("http.request.method", method.to_owned());
        span.set("http.route", route.to_owned());
        span.set("http.response.status_code", i64::from(status));
        if let Some(wallet) = wallet {
            span.set("wallet.id", wallet.to_string());
        }
        if let Some(principal) = principal {
            span.set("enduser.id", principal.to_string());
        }
        if response.status().is_server_error() {
            span.fail(&cause);
        }
    }
    let client = client::address(request);
    let wallet = wallet.map(tracing::field::display);
    macro_rules! line {
        ($level:ident, $message:literal $(, $field:ident = $value:ident)*) => {
            $level!(
                method,
                route,
                status,
                duration_us,
                client.address = %client,
                request.id = id,
                wallet.id = wallet,
                enduser.id = principal.map(Principal::as_str),
                $($field = $value,)*
                $message
            )
        };
    }
    let is_failure = causes.is_some_and(|causes| causes.is_failure);
    if is_probe {
        line!(debug, "request");
    } else if response.status() == StatusCode::SERVICE_UNAVAILABLE && !is_failure {
        // A limit of the engine's own; nothing failed.
        line!(warn, "request refused");
    } else if response.status().is_server_error() {
        line!(error, "request failed", error = cause);
    } else {
        line!(info, "request");
    }
}

/// The route of the path; none where the application has no [`RouteMatcher`].
fn matched_route<B>(response: &ServiceResponse<B>, path: &str) -> MatchedRoute {
    let matcher = response.request().app_data::<Data<RouteMatcher>>();
    matcher.map_or_else(MatchedRoute::default, |matcher| (matcher.find)(path))
}

/// The wallet in the address of an endpoint or of a page of the panel; otherwise the one in `Location`, after a registration
/// or a redirect.
fn wallet<B>(matched: MatchedRoute, response: &ServiceResponse<B>) -> Option<WalletId> {
    let in_panel = || WalletId::parse(response.request().match_info().get("wallet")?);
    let in_location = || {
        let location = response.headers().get(LOCATION)?.to_str().ok()?;
        matched_route(response, location.split('?').next()?).wallet
    };
    matched.wallet.or_else(in_panel).or_else(in_location)
}

/// The trace that the request is part of.
fn caller(headers: &HeaderMap) -> Caller<'_> {
    let text = |name| headers.get(name)?.to_str().ok();
    Caller {
        traceparent: text(TRACEPARENT),
        tracestate: text(TRACESTATE).filter(|state| state.len() <= TRACESTATE_MAX_BYTES),
    }
}

/// The client's own id for its request.
fn client_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?;
    let bytes = id.as_bytes();
    let acceptable =
        (1..=ID_MAX_BYTES).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    acceptable.then(|| id.clone())
}

/// A unique id: each thread counts up from a random number, because a random number for each request would cost a system
/// call.
fn new_id() -> HeaderValue {
    thread_local! {
        static LAST: Cell<u128> = Cell::new(Uuid::new_v4().as_u128());
    }
    let number = LAST.get().wrapping_add(1);
    LAST.set(number);
    let id = Builder::from_random_bytes(number.to_be_bytes()).into_uuid();
    let mut text = Uuid::encode_buffer();
    let text = id.hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};

    use super::*;

    #[test]
    fn a_client_s_id_is_accepted_only_if_it_is_short_and_visible() {
        let given = |id: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(id).unwrap());
            client_id(&headers).is_some()
        };
        assert!(given(b"a"));
        assert!(given("~".repeat(ID_MAX_BYTES).as_bytes()));
        assert!(!given(b""));
        assert!(!given(b"a b"));
        assert!(!given("я".as_bytes()));
        assert!(!given("a".repeat(ID_MAX_BYTES + 1).as_bytes()));
        assert!(client_id(&HeaderMap::new()).is_none());
    }

    #[test]
    fn ids_differ_within_a_thread_and_between_threads() {
        let here = [new_id(), new_id()];
        let there = std::thread::spawn(|| [new_id(), new_id()]).join().unwrap();
        assert_ne!(here[0], here[1]);
        assert_ne!(here[1], there[0]);
        assert_ne!(there[0], there[1]);
        assert!(Uuid::try_parse_ascii(here[0].as_bytes()).is_ok());
    }

    #[actix_rt::test]
    async fn every_response_has_the_request_s_id() {
        let app = App::new()
            .wrap(from_fn(request_log))
            .default_service(web::to(HttpResponse::NotFound));
        let app = init_service(app).await;
        let named = TestRequest::get().insert_header((REQUEST_ID, "of-the-client"));
        let response = call_service(&app, named.to_request()).await;
        assert_eq!(response.headers().get(REQUEST_ID).unwrap(), "of-the-client");
        let response = call_service(&app, TestRequest::get().to_request()).await;
        assert!(response.headers().contains_key(REQUEST_ID));
    }
}
