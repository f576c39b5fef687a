//! The staff's pages at `/admin/`: rendered on the server, in two languages, and complete without JavaScript.
//!
//! How a request is handled:
//!
//! 1. `error_pages` runs around everything: it turns errors into pages, and sets the strict headers on every answer. `route`
//!    limits the time of each handler and catches its panics.
//! 2. The handler of an area (`account`, `overview`, `users`, `wallets`, `operations`, `approvals`, `keys`, `webhooks`, `audit`, `journal`) takes a [`page::Shell`], which only signed-in staff
//!    have (`session`): without a session the browser is sent to `sign_in` and back, without the right it gets a 403. What each role may do is the table of `access`.
//! 3. What changes something is a POST with a [`form::CheckedForm`]: sent from a page of this site in this session, or a 403.
//!    It answers with a redirect and a flash message for the next page ([`page::Shell::redirect`]), or with the form again
//!    and its mistakes.
//! 4. The handler calls storage or the engine, and fills a template of `templates/`, whose texts come from
//!    [`messages`](crate::messages) and whose numbers from `format`. Lists are paged by `paging`.
//! 5. Every error is an [`AdminError`], whose table has the status and the text.
//!
//! No page has inline scripts or styles. The stylesheet is `static/admin.css`, under `/static/admin/` (`assets`).

mod access;
mod account;
mod approvals;
pub mod assets;
mod audit;
mod chart;
mod credentials;
mod day;
mod error;
mod error_pages;
mod form;
mod format;
mod journal;
mod keys;
mod lang;
mod operations;
mod origin;
mod overview;
mod page;
mod paging;
mod preferences;
mod route;
mod safe_redirect;
mod second_step;
mod session;
mod session_client;
mod sign_in;
mod sign_in_frame;
mod token;
mod users;
mod wallets;
mod webhooks;

use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::web::redirect;

pub use error::AdminError;
pub use overview::Overview;
pub use route::PageMax;

/// Serves the panel, within the scope `/admin`; its static files are [`assets::routes`]. The application's data must hold
/// a `web::Data` each of `Engine`, `Database`, `AuthMode`, `SecondFactor`, [`PageMax`], [`Overview`] and
/// [`Webhooks`](crate::events::webhooks::Webhooks).
pub fn routes(config: &mut web::ServiceConfig) {
    let panel = web::scope("")
        .wrap(from_fn(error_pages::error_pages))
        .configure(sign_in::routes)
        .configure(second_step::routes)
        .configure(account::routes)
        .configure(preferences::routes)
        .configure(overview::routes)
        .configure(users::routes)
        .configure(wallets::routes)
        .configure(approvals::routes)
        .configure(operations::routes)
        .configure(keys::routes)
        .configure(webhooks::routes)
        .configure(audit::routes)
        .configure(journal::routes)
        .default_service(route::page(web::to(unknown)));
    config.service(panel);
}

/// Answers an address that no route has: with a redirect if only its final slash is missing.
async fn unknown(request: HttpRequest) -> Result<HttpResponse, AdminError> {
    let closed = format!("{}/", request.path());
    if !request.method().is_safe() || safe_redirect::path(&closed).is_none() {
        return Err(AdminError::NotFound);
    }
    let query = request.uri().query();
    Ok(redirect::to_final_slash(
        request.method(),
        request.path(),
        query,
    ))
}
