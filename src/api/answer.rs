//! The answers that are no refusals.

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use serde::Serialize;

/// `Content-Type` of every answer that has a body.
pub const JSON: (HeaderName, HeaderValue) = (
    header::CONTENT_TYPE,
    HeaderValue::from_static("application/json"),
);

/// 200 with a body that is JSON already.
pub fn ok(json: String) -> HttpResponse {
    HttpResponse::Ok().insert_header(JSON).body(json)
}

/// 201 for what is found at `location` from now on.
pub fn created(location: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(body)
}

/// To the same address with its final slash: 301 for a reader, 308 otherwise, because after a 301 many clients
/// repeat a POST as a GET, without its body.
pub fn redirect(method: &Method, path: &str, query: Option<&str>) -> HttpResponse {
    let status = if matches!(*method, Method::GET | Method::HEAD) {
        StatusCode::MOVED_PERMANENTLY
    } else {
        StatusCode::PERMANENT_REDIRECT
    };
    let location = match query {
        Some(query) if !query.is_empty() => format!("{path}/?{query}"),
        _ => format!("{path}/"),
    };
    HttpResponse::build(status)
        .insert_header((header::LOCATION, location))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_keeps_the_query_and_a_post_stays_a_post() {
        for (method, query, status, location) in [
            (Method::GET, None, 301, "/api/register/"),
            (Method::HEAD, Some(""), 301, "/api/register/"),
            (Method::POST, Some("a=%20&b"), 308, "/api/register/?a=%20&b"),
            (Method::OPTIONS, None, 308, "/api/register/"),
        ] {
            let response = redirect(&method, "/api/register", query);
            assert_eq!(response.status().as_u16(), status, "{method}");
            let given = response.headers().get(header::LOCATION).unwrap();
            assert_eq!(given, location, "{method}");
        }
    }
}
