//! The area "users": a list, and a page for each user, where staff edit them.
//!
//! A user is deactivated and never deleted, as the wallet's ledger stays. The statement of a change records it
//! (`sql/queries/admin_user_edit.sql`), and the user's page shows the records.

mod access;
mod list;
mod new_password;
mod password;
mod tokens;
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
                .route(page(web::post().to(password::set))),
        )
        .service(
            web::resource("/users/{id}/tokens/")
                .route(page(get().to(user::back)))
                .route(page(web::post().to(tokens::end))),
        )
        .service(
            web::resource("/users/{id}/second-factor/")
                .route(page(get().to(user::back)))
                .route(page(web::post().to(access::reset_factor))),
        )
        .service(
            web::resource("/users/{id}/sessions/")
                .route(page(get().to(user::back)))
                .route(page(web::post().to(access::end_sessions))),
        );
}
