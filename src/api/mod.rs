//! The API: the contract's three endpoints, to the byte, and the newer ones.
//!
//! The path of a request that [`web`](crate::web) has admitted:
//!
//! 1. `routing` finds its `resource` from the decoded path, in the one list of what is registered. A path that lacks
//!    its final slash is redirected, a method that the resource does not have is a 405, `OPTIONS` describes the
//!    resource; none of these reads the body or calls the engine.
//! 2. `gate` finds out who asks, and whether they may, if `WALLET_AUTH` is on.
//! 3. The body is received under its limits. That of a recorded endpoint (`recorded`) has its fields read as the recorded
//!    service reads them, by [`compat`](crate::compat::body).
//! 4. The handler parses the fields into a domain value, reporting every error of every field, and calls the engine. Hence an
//!    invalid body to a missing wallet is a 400. The idempotency key (`idempotency`) is checked between the two.
//! 5. Its duration is recorded, by route and status.
//! 6. Any failure is an [`Error`], whose table has the status and the body.
//!
//! `openapi` describes all endpoints, `docs` is a page that shows the description, and `root` redirects browsers to it.
//!
//! The application is built elsewhere:
//!
//! ```ignore
//! App::new()
//!     .app_data(web::Data::new(engine.clone()))
//!     .app_data(web::Data::new(feed.clone()))
//!     .app_data(web::Data::new(BodyWait(...)))
//!     .app_data(web::Data::new(HttpMetrics::new(api::TEMPLATES)))
//!     .app_data(web::Data::new(Gate::open(AccessMetrics::default())))
//!     .app_data(web::Data::new(TrustedProxies::default()))
//!     .app_data(web::Data::new(ClientLimits::new(...)))
//!     .app_data(web::Data::new(Readiness::new(database.clone())))
//!     .wrap(from_fn(client_limits))
//!     .wrap(from_fn(request_log))
//!     .configure(api::routes)
//! ```
//!
//! Other services may be added beside: the API is the application's default service, which comes last.
//! A client that sends more than is read still gets its response within the server's `client_disconnect_timeout`: actix
//! responds, discards the rest, and closes.

mod balance;
mod batch;
mod cursor;
mod docs;
mod entry;
mod error;
mod events;
mod faults;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gate;
mod health;
mod history;
mod hold_body;
mod holds;
mod idempotency;
mod journal;
mod members;
mod openapi;
mod password;
mod permission;
mod problem;
mod query;
mod query_error;
mod recorded;
mod refused_access;
mod resource;
mod response;
mod reversals;
mod root;
mod routing;
mod rules;
mod rules_body;
mod sign_in;
mod statement;
mod step;
mod token;
mod transfers;
mod webhook_body;
mod webhook_data;
mod webhook_refused;
mod webhooks;

use std::pin::pin;
use std::time::Instant;

use actix_web::error::ErrorInternalServerError;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::openapi::OpenApi;

use self::problem::Problem;
use self::resource::{Call, Handler, Recorded};
use self::routing::{RESOURCES, Route};
use crate::engine::Engine;
use crate::events::Feed;
use crate::failpoint;
use crate::web::body::IncomingBody;
use crate::web::catch_panic::catch_panic;
use crate::web::{HttpMetrics, MatchedRoute, RouteMatcher, connection, redirect, unread_body};

pub use self::error::Error;
pub use self::gate::Gate;
pub use self::health::Readiness;
pub use self::webhook_data::webhook_data;

/// The templates of all routes, for metrics.
pub static TEMPLATES: &[&str] = &routing::TEMPLATES;

/// The route of a path, for logs and metrics, and its refusals.
const ROUTES: RouteMatcher = RouteMatcher {
    find: |path| {
        let route = Route::find(path);
        MatchedRoute {
            template: route.template(),
            wallet: route.wallet(),
        }
    },
    refuse: |refusal, request| {
        let route = Route::find(request.path());
        refuse(Error::Web(refusal), request, &route)
    },
};

/// The API's description, in OpenAPI 3.1.
#[must_use]
pub fn document() -> OpenApi {
    openapi::describe(&RESOURCES)
}

