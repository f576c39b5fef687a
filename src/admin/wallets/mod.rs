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
mod list;
mod money;
mod query;
mod wallet;

use actix_web::web;

use super::edge::{money, page};
use super::error::AdminError;
use super::get;
use crate::domain::{OperationKind, WalletId};
use crate::messages::{Id, Lang, id};

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

/// The wallet that an address names.
fn named(text: &str) -> Result<WalletId, AdminError> {
    WalletId::parse(text).ok_or(AdminError::NotFound)
}

/// What each of [`OperationKind::ALL`] is called.
const KINDS: [Id; OperationKind::ALL.len()] = [id!("kind-deposit"), id!("kind-withdraw")];

/// What a kind is called: for one that only a newer engine knows, what the ledger calls it.
fn kind_name(name: &str, lang: Lang) -> &str {
    OperationKind::parse(name).map_or(name, |kind| lang.text(KINDS[kind as usize]))
}
