//! `/api/docs/`: Swagger UI, to read the API's description and to try the API from a browser.
//!
//! Everything that the page needs is in the binary, nothing comes from elsewhere; `swagger-ui/README.md` tells which
//! version it is. The page is told so in turn: by its [`POLICY`] the browser runs and shows what comes from here alone.
//!
//! Swagger UI's files are kept and sent compressed, whatever the client accepts: there is no browser that cannot read it,
//! and nobody else asks for them.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use futures_util::future::ready;

use super::error::Error;
use super::resource::{Answer, Endpoint, Handler, Resource};

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
    endpoints: &[Endpoint {
        method: Method::GET,
        handler: Handler::Resource(|call| Box::pin(ready(handle(call.params.file)))),
        refusals: Vec::new,
        fields: "Detail",
    }],
    ..Resource::EMPTY
};

/// What the browser may load and do on the page. Scripts, styles and requests: this server alone, nothing inline.
/// Beyond that, `data:` images: Swagger UI's style sheet has its icons in it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An hour: a new engine may bring a new version under the same address.
const KEPT: &str = "public, max-age=3600";

const POLICY_HEADERS: [(HeaderName, &str); 3] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
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

    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Page => include_bytes!("page.html"),
            Self::PageStyle => include_bytes!("page.css"),
            Self::PageScript => include_bytes!("page.js"),
            Self::SwaggerUi => include_bytes!("swagger-ui/swagger-ui-bundle.js.gz"),
            Self::SwaggerUiStyle => include_bytes!("swagger-ui/swagger-ui.css.gz"),
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Page => "text/html; charset=utf-8",
            Self::PageStyle | Self::SwaggerUiStyle => "text/css; charset=utf-8",
            Self::PageScript | Self::SwaggerUi => "text/javascript; charset=utf-8",
        }
    }

    fn is_compressed(self) -> bool {
        matches!(self, Self::SwaggerUi | Self::SwaggerUiStyle)
    }
}

fn handle(name: &str) -> Answer {
    let file = File::find(name).ok_or(Error::NoSuchPath)?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, file.content_type()))
        .insert_header((CACHE_CONTROL, KEPT));
    for header in POLICY_HEADERS {
        response.insert_header(header);
    }
    if file.is_compressed() {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(file.bytes()))
}
