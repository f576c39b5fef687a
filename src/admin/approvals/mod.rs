//! The area "approvals": adjustments that wait for a second person, at `/admin/approvals/`.
//!
//! * `list` shows those that wait, and all there were; `waiting` is the part of the overview for those who may approve.
//! * `one` shows a proposal: whose wallet it is, its balance then, now and afterwards, who proposed it, why, and what became of it.
//! * `decide` approves, declines or withdraws it. The database decides who was first and who may (`storage::admin::approvals`).
//!
//! What is approved is carried out at once, under the key of the form that proposed it. Where that was refused, or its outcome is
//! unknown, it can be sent again until it expires: the ledger has it once.

mod decide;
mod list;
mod one;
mod state;
mod waiting;

use actix_web::web;

use super::route::{get, money, page};

pub use waiting::Waiting;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/approvals/").route(page(get().to(list::show))))
        .service(web::resource("/approvals/{approval}/").route(page(get().to(one::show))))
        .service(
            web::resource("/approvals/{approval}/approve/")
                .route(page(get().to(one::show)))
                .route(money(web::post().to(decide::approve))),
        )
        .service(
            web::resource("/approvals/{approval}/decline/")
                .route(page(get().to(one::show)))
                .route(page(web::post().to(decide::decline))),
        )
        .service(
            web::resource("/approvals/{approval}/withdraw/")
                .route(page(get().to(one::show)))
                .route(page(web::post().to(decide::withdraw))),
        );
}
