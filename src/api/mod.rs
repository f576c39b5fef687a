//! The API: the contract's three endpoints, to the byte, and beside them the history of a wallet.
//!
//! The way of a request, once the ground under it ([`web`](crate::web)) has let it in:
//!
//! 1. `routing` finds its route from the decoded path. A path that lacks its final slash is redirected, a
//!    method that the route does not know is a 405, `OPTIONS` describes the route; none of these looks at the
//!    body or at the wallet.
//! 2. The body is received under its limits, and [`compat`](crate::compat::body) reads its fields as the recorded
//!    service does.
//! 3. The endpoint (`register`, `wallet`, `operation`, `history`) turns fields into a domain value, with all faults
//!    of all fields at once, and asks the engine. Hence a bad body to a missing wallet is a 400. An operation's key
//!    (`idempotency`) is looked at between the two.
//! 4. How long it took is recorded, by route and status.
//! 5. What went wrong anywhere is an [`Error`], whose table has the status and the body.
//!
//! Beside them is the description of all that, [`openapi`], and a page that shows it, `docs`, to which `root` sends browsers.
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
pub mod openapi;
mod operation;
mod register;
mod root;
mod routing;
mod wallet;

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::FutureExt;

use self::routing::Route;
use crate::compat::body::Body;
use crate::engine::Engine;
use crate::failpoint;
use crate::telemetry::panic_text;
use crate::web::body::IncomingBody;
use crate::web::error::Refusal;
use crate::web::{Address, Addresses, BodyWait, HttpMetrics, connection, unread};

pub use self::error::Error;
pub use self::health::Readiness;

/// The templates of all routes, for metrics.
pub const TEMPLATES: &[&str] = &Route::TEMPLATES;

/// What a path is, for logs and metrics.
const ADDRESSES: Addresses = Addresses(|path| {
    let route = Route::find(path);
    Address {
        template: route.template(),
        wallet: route.wallet(),
    }
});

/// Serves the contract's endpoints, the health of the service, and every address that nothing else serves.
///
/// The application's data must hold a `web::Data` each of `Engine`, `Database`, [`BodyWait`] and
/// [`HttpMetrics`].
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(web::Data::new(ADDRESSES))
        .configure(health::routes)
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
    let answer = AssertUnwindSafe(dispatch(&request, &route, &mut body, &engine)).catch_unwind();
    let response = match answer.await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => HttpResponse::from_error(error),
        Err(panic) => HttpResponse::from_error(Refusal::Panic(panic_text(&*panic).to_owned())),
    };
    metrics.answered(
        Route::TEMPLATES[route.number()],
        response.status(),
        began.elapsed(),
    );
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
    let endpoint = match (route, method) {
        (Route::Operation(wallet), &Method::POST) => {
            return operation::handle(request, body, *wallet, engine).await;
        }
        (Route::Wallet(wallet), &Method::GET | &Method::HEAD) => {
            return wallet::handle(*wallet, engine).await;
        }
        (Route::Operations(wallet), &Method::GET | &Method::HEAD) => {
            return history::page(request, *wallet, engine).await;
        }
        (Route::PastOperation(wallet, id), &Method::GET | &Method::HEAD) => {
            return history::one(*wallet, *id, engine).await;
        }
        (Route::Register, &Method::POST) => {
            return register::handle(request, body, engine).await;
        }
        (Route::MissingSlash(path), method) => {
            let query = request.uri().query();
            return Ok(answer::redirect(method, path, query));
        }
        (Route::Root, &Method::GET | &Method::HEAD) => return root::handle(request),
        (Route::Schema, &Method::GET | &Method::HEAD) => return Ok(openapi::handle()),
        (Route::Docs(file), &Method::GET | &Method::HEAD) => return Ok(docs::handle(*file)),
        // The original has no history, and tells those who misspell the operation's address (recorded case 746).
        (Route::Operations(_), &Method::POST) | (Route::Root | Route::Unknown, _) => {
            return Err(Error::NoSuchPath);
        }
        (Route::Operation(_), _) => operation::ENDPOINT,
        (Route::Wallet(_), _) => wallet::ENDPOINT,
        (Route::Operations(_), _) => history::PAGE,
        (Route::PastOperation(..), _) => history::ONE,
        (Route::Register, _) => register::ENDPOINT,
        (Route::Schema, _) => openapi::ENDPOINT,
        (Route::Docs(_), _) => docs::ENDPOINT,
    };
    if method == Method::OPTIONS {
        Ok(answer::options(endpoint))
    } else {
        Err(Error::Method {
            given: method.clone(),
            allow: endpoint.allow,
        })
    }
}

/// The request's body, received whole.
async fn receive<'r>(request: &'r HttpRequest, body: &mut IncomingBody) -> Result<Body<'r>, Error> {
    let headers = request.headers();
    let bytes = body.receive(headers).await;
    Ok(Body {
        content_type: headers
            .get(header::CONTENT_TYPE)
            .map_or(&[], |value| value.as_bytes()),
        bytes: bytes.map_err(|error| Error::Web(Refusal::Receive(error)))?,
    })
}
