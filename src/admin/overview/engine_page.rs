//! `GET /admin/engine/`: what one engine does, this one or, by its id, another as it last reported.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use super::charts::{self, DrawnChart};
use super::engines::EngineState;
use super::facts::{Fact, RefusalRow, refusals};
use super::number_format::milliseconds;
use super::report::{Committer, Report};
use super::series::Series;
use super::state::Overview;
use crate::admin::error::AdminError;
use crate::admin::format::{self, count};
use crate::admin::page::{Page, Shell, html};
use crate::admin::session::Staff;
use crate::messages::{Lang, text};
use crate::storage::Database;

/// Which engine the page is of.
#[derive(Deserialize)]
pub struct Asked {
    /// The id of its run; this engine without one.
    id: Option<String>,
}

#[derive(Template)]
#[template(path = "overview/engine.html")]
struct EnginePage {
    page: Page,
    /// Of the part that refreshes, and of the page.
    live: String,
    here: String,
    view: EngineView,
}

/// The part of the page that it reloads.
#[derive(Template)]
#[template(path = "overview/engine_view.html")]
struct EngineView {
    lang: Lang,
    engine: EngineState,
    age: String,
    charts: [DrawnChart; 3],
    facts: Vec<Fact>,
    committers: Vec<CommitterRow>,
    /// Its committers are of several lanes.
    has_lanes: bool,
    sets_waiting: String,
    refusals: Vec<RefusalRow>,
}

struct CommitterRow {
    lane: String,
    number: usize,
    has_permit: bool,
    /// Of the group that it writes.
    operations: Option<String>,
    wallets: Option<String>,
    since: Option<String>,
}

pub async fn show(
    shell: Shell,
    asked: web::Query<Asked>,
    overview: web::Data<Overview>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let view = view(&asked, &overview, &database, shell.lang).await?;
    let title = format!(
        "{} {}",
        text!(shell.lang, "panel-engine"),
        view.engine.identity.name
    );
    let query = asked.query();
    html(&EnginePage {
        page: shell.page(title),
        live: format!("/admin/engine/live/{query}"),
        here: format!("/admin/engine/{query}"),
        view,
    })
}

/// The part that changes. It takes [`Staff`] and no [`Shell`], so it leaves the flash message for the next page.
pub async fn show_view(
    _staff: Staff,
    lang: Lang,
    asked: web::Query<Asked>,
    overview: web::Data<Overview>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    html(&view(&asked, &overview, &database, lang).await?)
}

impl Asked {
    fn id(&self) -> Result<Option<Uuid>, AdminError> {
        let id = self.id.as_deref().map(Uuid::try_parse).transpose();
        id.map_err(|_| AdminError::NotFound)
    }

    fn query(&self) -> String {
        let id = self.id().ok().flatten();
        id.map_or_else(String::new, |id| format!("?id={id}"))
    }
}

async fn view(
    asked: &Asked,
    overview: &Overview,
    database: &Database,
    lang: Lang,
) -> Result<EngineView, AdminError> {
    let id = asked.id()?;
    let (engines, _) = overview.engines(database).await;
    let mut engines = engines.into_iter();
    let engine = engines
        .find(|engine| id.map_or(engine.is_this, |id| engine.identity.id == id))
        .ok_or(AdminError::NotFound)?;
    let series = Series::of([&*engine.samples]);
    let [rate, latency] = charts::operations(&series, lang);
    let groups = charts::groups(&series, lang);
    let report = &engine.report;
    Ok(EngineView {
        lang,
        age: format::ago(engine.age, lang),
        charts: [rate, latency, groups],
        facts: facts(report, lang),
        has_lanes: report.has_lanes(),
        committers: report
            .committers
            .iter()
            .map(|committer| row(committer, lang))
            .collect(),
        sets_waiting: count(report.sets_waiting),
        refusals: refusals(&[report], lang),
        engine,
    })
}

fn facts(report: &Report, lang: Lang) -> Vec<Fact> {
    let part = |some, all| text!(lang, "panel-part", part = count(some), whole = count(all));
    let median = report.commit_median_s.map_or_else(
        || "\u{2013}".to_owned(),
        |seconds| milliseconds(seconds, lang),
    );
    vec![
        Fact {
            name: text!(lang, "engine-waiting-operations"),
            value: part(report.waiting_operations, report.inflight_max),
            bad: report.waiting_operations > 0
                && report.waiting_operations * 10 >= report.inflight_max * 9,
        },
        Fact::good(
            text!(lang, "engine-waiting-wallets"),
            count(report.waiting_wallets),
        ),
        Fact::good(
            text!(lang, "engine-active-wallets"),
            count(report.active_wallets),
        ),
        Fact::good(
            text!(lang, "engine-pool"),
            part(report.pool_used, report.pool_max),
        ),
        Fact {
            name: text!(lang, "engine-pool-waiting"),
            value: count(report.pool_waiting),
            bad: report.pool_waiting > 0,
        },
        Fact::good(text!(lang, "engine-commit-time"), median),
        Fact::good(
            text!(lang, "engine-commits-failed"),
            count(report.commits_failed),
        ),
        Fact::good(
            text!(lang, "engine-guard-misses"),
            count(report.guard_misses),
        ),
    ]
}

fn row(committer: &Committer, lang: Lang) -> CommitterRow {
    let writing = committer.writing;
    CommitterRow {
        lane: match committer.lane {
            0 => text!(lang, "engine-lane-whole").to_owned(),
            number => number.to_string(),
        },
        number: committer.number,
        has_permit: committer.has_permit,
        operations: writing.map(|group| count(group.operations)),
        wallets: writing.map(|group| count(group.wallets)),
        since: writing.map(|group| milliseconds(group.for_s, lang)),
    }
}
