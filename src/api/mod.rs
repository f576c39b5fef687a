//! The API: the contract's three endpoints, to the byte, and beside them the history of a wallet.
//!
//! The way of a request, once the ground under it ([`web`](crate::web)) has let it in:
//!
//! 1. `routing` finds its `resource` from the decoded path, in the one list of what is registered. A path that lacks
//!    its final slash is redirected, a method that the resource does not have is a 405, `OPTIONS` describes the
//!    resource; none of these reads the body or asks the engine.
//! 2. The body is received under its limits. That of a recorded endpoint (`recorded`) has its fields read as the recorded
//!    service reads them, by [`compat`](crate::compat::body).
//! 3. The handler turns fields into a domain value, with all faults of all fields at once, and asks the engine. Hence a bad
//!    body to a missing wallet is a 400. A key (`idempotency`) is checked between the two.
//! 4. How long it took is recorded, by route and status.
//! 5. What went wrong anywhere is an [`Error`], whose table has the status and the body.
//!
//! Beside them is the description of all that, `openapi`, and a page that shows it, `docs`, to which `root` sends browsers.
//!
//! The application is put together elsewhere:
//!
//! ```ignore
//! App::new()
//!     .app_data(web::Data::new(engine.clone()))
//!     .app_data(web::Data::new(database.clone()))
//!     .app_data(web::Data::new(BodyWait(...)))
//!     .app_data(web::Data::new(HttpMetrics::new(api::TEMPLATES)))
//!     .app_data(web::Data::new(TrustedProxies::default()))
//!     .app_data(web::Data::new(ClientLimits::new(...)))
//!     .wrap(from_fn(client_limits))
//!     .wrap(from_fn(request_log))
//!     .configure(api::routes)
//! ```
//!
//! Other services may be added beside, as `health` is: the contract's are the application's default service,
//! which comes last.
//! A client that sends more than is read of it gets its answer all the same, if the server's
//! `client_disconnect_timeout` leaves it the time: actix then answers, reads on without looking, and closes.

mod answer;
mod docs;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod health;
mod history;
mod idempotency;
mod openapi;
mod query_error;
mod recorded;
mod resource;
mod root;
mod routing;

use std::pin::pin;
use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::openapi::OpenApi;

use self::resource::{Call, Handler};
use self::routing::{RESOURCES, Route};
use crate::engine::Engine;
use crate::failpoint;
use crate::web::body::IncomingBody;
use crate::web::{Address, Addresses, BodyWait, HttpMetrics, connection, guard, redirect, unread};

pub use self::error::Error;
pub use self::health::Readiness;

/// The templates of all routes, for metrics.
pub static TEMPLATES: &[&str] = &routing::TEMPLATES;

/// What a path is, for logs and metrics.
const ADDRESSES: Addresses = Addresses(|path| {
    let route = Route::find(path);
    Address {
        template: route.template(),
        wallet: route.wallet(),
    }
});

/// The API's description, in OpenAPI 3.1.
#[must_use]
pub fn document() -> OpenApi {
    openapi::describe(&RESOURCES)
}

/// Serves the contract's endpoints, the health of the service, and every address that nothing else serves.
///
/// The application's data must hold a `web::Data` each of `Engine`, `Database`, [`BodyWait`] and
/// [`HttpMetrics`].
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(web::Data::new(ADDRESSES))
        .default_service(web::to(serve));
}

/// One request. A panic of ours costs this request alone: it is a 500, and the connection goes on.
async fn serve(
    request: HttpRequest,
    payload: web::Payload,
    engine: web::Data<Engine>,
    body_wait: web::Data<BodyWait>,
    metrics: web::Data<HttpMetrics>,
) -> HttpResponse {
    let began = Instant::now();
    let route = Route::find(request.path());
    let mut body = IncomingBody::new(payload.into_inner(), **body_wait);
    let caught = {
        // In place: it is large, and would be copied on its way into the guard.
        let handler = pin!(dispatch(&request, &route, &mut body, &engine));
        guard::caught(handler).await
    };
    let response = match caught {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => HttpResponse::from_error(error),
        Err(refusal) => HttpResponse::from_error(refusal),
    };
    metrics.answered(route.name(), response.status(), began.elapsed());
    unread::keep(response, body)
}

async fn dispatch(
    request: &HttpRequest,
    route: &Route,
    body: &mut IncomingBody,
    engine: &Engine,
) -> Result<HttpResponse, Error> {
    let _handled = connection::begin(request).map_err(Error::Web)?;
    failpoint::reach("handler");
    let method = request.method();
    let (resource, params) = match route {
        Route::Found(resource, params) => (resource, *params),
        Route::MissingSlash(path) => {
            return Ok(redirect::to_final_slash(
                method,
                path,
                request.uri().query(),
            ));
        }
        Route::Unknown => return Err(Error::NoSuchPath),
    };
    let Some(handler) = resource.handler(method) else {
        return resource.without_handler(method);
    };
    let call = Call {
        request,
        body,
        engine,
        params,
        resources: &RESOURCES,
    };
    match handler {
        Handler::Recorded(endpoint) => recorded::serve(endpoint, call).await,
        Handler::Resource(handle) => handle(call).await,
    }
}
