//! The overview, at `/admin/`: totals, the last minutes of all engines, and the state of the database; and the page of one
//! engine, at `/admin/engine/`.
//!
//! * `sampler` copies this engine's counters (`counters`) every few seconds, and `this_engine` makes a `report` of what it does.
//! * `reporter` writes both to the database after each sample; `engines` reads those of the others. So any engine shows all of
//!   them, each with its age by the database's clock.
//! * `series` adds the engines' samples, and `charts` draws them.
//! * `totals` and `today` count the rows of the database, each time only those added since the last time (`period`).
//! * `state` has all of that, loaded once for all readers (`cached`).
//! * `view` and `engine_page` have the parts of the pages that change. A page contains its part, and its script loads it again
//!   from an address below. Without the script, the page has a link to reload it.
//!
//! It costs operations nothing, as they count nothing for it, and the database one small statement every five seconds.

mod cached;
mod charts;
mod counters;
mod engine_page;
mod engines;
mod facts;
mod number_format;
mod period;
mod report;
mod reporter;
mod sampler;
mod series;
mod server;
mod state;
mod this_engine;
mod today;
mod totals;
mod view;

use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::warn;

use super::approvals::Waiting;
use super::error::AdminError;
use super::page::{Page, Shell, html};
use super::route::{get, page};
use super::session::Staff;
use crate::messages::{Lang, text};
use crate::storage::Database;
use crate::telemetry::chain;
use view::{View, view};

pub use state::Overview;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/").route(page(get().to(show))))
        .service(web::resource("/overview/live/").route(page(get().to(show_view))))
        .service(web::resource("/engine/").route(page(get().to(engine_page::show))))
        .service(web::resource("/engine/live/").route(page(get().to(engine_page::show_view))));
}

#[derive(Template)]
#[template(path = "overview/page.html")]
struct OverviewPage {
    page: Page,
    /// Of the part that refreshes, and of the page.
    live: &'static str,
    here: &'static str,
    /// What waits for the reader to approve; not refreshed.
    waiting: Option<Waiting>,
    view: View,
}

async fn show(
    shell: Shell,
    overview: web::Data<Overview>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let waiting = Waiting::of(&shell, &database).await;
    let waiting = waiting.unwrap_or_else(|error| {
        warn!(error = %chain(&error), "could not read the proposals that wait");
        None
    });
    html(&OverviewPage {
        page: shell.page(text!(shell.lang, "panel-overview")),
        live: "/admin/overview/live/",
        here: "/admin/",
        view: view(&overview, &database, shell.lang).await,
        waiting,
    })
}

/// The part that changes. It takes [`Staff`] and no [`Shell`], so it leaves the flash message for the next page.
async fn show_view(
    _staff: Staff,
    lang: Lang,
    overview: web::Data<Overview>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    html(&view(&overview, &database, lang).await)
}
