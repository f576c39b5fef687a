//! The area "keys": `/admin/keys/`, the API's keys.
//!
//! * `list` shows them, newest first; `of_name` those of one name, to which the rows of ledgers lead.
//! * `new` makes one, by the fields of `form`; `rotate` makes another one like a key that is there already.
//! * `made` is how either is done: once for a form, and shown in the answer to it alone. It is no redirect with a flash
//!   message, as those are stored in the database, which has the digest of a key and nothing else of it.
//! * `revoke` asks, and revokes.
//!
//! A form is sent to an address below its page's, so that a sign-in leads back to the page; a reload of a refusal shows it as
//! well.

mod facts;
mod form;
mod list;
mod made;
mod new;
mod path;
mod revoke;
mod rotate;

use actix_web::web;

use super::route::{get, page};

pub use path::of_name;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/keys/").route(page(get().to(list::show))))
        .service(web::resource("/keys/new/").route(page(get().to(new::show))))
        .service(
            web::resource("/keys/new/make/")
                .route(page(get().to(new::show)))
                .route(page(web::post().to(new::make))),
        )
        .service(web::resource("/keys/{key}/rotate/").route(page(get().to(rotate::show))))
        .service(
            web::resource("/keys/{key}/rotate/make/")
                .route(page(get().to(rotate::show)))
                .route(page(web::post().to(rotate::make))),
        )
        .service(web::resource("/keys/{key}/revoke/").route(page(get().to(revoke::show))))
        .service(
            web::resource("/keys/{key}/revoke/confirm/")
                .route(page(get().to(revoke::show)))
                .route(page(web::post().to(revoke::revoke))),
        );
}
