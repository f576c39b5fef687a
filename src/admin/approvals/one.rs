//! `GET /admin/approvals/{approval}/`: a proposal.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::super::error::AdminError;
use super::super::format;
use super::super::page::{Page, Shell, html_with};
use super::super::wallets::summary::Summary;
use super::super::wallets::{kinds, path};
use super::state;
use crate::domain::Role;
use crate::messages::{Id, Lang, text};
use crate::storage::Database;
use crate::storage::admin::{Approval, ApprovalState, Decision};

/// The form that declines, as sent or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub reason: String,
    #[serde(skip)]
    pub mistakes: Mistakes,
}

/// The mistakes, by field.
#[derive(Debug, Default)]
pub struct Mistakes {
    pub reason: Option<Id>,
}

/// What the page says besides the proposal.
#[derive(Default)]
pub struct Said {
    pub form: Form,
    pub refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "approvals/one.html")]
struct ApprovalPage {
    page: Page,
    lang: Lang,
    approval: Approval,
    state: ApprovalState,
    /// The wallet now, and afterwards while it may still be carried out; `None` if it was deleted by hand.
    summary: Option<Summary>,
    form: Form,
    refusal: Option<String>,
    may_decide: bool,
    may_withdraw: bool,
    may_send_again: bool,
}

pub async fn show(
    shell: Shell,
    approval: web::Path<String>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let approval = find(&approval, &database).await?;
    answer(&shell, approval, &database, Said::default(), StatusCode::OK).await
}

/// Returns the proposal that a path names.
pub async fn find(named: &str, database: &Database) -> Result<Approval, AdminError> {
    let id = path::number(named)?;
    let approval = database.approval_find(id).await;
    approval
        .map_err(AdminError::Storage)?
        .ok_or(AdminError::NotFound)
}

/// The page as an answer.
pub async fn answer(
    shell: &Shell,
    approval: Approval,
    database: &Database,
    said: Said,
    status: StatusCode,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let state = approval.state();
    let adjustment = &approval.adjustment;
    let summary = match state {
        ApprovalState::Waiting | ApprovalState::Approved => {
            Summary::of(database, adjustment.wallet, &adjustment.movement, lang).await
        }
        _ => Summary::now(database, adjustment.wallet, lang).await,
    };
    let is_own = adjustment.staff_id == shell.staff.id;
    let may_approve = !is_own && shell.staff.role >= Role::Supervisor;
    let number = format::count(approval.id);
    html_with(
        status,
        &ApprovalPage {
            page: shell.page(text!(lang, "approvals-one", number = number)),
            lang,
            state,
            summary: summary.map_err(AdminError::Storage)?.ok(),
            form: said.form,
            refusal: said.refusal,
            may_decide: may_approve && state == ApprovalState::Waiting,
            may_withdraw: is_own && state == ApprovalState::Waiting,
            may_send_again: may_approve && state == ApprovalState::Approved,
            approval,
        },
    )
}

impl ApprovalPage {
    fn kind(&self) -> String {
        let kind = self.approval.adjustment.movement.operation().kind;
        kinds::kind_name(kind.as_str(), self.lang).to_owned()
    }

    /// The name of who proposed it.
    fn proposer(&self) -> String {
        named(
            self.approval.proposer.as_deref(),
            self.approval.adjustment.staff_id,
        )
    }

    #[expect(clippy::unused_self, reason = "called by the template")]
    fn decider(&self, decision: &Decision) -> String {
        named(decision.staff.as_deref(), decision.staff_id)
    }
}

/// A member of staff by name; one who was deleted by hand by number.
fn named(username: Option<&str>, id: i64) -> String {
    username.map_or_else(|| format!("staff:{id}"), str::to_owned)
}
