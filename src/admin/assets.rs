//! The panel's static files: served at `/static/admin/`, and written by `collectstatic` for a web server.

use std::sync::LazyLock;

use actix_web::{HttpRequest, web};

use super::route::get;
use crate::web::assets::Asset;

const STYLE: &[u8] = include_bytes!("static/admin.css");
const SCRIPT_BYTES: &[u8] = include_bytes!("static/admin.js");
const ICON_BYTES: &[u8] = include_bytes!("static/icon.svg");

/// The files, by their names below `/static/admin/`.
pub const FILES: [(&str, &[u8]); 3] = [
    ("admin.css", STYLE),
    ("admin.js", SCRIPT_BYTES),
    ("icon.svg", ICON_BYTES),
];

pub static CSS: LazyLock<Asset> = LazyLock::new(|| Asset::new("/static/admin/admin.css", STYLE));
pub static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("/static/admin/admin.js", SCRIPT_BYTES));
/// The panel's icon, for the frame of all pages.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("/static/admin/icon.svg", ICON_BYTES));

/// Serves the files, within the scope `/static/admin`.
pub fn routes(config: &mut web::ServiceConfig) {
    for (name, asset) in [
        ("/admin.css", &CSS),
        ("/admin.js", &SCRIPT),
        ("/icon.svg", &ICON),
    ] {
        let answer = move |request: HttpRequest| async move { asset.answer(&request) };
        config.service(web::resource(name).route(get().to(answer)));
    }
}
