//! Successful responses.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use bytes::Bytes;
use serde::Serialize;

/// `Content-Type` of a body in JSON.
pub const JSON: (HeaderName, HeaderValue) = (
    header::CONTENT_TYPE,
    HeaderValue::from_static("application/json"),
);

/// 200 with a body that is JSON already.
pub fn ok(json: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::Ok().insert_header(JSON).body(json.into())
}

/// 201 for what was created at `location`.
pub fn created(location: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(body)
}
