//! The area "wallets": `/admin/wallets/`.
//!
//! * `list` finds wallets, by the search form of `query`.
//! * `wallet` shows one: its committed state, a chart of its balance (`chart`), its open holds and its ledger.
//! * `adjustment` is a deposit, a withdrawal or a transfer by staff (`form`). The engine applies it like any operation,
//!   after its reason is recorded (`apply`); nothing here ever writes a balance. What is above an operator's `ceiling` is proposed
//!   to a second person (`admin::approvals`).
//! * What changes a wallet is shown before, with its owner and its balance (`summary`), and asked about once more (`confirmation`).
//! * `holds` lists its holds, and `hold` shows one and voids it; `operation` shows a row of the ledger and reverses it; `rules`
//!   shows and changes its rules (`rules_form`, `rules_text`). Each is done once, under the form's key (`submission`), and a
//!   `refusal` says why it was not.
//! * Who made a row is named by `actor`. The wallet's actor in the engine has a page of its own, `actor_page`.
//! * `export` streams the whole ledger as CSV (`csv`).
//! * `statement` shows the statement of a `period`, to read and to print; `statement_file` streams the same as CSV.
//!
//! A form is sent to an address below its page's, so that a sign-in leads back to the page; a reload of a refusal shows it as well.
//!
//! Pages only read: but for that of the rules, they neither load a wallet into the engine nor keep its actor from passivation.

mod actor;
mod actor_page;
mod adjustment;
pub(super) mod apply;
mod ceiling;
mod chart;
mod confirmation;
pub(super) mod csv;
mod export;
mod form;
mod hold;
mod holds;
pub(super) mod kinds;
mod list;
pub(super) mod money;
mod operation;
pub(super) mod path;
mod period;
mod query;
pub(super) mod refusal;
mod rules;
mod rules_form;
mod rules_text;
mod statement;
mod statement_file;
pub(super) mod submission;
pub(super) mod summary;
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
            web::resource("/wallets/{wallet}/statement/").route(page(get().to(statement::show))),
        )
        .service(
            web::resource("/wallets/{wallet}/statement.csv")
                .route(page(get().to(statement_file::download))),
        )
        .service(web::resource("/wallets/{wallet}/actor/").route(page(get().to(actor_page::show))))
        .service(web::resource("/wallets/{wallet}/holds/").route(page(get().to(holds::show))))
        .service(web::resource("/wallets/{wallet}/holds/{hold}/").route(page(get().to(hold::show))))
        .service(
            web::resource("/wallets/{wallet}/holds/{hold}/void/")
                .route(page(get().to(hold::show)))
                .route(money(web::post().to(hold::void))),
        )
        .service(
            web::resource("/wallets/{wallet}/operations/{operation}/")
                .route(page(get().to(operation::show))),
        )
        .service(
            web::resource("/wallets/{wallet}/operations/{operation}/reversal/")
                .route(page(get().to(operation::show)))
                .route(money(web::post().to(operation::reverse))),
        )
        .service(web::resource("/wallets/{wallet}/rules/").route(page(get().to(rules::show))))
        .service(
            web::resource("/wallets/{wallet}/rules/change/")
                .route(page(get().to(rules::show)))
                .route(money(web::post().to(rules::change))),
        )
        .service(
            web::resource("/wallets/{wallet}/adjustment/")
                .route(page(get().to(adjustment::show)))
                .route(money(web::post().to(adjustment::carry_out))),
        );
}
