//! The staff's pages, at `/admin/`: made on the server, in one of two languages, and whole without JavaScript.
//!
//! The way of a request:
//!
//! 1. `edge` runs around everything: it turns what went wrong into a page, and puts the strict headers on every answer.
//! 2. A handler of an area (`overview`, `users`, `wallets`, `audit`) takes a [`page::Shell`], which only staff have
//!    (`session`): without a session the answer leads to `sign_in` and back, without the right it is a 403.
//! 3. What changes something is a POST with a [`csrf::CheckedForm`]: of this site's own page and this session's, or a 403.
//!    It answers with a redirect, and what it has to say is said by the next page ([`page::Shell::say`]).
//! 4. The handler asks storage or the engine, and fills a template of `templates/`, whose texts come from [`messages`](crate::messages)
//!    and whose numbers from `format`.
//! 5. What went wrong anywhere is an [`AdminError`], whose table has the status and the text.
//!
//! A page has no inline script or style. Its stylesheet is `static/admin.css`, under `/static/admin/` (`assets`).

pub mod assets;
mod audit;
mod chart;
mod csrf;
mod edge;
mod error;
mod format;
mod lang;
mod local;
mod origin;
mod overview;
mod page;
mod preferences;
mod session;
mod sign_in;
mod token;
mod users;
mod wallets;

use actix_web::guard;
use actix_web::http::header::LOCATION;
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, Route, web};

use crate::web::redirect;

pub use edge::PageMax;
pub use error::AdminError;
pub use overview::Overview;

/// Serves the panel, within the scope `/admin`; its static files are [`assets::routes`]. The application's data must hold
/// a `web::Data` each of `Engine`, `Database`, [`PageMax`] and [`Overview`].
pub fn routes(config: &mut web::ServiceConfig) {
    let panel = web::scope("")
        .wrap(from_fn(edge::edge))
        .configure(sign_in::routes)
        .configure(preferences::routes)
        .configure(overview::routes)
        .configure(users::routes)
        .configure(wallets::routes)
        .configure(audit::routes)
        .default_service(edge::page(web::to(unknown)));
    config.service(panel);
}

/// The route of a page: GET, and HEAD, which actix's own `web::get` leaves out.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Where the browser goes after a POST.
fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, to))
        .finish()
}

/// An address that nothing serves. One that only lacks its final slash leads to the one that has it.
async fn unknown(request: HttpRequest) -> Result<HttpResponse, AdminError> {
    let closed = format!("{}/", request.path());
    if !request.method().is_safe() || local::path(&closed).is_none() {
        return Err(AdminError::NotFound);
    }
    let query = request.uri().query();
    Ok(redirect::to_final_slash(
        request.method(),
        request.path(),
        query,
    ))
}
