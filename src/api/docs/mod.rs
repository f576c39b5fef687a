//! `/api/docs/`: Swagger UI, to read the API's description and to try the API from a browser.
//!
//! Everything that the page needs is in the binary, nothing comes from elsewhere; `swagger-ui/README.md` tells which
//! version it is. The page is told so in turn: by its [`POLICY`] the browser runs and shows what comes from here alone.
//!
//! Swagger UI's files are kept and sent compressed, whatever the client accepts: there is no browser that cannot read it,
//! and nobody else asks for them.

use std::sync::LazyLock;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY};
use futures_util::future::ready;

use super::error::Error;
use super::resource::{Answer, Endpoint, Resource};
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
        &[],
        None,
    )],
    ..Resource::EMPTY
};

/// What the browser may load and do on the page. Scripts, styles and requests: this server alone, nothing inline.
/// Beyond that, `data:` images: Swagger UI's style sheet has its icons in it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const POLICY_HEADERS: [(HeaderName, &str); 2] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (REFERRER_POLICY, "no-referrer"),
];

/// One of the files that make up the page.
#[derive(Clone, Copy)]
enum File {
    Page,
    PageStyle,
    PageScript,
    SwaggerUi,
    SwaggerUiStyle,
}

impl File {
    /// The file of that name in the page's folder; the page itself has none.
    fn find(name: &str) -> Option<Self> {
        match name {
            "" => Some(Self::Page),
            "page.css" => Some(Self::PageStyle),
            "page.js" => Some(Self::PageScript),
            "swagger-ui-bundle.js" => Some(Self::SwaggerUi),
            "swagger-ui.css" => Some(Self::SwaggerUiStyle),
            _ => None,
        }
    }

    fn asset(self) -> &'static Asset {
        static ASSETS: LazyLock<[Asset; 5]> = LazyLock::new(|| {
            let files: [(&str, &[u8]); 5] = [
                ("page.html", include_bytes!("page.html")),
                ("page.css", include_bytes!("page.css")),
                ("page.js", include_bytes!("page.js")),
                (
                    "swagger-ui-bundle.js.gz",
                    include_bytes!("swagger-ui/swagger-ui-bundle.js.gz"),
                ),
                (
                    "swagger-ui.css.gz",
                    include_bytes!("swagger-ui/swagger-ui.css.gz"),
                ),
            ];
            files.map(|(name, bytes)| Asset::new(name, bytes))
        });
        &ASSETS[self as usize]
    }
}

fn handle(name: &str, request: &HttpRequest) -> Answer {
    let file = File::find(name).ok_or(Error::NoSuchPath)?;
    let mut response = file.asset().answer(request);
    for (name, value) in POLICY_HEADERS {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
