//! The area "account": the signed-in user's own second factor and sessions.
//!
//! 1. A secret is made, and shown once, in the answer to the form; it waits for its first code in the session that it was shown in
//!    (`enrol`). Only a code puts it in force, so nobody is locked out by a secret that no app has. The answer to that code shows the
//!    recovery codes, once.
//! 2. Turning it off, and making other recovery codes, takes the password and a code of now (`factor`): whoever finds a browser
//!    signed in can do neither.
//! 3. Turning it on or off ends all other sessions of the user. Sessions are ended one by one as well (`sessions`).
//!
//! Where a second factor is required, a user without one reaches this area alone ([`session`](super::session)).

mod codes;
mod enrol;
mod factor;
mod page;
mod qr;
mod sessions;

use actix_web::{HttpResponse, Route, web};

use super::page::Shell;
use super::route::{self, get};
use super::safe_redirect::{ACCOUNT, see_other};

pub fn routes(config: &mut web::ServiceConfig) {
    let form = |path: &str, sent: Route| {
        web::resource(path)
            .route(route::page(get().to(back)))
            .route(route::page(sent))
    };
    config
        .service(web::resource("/account/").route(route::page(get().to(page::show))))
        .service(form(
            "/account/second-factor/",
            web::post().to(enrol::offer),
        ))
        .service(form(
            "/account/second-factor/confirm/",
            web::post().to(enrol::confirm),
        ))
        .service(form(
            "/account/second-factor/off/",
            web::post().to(factor::turn_off),
        ))
        .service(form(
            "/account/recovery-codes/",
            web::post().to(factor::renew_codes),
        ))
        .service(form(
            "/account/sessions/others/",
            web::post().to(sessions::end_others),
        ))
        .service(form(
            "/account/sessions/{session}/",
            web::post().to(sessions::end_one),
        ));
}

/// Redirects from the address of a form to its page.
async fn back(_: Shell) -> HttpResponse {
    see_other(ACCOUNT)
}
