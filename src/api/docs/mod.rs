//! `/api/docs/`: Swagger UI, to read the API's description and to try the API from a browser.
//!
//! All files of the page are part of the binary; `swagger-ui/README.md` has their version. By its [`POLICY`] the browser
//! loads nothing from elsewhere.
//!
//! Swagger UI's files are stored and sent compressed, regardless of `Accept-Encoding`: every browser supports it.

use std::sync::LazyLock;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY};
use futures_util::future::ready;

use super::error::Error;
use super::resource::{Answer, Endpoint, Permission, Resource};
use crate::web::assets::Asset;

/// The page and its files.
pub static DOCS: Resource = Resource {
    template: "/api/docs/",
    files: &[
        "page.css",
        "page.js",
        "swagger-ui-bundle.js",
        "swagger-ui.css",
    ],
    name: "Documentation",
    description: "The description of this API, for a browser.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(ready(handle(call.params.file, call.request))),
        Permission::Public,
        &[],
        None,
    )],
    ..Resource::EMPTY
};

/// The content security policy. Scripts, styles and requests: this server alone, nothing inline. `data:` images are allowed
/// because Swagger UI's style sheet contains its icons.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const POLICY_HEADERS: [(HeaderName, &str); 2] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (REFERRER_POLICY, "no-referrer"),
];

/// The page and its files, by their names in the page's folder.
static ASSETS: LazyLock<[(&str, Asset); 5]> = LazyLock::new(|| {
    let files: [(&str, &str, &[u8]); 5] = [
        ("", "page.html", include_bytes!("page.html")),
        ("page.css", "page.css", include_bytes!("page.css")),
        ("page.js", "page.js", include_bytes!("page.js")),
        (
            "swagger-ui-bundle.js",
            "swagger-ui-bundle.js.gz",
            include_bytes!("swagger-ui/swagger-ui-bundle.js.gz"),
        ),
        (
            "swagger-ui.css",
            "swagger-ui.css.gz",
            include_bytes!("swagger-ui/swagger-ui.css.gz"),
        ),
    ];
    files.map(|(name, path, bytes)| (name, Asset::new(path, bytes)))
});

fn handle(name: &str, request: &HttpRequest) -> Answer {
    let found = ASSETS.iter().find(|(file, _)| *file == name);
    let (_, asset) = found.ok_or(Error::NoSuchPath)?;
    let mut response = asset.answer(request);
    for (name, value) in POLICY_HEADERS {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
