//! The area "audit": a button that starts the audit of `wallet-engine verify`, and its result.
//!
//! An audit runs in the background of the engine that served the page (`storage/admin/audits.rs`), and every engine's page
//! shows its progress. While one runs, a header makes the browser reload the page, without a script.

use actix_web::http::header::{HeaderValue, REFRESH};
use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::{info, warn};

use super::error::AdminError;
use super::form::{CheckedForm, NoFields};
use super::format;
use super::page::{FlashMessage, Page, Shell, html};
use super::route::{get, page};
use super::safe_redirect::see_other;
use crate::domain::UserId;
use crate::domain::staff_journal::Action;
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::{AuditState, PastAudit, RunningAudit};
use crate::telemetry::chain;

const ADDRESS: &str = "/admin/audit/";
/// Audits on the page.
const SHOWN: i64 = 11;
/// Seconds until the page of a running audit is reloaded.
const REFRESH_S: &str = "2";

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/audit/")
            .route(page(get().to(show)))
            .route(page(web::post().to(start))),
    );
}

#[derive(Template)]
#[template(path = "audit/page.html")]
struct AuditPage {
    page: Page,
    lang: Lang,
    last: Option<PastAudit>,
    earlier: Vec<PastAudit>,
}

async fn show(shell: Shell, database: web::Data<Database>) -> Result<HttpResponse, AdminError> {
    let audits = database.audits(SHOWN).await;
    let mut audits = audits.map_err(AdminError::Storage)?.into_iter();
    let last = audits.next();
    let is_running = last.as_ref().is_some_and(PastAudit::is_running);
    let mut response = html(&AuditPage {
        page: shell.page(text!(shell.lang, "panel-audit")),
        lang: shell.lang,
        last,
        earlier: audits.collect(),
    })?;
    if is_running {
        let refresh = HeaderValue::from_static(REFRESH_S);
        response.headers_mut().insert(REFRESH, refresh);
    }
    Ok(response)
}

async fn start(
    shell: Shell,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let begun = database.audit_begin(UserId(shell.staff.id)).await;
    let Some(audit) = begun.map_err(AdminError::Storage)? else {
        let refused = FlashMessage::refused(text!(shell.lang, "audit-already-runs"));
        return shell.redirect(ADDRESS, refused).await;
    };
    let written = database
        .journal_write(&shell.staff.did(Action::Audit))
        .await;
    written.map_err(AdminError::Storage)?;
    info!(staff.id = shell.staff.id, "audit started");
    actix_web::rt::spawn(run(audit));
    Ok(see_other(ADDRESS))
}

async fn run(audit: RunningAudit) {
    match audit.run().await {
        Ok(0) => info!("audit finished without breaches"),
        Ok(breaches) => warn!(breaches, "audit found breaches"),
        Err(error) => warn!(error = %chain(&error), "audit failed"),
    }
}

/// The name of a state.
fn state(state: &AuditState) -> Id {
    match state {
        AuditState::Running => id!("audit-running"),
        AuditState::Interrupted => id!("audit-interrupted"),
        AuditState::Failed(_) => id!("audit-failed"),
        AuditState::Agrees => id!("audit-agrees"),
        AuditState::Breaches => id!("audit-has-breaches"),
    }
}

/// The CSS class of a state's badge.
fn badge(state: &AuditState) -> &'static str {
    match state {
        AuditState::Running => "badge--accent",
        AuditState::Interrupted => "badge--warn",
        AuditState::Agrees => "badge--good",
        AuditState::Failed(_) | AuditState::Breaches => "badge--bad",
    }
}
