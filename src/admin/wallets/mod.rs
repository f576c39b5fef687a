//! The area "wallets": `/admin/wallets/`.
//!
//! * `list` finds wallets; what it is asked for is read by `query`.
//! * `wallet` shows one: as committed, its actor as it is, a chart of its balance (`chart`), its ledger.
//! * `adjustment` is a deposit or a withdrawal by staff. It goes through the engine like any operation, with its reason
//!   recorded first; nothing here ever writes a balance.
//! * `export` streams the whole ledger, as `csv` writes it.
//!
//! Looking changes nothing: no page loads a wallet into the engine or keeps its actor awake.

mod adjustment;
mod chart;
mod csv;
mod export;
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
