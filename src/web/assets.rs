//! Static files of the API and the panel: part of the binary, and served with their hash.
//!
//! An address has the beginning of the file's SHA-256 as its version, so that a browser never shows a new page with an old
//! style; a conditional request is answered with 304. This is ours because `rust-embed`, which has hashes as well, embeds
//! whatever a folder contains at build time; here each file is named.

use std::fmt;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, ETAG, EntityTag, Header, IfNoneMatch, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

/// An hour: a new engine may bring a new version under the same address.
const CACHED: &str = "public, max-age=3600";

/// A file with its address; displayed as the address.
#[derive(Debug)]
pub struct Asset {
    path: &'static str,
    bytes: &'static [u8],
    content_type: &'static str,
    is_compressed: bool,
    /// The beginning of its hash.
    version: String,
}

impl Asset {
    /// The file at a path whose extension is its type. One with `.gz` is compressed already, and sent as it is.
    pub fn new(path: &'static str, bytes: &'static [u8]) -> Self {
        let hash = Sha256::digest(bytes);
        let beginning = hash.first_chunk();
        let (name, is_compressed) = match path.strip_suffix(".gz") {
            Some(name) => (name, true),
            None => (path, false),
        };
        let content_type = match name.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "text/html; charset=utf-8",
        };
        Self {
            path,
            bytes,
            content_type,
            version: format!("{:016x}", beginning.map_or(0, |b| u64::from_be_bytes(*b))),
            is_compressed,
        }
    }

    /// The file, or 304 if the client has it.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let tag = EntityTag::new_strong(self.version.clone());
        let is_held = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => request.headers().contains_key("if-none-match"),
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|held| held.weak_eq(&tag)),
            Err(_) => false,
        };
        let mut response = if is_held {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response
            .insert_header((CACHE_CONTROL, CACHED))
            .insert_header((ETAG, tag.to_string()))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
        if is_held {
            return response.finish();
        }
        if self.is_compressed {
            response.insert_header((CONTENT_ENCODING, "gzip"));
        }
        response.content_type(self.content_type).body(self.bytes)
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}?v={}", self.path, self.version)
    }
}
