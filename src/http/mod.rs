//! Everything between the socket and the engine: the contract's three endpoints, to the byte, and beside them the history
//! of a wallet.
//!
//! The way of a request:
//!
//! 1. `request_log` names it, begins its span, and writes one line when it is answered. `gate` turns clients away that ask
//!    too often, or for another host.
//! 2. `routing` finds its route from the decoded path. A path that lacks its final slash is redirected, a
//!    method that the route does not know is a 405, `OPTIONS` describes the route; none of these looks at the
//!    body or at the wallet.
//! 3. `body` receives the body under its limits, and [`compat`](crate::compat::body) reads its fields as the recorded
//!    service does.
//! 4. The endpoint (`register`, `wallet`, `operation`, `history`) turns fields into a domain value, with all faults
//!    of all fields at once, and asks the engine. Hence a bad body to a missing wallet is a 400. An operation's key
//!    (`idempotency`) is looked at between the two.
//! 5. How long it took is counted (`metrics`), by route and status.
//! 6. What went wrong anywhere is an [`Error`], whose table has the status and the body.
//!
//! Beside them is the description of all that, [`openapi`], and a page that shows it, `docs`, to which `root` sends browsers.
//!
//! The application is put together elsewhere:
//!
//! ```ignore
//! App::new()
//!     .app_data(web::Data::new(engine.clone()))
//!     .app_data(web::Data::new(database.clone()))
//!     .app_data(web::Data::new(http::BodyWait(...)))
//!     .app_data(web::Data::new(http::HttpMetrics::default()))
//!     .app_data(web::Data::new(TrustedProxies::default()))
//!     .app_data(web::Data::new(http::Gate::new(...)))
//!     .wrap(from_fn(http::gate))
//!     .wrap(from_fn(http::request_log))
//!     .configure(http::routes)
//! ```
//!
//! Other services may be added beside, as `health` is: the contract's are the application's default service,
//! which comes last. What a connection may cost is in `connection`, for the server's `on_connect`; what its client offers
//! and is not taken, in `upgrade`.
//! A client that sends more than is read of it gets its answer all the same, if the server's
//! `client_disconnect_timeout` leaves it the time: actix then answers, reads on without looking, and closes.

mod answer;
mod body;
mod client;
mod connection;
mod docs;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gate;
mod health;
mod history;
mod idempotency;
mod metrics;
pub mod openapi;
mod operation;
mod rate;
mod register;
mod request_log;
mod root;
mod routing;
mod unread;
mod upgrade;
mod wallet;

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::FutureExt;

use self::body::IncomingBody;
use self::routing::Route;
use crate::engine::Engine;
use crate::failpoint;
use crate::telemetry::panic_text;

pub use self::body::BodyWait;
pub use self::connection::{ConnectionLimits, watched, watched_answer};
pub use self::error::Error;
pub use self::gate::{Gate, gate};
pub use self::health::Readiness;
pub use self::metrics::HttpMetrics;
pub use self::request_log::request_log;
pub use self::upgrade::WithoutUpgrade;

/// Serves the contract's endpoints, the health of the service, and every address that nothing else serves.
///
/// The application's data must hold a `web::Data` each of `Engine`, `Database`, [`BodyWait`] and
/// [`HttpMetrics`].
pub fn routes(config: &mut web::ServiceConfig) {
    config
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
        Err(panic) => HttpResponse::from_error(Error::Panic(panic_text(&*panic).to_owned())),
    };
    metrics.answered(&route, response.status(), began.elapsed());
    unread::keep(response, body)
}

async fn dispatch(
    request: &HttpRequest,
    route: &Route,
    body: &mut IncomingBody,
    engine: &Engine,
) -> Result<HttpResponse, Error> {
    let _handled = connection::begin(request)?;
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
