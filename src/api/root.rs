//! `/`: a browser is sent to the page that shows the API, which is what a person who opens the bare address wants. To every
//! other client it is what the recorded service answers there, 404.

use actix_web::http::header::{self, Accept, Header, Quality};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::ready;

use super::error::Error;
use super::resource::{Answer, Endpoint, Resource};

const PAGE: &str = "/api/docs/";

/// A browser's way to the page.
pub static ROOT: Resource = Resource {
    template: "/",
    endpoints: &[Endpoint::get(
        |call| Box::pin(ready(handle(call.request))),
        &[],
        None,
    )],
    hides: |_| true,
    ..Resource::EMPTY
};

fn handle(request: &HttpRequest) -> Answer {
    if !takes_html(request) {
        return Err(Error::NoSuchPath);
    }
    Ok(HttpResponse::Found()
        .insert_header((header::LOCATION, PAGE))
        // Neither a cache nor the browser's memory may answer another client with it.
        .insert_header((header::VARY, header::ACCEPT.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish())
}

/// Whether the client names HTML among what it takes. `*/*` names nothing: curl and HTTP libraries send it.
fn takes_html(request: &HttpRequest) -> bool {
    Accept::parse(request).is_ok_and(|Accept(ranges)| {
        ranges
            .iter()
            .any(|range| range.item.essence_str() == "text/html" && range.quality > Quality::ZERO)
    })
}
