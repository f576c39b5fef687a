//! The overview, at `/admin/`: how much there is, what happened in the last minutes, and how engine and database are.
//!
//! * `sampler` copies the engine's counters every few seconds; `charts` draws what happened between the copies.
//! * `totals` and `today` count what is in the database, by what came since they were asked before.
//! * `state` holds that, and what is asked of the database and of the engine's actors, once for all who look (`kept`).
//! * `live` makes of it what the page shows. The page has it when it comes, and fetches it again by itself:
//!   `/admin/overview/live/` is the same part of the page alone. Without its script, the page has a link to reload it.
//!
//! It costs operations nothing: nothing is counted for it where they pass. What is of the engine is of this one alone,
//! whose name is shown; what is of the database is of all engines on it.

mod charts;
mod figures;
mod kept;
mod live;
mod sampler;
mod state;
mod stretch;
mod today;
mod totals;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::error::AdminError;
use super::format;
use super::page::{Page, Shell, html};
use super::route::{get, page};
use super::session::Staff;
use crate::engine::Engine;
use crate::messages::{Lang, text};
use crate::storage::Database;
use live::Live;
pub use state::Overview;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/").route(page(get().to(show))))
        .service(web::resource("/overview/live/").route(page(get().to(show_live))));
}

#[derive(Template)]
#[template(path = "overview/page.html")]
struct OverviewPage {
    page: Page,
    lang: Lang,
    live: Live,
}

#[derive(Template)]
#[template(path = "overview/live.html")]
struct LivePart {
    lang: Lang,
    live: Live,
}

async fn show(
    shell: Shell,
    overview: web::Data<Overview>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    html(&OverviewPage {
        page: shell.page(text!(shell.lang, "panel-overview")),
        lang: shell.lang,
        live: live::look(&overview, &engine, &database, shell.lang).await,
    })
}

/// The part that changes. It is no page, so what the session has to say is left for the next one.
async fn show_live(
    _staff: Staff,
    lang: Lang,
    overview: web::Data<Overview>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    html(&LivePart {
        lang,
        live: live::look(&overview, &engine, &database, lang).await,
    })
}
