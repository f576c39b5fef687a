//! The overview, at `/admin/`: totals, the last minutes, and the state of engine and database.
//!
//! * `sampler` copies the engine's counters every few seconds; `charts` draws the differences.
//! * `totals` and `today` count the rows of the database, each time only those added since the last time (`period`).
//! * `state` has both, and the state of the server and the actors, loaded once for all readers (`cached`).
//! * `view` is the part of the page that changes. The page contains it, and its script loads it again from
//!   `/admin/overview/live/`. Without the script, the page has a link to reload it.
//!
//! It costs operations nothing, as they count nothing for it. The engine's values are those of one engine, which the page
//! names; those of the database are of all engines.

mod cached;
mod charts;
mod number_format;
mod period;
mod sampler;
mod state;
mod today;
mod totals;
mod view;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::error::AdminError;
use super::page::{Page, Shell, html};
use super::route::{get, page};
use super::session::Staff;
use crate::engine::Engine;
use crate::messages::{Lang, text};
use crate::storage::Database;
use view::{View, view};

pub use state::Overview;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/").route(page(get().to(show))))
        .service(web::resource("/overview/live/").route(page(get().to(show_view))));
}

#[derive(Template)]
#[template(path = "overview/page.html")]
struct OverviewPage {
    page: Page,
    view: View,
}

async fn show(
    shell: Shell,
    overview: web::Data<Overview>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    html(&OverviewPage {
        page: shell.page(text!(shell.lang, "panel-overview")),
        view: view(&overview, &engine, &database, shell.lang).await,
    })
}

/// The part that changes. It takes [`Staff`] and no [`Shell`], so it leaves the flash message for the next page.
async fn show_view(
    _staff: Staff,
    lang: Lang,
    overview: web::Data<Overview>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    html(&view(&overview, &engine, &database, lang).await)
}
