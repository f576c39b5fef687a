//! The area "users": a list to find them in, and a page for each, on which staff change what may be changed.
//!
//! A user is never deleted, for their wallet's ledger stays: they are deactivated. Every change is recorded by the statement
//! that makes it (`sql/queries/admin_user_edit.sql`), and shown on the user's page.

mod list;
mod user;

use actix_web::web;

use super::route::{get, page};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/users/").route(page(get().to(list::show))))
        .service(web::resource("/users/{id}/").route(page(get().to(user::show))))
        .service(
            web::resource("/users/{id}/edit/")
                .route(page(get().to(user::back)))
                .route(page(web::post().to(user::edit))),
        )
        .service(
            web::resource("/users/{id}/password/")
                .route(page(get().to(user::back)))
                .route(page(web::post().to(user::set_password))),
        );
}
