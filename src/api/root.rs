//! `/`: a browser is redirected to the page that shows the API. For every other client it is 404, as in the recorded
//! service.

use actix_web::http::header::{self, Accept, Header, Quality};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::ready;

use super::error::Error;
use super::resource::{Answer, Endpoint, Permission, Resource};

const PAGE: &str = "/api/docs/";

/// Redirects a browser to the page.
pub static ROOT: Resource = Resource {
    template: "/",
    endpoints: &[Endpoint::get(
        |call| Box::pin(ready(handle(call.request))),
        Permission::Public,
        &[],
        None,
    )],
    hides: |_| true,
    ..Resource::EMPTY
};

fn handle(request: &HttpRequest) -> Answer {
    if !accepts_html(request) {
        return Err(Error::NoSuchPath);
    }
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, PAGE))
        // No cache may serve it to another client.
        .insert_header((header::VARY, header::ACCEPT.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish())
}

/// Whether `Accept` names HTML. `*/*` does not: curl and HTTP libraries send it.
fn accepts_html(request: &HttpRequest) -> bool {
    Accept::parse(request).is_ok_and(|Accept(ranges)| {
        ranges
            .iter()
            .any(|range| range.item.essence_str() == "text/html" && range.quality > Quality::ZERO)
    })
}
