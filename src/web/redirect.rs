//! Redirects, and addresses with a query.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::http::{Method, StatusCode};

/// Redirects to the same address with its final slash: with 301 for GET and HEAD, with 308 otherwise, because after a 301 many clients
/// repeat a POST as a GET, without its body.
pub fn to_final_slash(method: &Method, path: &str, query: Option<&str>) -> HttpResponse {
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
        .insert_header((LOCATION, location))
        .finish()
}

/// The address with a query of those parameters that have a value.
pub fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let mut query = form_urlencoded::Serializer::new(String::new());
    match query.extend_pairs(given).finish().as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
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
            let response = to_final_slash(&method, "/api/register", query);
            assert_eq!(response.status().as_u16(), status, "{method}");
            let given = response.headers().get(LOCATION).unwrap();
            assert_eq!(given, location, "{method}");
        }
    }

    #[test]
    fn an_address_has_the_parameters_that_have_a_value() {
        assert_eq!(address("/a/", &[("q", "")]), "/a/");
        let parameters = [("q", "a b&c"), ("sort", ""), ("after", "7")];
        assert_eq!(address("/a/", &parameters), "/a/?q=a+b%26c&after=7");
    }
}
