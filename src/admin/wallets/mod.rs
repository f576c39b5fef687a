//! The area "wallets": `/admin/wallets/`.
//!
//! * `list` finds wallets, by the search form of `query`.
//! * `wallet` shows one: its committed state, its actor, a chart of its balance (`chart`) and its ledger.
//! * `adjustment` is a deposit, a withdrawal or a transfer by staff (`form`). The engine applies it like any operation,
//!   after its reason is recorded; nothing here ever writes a balance.
//! * `export` streams the whole ledger as CSV (`csv`).
//!
//! Pages only read: they neither load a wallet into the engine nor keep its actor from passivation.

mod adjustment;
mod chart;
mod csv;
mod export;
mod form;
mod kinds;
mod list;
mod money;
mod path;
mod query;
mod wallet;

use actix_web::web;

use super::route::{get, money, page};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/wallets/").route(page(get().to(list::show))))
        .service(web::resource("/wallets/{wallet}/").route(page(get().to(wallet::show))))
        .service(
            web::resource("/wallets/{wallet}/operations.csv")
                .route(page(get().to(export::download))),
        )
        .service(
            web::resource("/wallets/{wallet}/adjustment/")
                .route(page(get().to(adjustment::show)))
                .route(money(web::post().to(adjustment::carry_out))),
        );
}
