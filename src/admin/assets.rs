//! The panel's static files: in the binary, served at `/static/admin/`, and written by `collectstatic` for a web server.
//!
//! A page names a file with the beginning of its SHA-256, so that a browser never shows a new page with an old style.

use std::fmt;
use std::sync::LazyLock;

use actix_web::http::header::{
    CACHE_CONTROL, ETAG, EntityTag, Header, HeaderName, IfNoneMatch, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

use super::get;
use super::token::hex;

/// An hour: behind a web server the file may be another after an update.
const KEPT: &str = "public, max-age=3600";
const NO_SNIFFING: (HeaderName, &str) = (X_CONTENT_TYPE_OPTIONS, "nosniff");

/// The files, by their names below `/static/admin/`.
pub const FILES: [(&str, &[u8]); 3] = [
    ("admin.css", include_bytes!("static/admin.css")),
    ("admin.js", include_bytes!("static/admin.js")),
    ("icon.svg", include_bytes!("static/icon.svg")),
];

pub static CSS: LazyLock<Asset> = LazyLock::new(|| Asset::new(0, "text/css; charset=utf-8"));
pub static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new(1, "text/javascript; charset=utf-8"));
static ICON: LazyLock<Asset> = LazyLock::new(|| Asset::new(2, "image/svg+xml"));

/// The panel's icon, for the frame of all pages.
pub fn icon() -> &'static Asset {
    &ICON
}

/// A file with its address; shown as the address.
#[derive(Debug)]
pub struct Asset {
    name: &'static str,
    bytes: &'static [u8],
    content_type: &'static str,
    version: String,
}

impl Asset {
    fn new(number: usize, content_type: &'static str) -> Self {
        let (name, bytes) = FILES[number];
        let version = hex(&Sha256::digest(bytes)[..8]);
        Self {
            name,
            bytes,
            content_type,
            version,
        }
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/static/admin/{}?v={}", self.name, self.version)
    }
}

/// Serves the files, within the scope `/static/admin`.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/admin.css").route(get().to(css)))
        .service(web::resource("/admin.js").route(get().to(script)))
        .service(web::resource("/icon.svg").route(get().to(send_icon)));
}

async fn css(request: HttpRequest) -> HttpResponse {
    serve(&CSS, &request)
}

async fn script(request: HttpRequest) -> HttpResponse {
    serve(&SCRIPT, &request)
}

async fn send_icon(request: HttpRequest) -> HttpResponse {
    serve(&ICON, &request)
}

fn serve(asset: &Asset, request: &HttpRequest) -> HttpResponse {
    let tag = EntityTag::new_strong(asset.version.clone());
    let has = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key("if-none-match"),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|held| held.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response = if has {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((CACHE_CONTROL, KEPT))
        .insert_header((ETAG, tag.to_string()))
        .insert_header(NO_SNIFFING);
    if has {
        return response.finish();
    }
    response.content_type(asset.content_type).body(asset.bytes)
}
