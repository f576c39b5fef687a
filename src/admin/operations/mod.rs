//! The area "operations": `/admin/operations/`, and the same search in a wallet, `/admin/wallets/{wallet}/operations/`.
//!
//! * `query` is the search form, as the address has it; `interval` is its day or its times.
//! * `owner` finds the user that the form names: the search is then one of their wallet's ledger.
//! * `list` shows what was found, newest first, how many there are as far as that is cheap to know, and how far the search came.
//! * `file` streams the same as CSV, all of it.
//!
//! What a search reads, and why it needs no index of its own, is told by `storage::admin::operations`.

mod file;
mod interval;
mod list;
mod owner;
mod query;

use actix_web::web;

use super::route::{get, page};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/operations/").route(page(get().to(list::show))))
        .service(web::resource("/operations.csv").route(page(get().to(file::download))))
        .service(
            web::resource("/wallets/{wallet}/operations/")
                .route(page(get().to(list::show_of_wallet))),
        )
        .service(
            web::resource("/wallets/{wallet}/operations/found.csv")
                .route(page(get().to(file::download_of_wallet))),
        );
}