/// Serves every registered resource, and 404 at every address that no other service has.
///
/// The application's data must hold a `web::Data` each of `Engine`, `Feed`, `BodyWait`, [`HttpMetrics`], [`Gate`] and [`Readiness`].
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(web::Data::new(ROUTES))
        .default_service(web::to(serve));
}

/// What the application's data holds for every request. Borrowed: all threads share it, and to count a clone of each would be a
/// write to memory that the other cores have just written.
struct Shared<'r> {
    engine: &'r Engine,
    feed: &'r Feed,
    gate: &'r Gate,
    metrics: &'r HttpMetrics,
}

impl<'r> Shared<'r> {
    fn of(request: &'r HttpRequest) -> Option<Self> {
        fn data<T: 'static>(request: &HttpRequest) -> Option<&T> {
            request.app_data::<web::Data<T>>().map(|data| &***data)
        }
        Some(Self {
            engine: data(request)?,
            feed: data(request)?,
            gate: data(request)?,
            metrics: data(request)?,
        })
    }
}

/// Serves one request. A panic is a 500 of this request alone; the connection stays open.
async fn serve(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let began = Instant::now();
    let Some(shared) = Shared::of(&request) else {
        return HttpResponse::from_error(ErrorInternalServerError("there is no engine"));
    };
    let route = Route::find(request.path());
    let mut body = IncomingBody::of(&request, payload.into_inner());
    let caught = {
        // In place: it is large, and would be copied when it is passed by value.
        let handler = pin!(dispatch(&request, &route, &mut body, &shared));
        catch_panic(handler).await
    };
    let response = match caught {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => refuse(error, &request, &route),
        Err(refusal) => refuse(Error::Web(refusal), &request, &route),
    };
    let metrics = shared.metrics;
    metrics.answered(route.name(), response.status(), began.elapsed());
    unread_body::hold(response, body)
}

/// The answer to a request that is refused: in the form of its resource.
fn refuse(error: Error, request: &HttpRequest, route: &Route) -> HttpResponse {
    match route {
        Route::Found(resource, _) if resource.problems => {
            HttpResponse::from_error(Problem::new(error, request.headers()))
        }
        _ => HttpResponse::from_error(error),
    }
}

async fn dispatch(
    request: &HttpRequest,
    route: &Route,
    body: &mut IncomingBody,
    shared: &Shared<'_>,
) -> Result<HttpResponse, Error> {
    let (engine, feed, gate) = (shared.engine, shared.feed, shared.gate);
    let _handled = connection::begin(request).map_err(Error::Web)?;
    failpoint::reach("handler");
    let method = request.method();
    let (resource, params) = match route {
        Route::Found(resource, _) if resource.with_auth_alone && gate.access().is_none() => {
            return Err(Error::NoSuchPath);
        }
        Route::Found(resource, params) => (*resource, *params),
        Route::MissingSlash(path) => {
            return Ok(redirect::to_final_slash(
                method,
                path,
                request.uri().query(),
            ));
        }
        Route::Unknown => return Err(Error::NoSuchPath),
    };
    let asked = (resource.permission(method), params.wallet);
    let caller = gate.admit(request, asked, engine).await?;
    let Some(endpoint) = resource.endpoint(method) else {
        return resource.without_handler(method);
    };
    let call = Call {
        request,
        body,
        engine,
        feed,
        params,
        caller,
        gate,
        resources: &RESOURCES,
    };
    match endpoint.handler {
        // One future within the other is copied into it: no function stands between, and a large one is apart.
        Handler::Recorded(Recorded::Operation) => recorded::operate(call).await,
        Handler::Recorded(Recorded::Wallet) => recorded::wallet(call).await,
        Handler::Recorded(Recorded::Register) => Box::pin(recorded::register(call)).await,
        Handler::Resource(handle) => handle(call).await,
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::Layout;

    use super::*;

    fn future_of<T>(_: impl Fn(HttpRequest, web::Payload) -> T) -> Layout {
        Layout::new::<T>()
    }

    #[test]
    fn the_future_of_a_request_is_small_and_has_no_timer_within() {
        let future = future_of(serve);
        // A timer is aligned to 128 bytes.
        assert!(future.align() <= 16 && future.size() <= 2_304, "{future:?}");
    }
}
