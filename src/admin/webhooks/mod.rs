//! The area "webhooks": `/admin/webhooks/`, addresses that events are delivered to.
//!
//! * `list` shows them, with how far their deliveries are; `one` shows one, pauses, resumes and replays it.
//! * `new` makes one, by the fields of `form`; `rotate` gives one another secret.
//! * `made` shows a secret: once, in the answer to the form alone, as the panel shows a key.
//! * `delete` asks, and deletes. `set_aside` has what was given up, with a button to send it again.
//!
//! A form that makes something has a number of its own, under which it is done once: it is the idempotency key of the member of the
//! staff.

mod delete;
mod facts;
mod form;
mod list;
mod made;
mod new;
mod one;
mod path;
mod rotate;
mod set_aside;

use actix_web::web;

use super::route::{get, page};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/webhooks/").route(page(get().to(list::show))))
        .service(web::resource("/webhooks/new/").route(page(get().to(new::show))))
        .service(
            web::resource("/webhooks/new/make/")
                .route(page(get().to(new::show)))
                .route(page(web::post().to(new::make))),
        )
        .service(web::resource("/webhooks/{webhook}/").route(page(get().to(one::show))))
        .service(
            web::resource("/webhooks/{webhook}/switch/")
                .route(page(get().to(one::show)))
                .route(page(web::post().to(one::switch))),
        )
        .service(
            web::resource("/webhooks/{webhook}/replay/")
                .route(page(get().to(one::show)))
                .route(page(web::post().to(one::replay))),
        )
        .service(web::resource("/webhooks/{webhook}/rotate/").route(page(get().to(rotate::show))))
        .service(
            web::resource("/webhooks/{webhook}/rotate/make/")
                .route(page(get().to(rotate::show)))
                .route(page(web::post().to(rotate::make))),
        )
        .service(web::resource("/webhooks/{webhook}/delete/").route(page(get().to(delete::show))))
        .service(
            web::resource("/webhooks/{webhook}/delete/confirm/")
                .route(page(get().to(delete::show)))
                .route(page(web::post().to(delete::delete))),
        )
        .service(
            web::resource("/webhooks/{webhook}/set-aside/").route(page(get().to(set_aside::show))),
        )
        .service(
            web::resource("/webhooks/{webhook}/set-aside/send/")
                .route(page(get().to(set_aside::show)))
                .route(page(web::post().to(set_aside::send))),
        );
}
