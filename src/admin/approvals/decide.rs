//! `POST /admin/approvals/{approval}/approve/`, `.../decline/`, `.../withdraw/`: what becomes of a proposal.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use tracing::info;

use super::super::error::AdminError;
use super::super::form::{CheckedForm, NoFields};
use super::super::format;
use super::super::page::{FlashMessage, Shell};
use super::super::wallets::apply::{self, Applied};
use super::super::wallets::{path, submission};
use super::one::{self, Form, Said};
use super::state;
use crate::domain::Role;
use crate::domain::staff_journal::{Action, StaffAction};
use crate::engine::Engine;
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::{Approval, ApprovalState, Verdict};

/// Approves the proposal, and carries it out; one that is approved already is sent to the engine again.
pub async fn approve(
    shell: Shell,
    approval: web::Path<String>,
    _: CheckedForm<NoFields>,
    (engine, database): (web::Data<Engine>, web::Data<Database>),
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let found = one::find(&approval, &database).await?;
    not_own(&shell, &found)?;
    let staff_id = shell.staff.id;
    let entry = entry(&shell, &found, Action::AdjustmentApproved);
    let verdict = (Verdict::Approved, None);
    let decided = database.approval_decide(found.id, staff_id, verdict, &entry);
    let is_new = decided.await.map_err(AdminError::Storage)?;
    if is_new {
        info!(
            approval.id = found.id,
            staff.id = staff_id,
            "adjustment approved"
        );
    }
    // As it is now, whoever decided it.
    let found = one::find(&approval, &database).await?;
    match found.state() {
        ApprovalState::Approved => {}
        ApprovalState::Done => return done(&shell, &found, None).await,
        state => return refused(&shell, found, state, &database).await,
    }
    // Another request may have asked the engine before, and not have an answer yet: no refusal says more than this attempt.
    let applied = apply::recorded_adjustment(&found.adjustment, is_new, &engine, lang).await?;
    match applied {
        Applied::Done(balance) => {
            info!(approval.id = found.id, staff.id = staff_id, wallet.id = %found.adjustment.wallet, "approved adjustment applied");
            let balance = format::money(balance, lang);
            done(&shell, &found, Some(balance)).await
        }
        Applied::Refused(refusal) => {
            let said = Said {
                refusal: Some(refusal.text),
                ..Said::default()
            };
            one::answer(&shell, found, &database, said, refusal.status).await
        }
        Applied::Proposed(_) => Err(AdminError::Status(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

/// Declines the proposal, with a reason.
pub async fn decline(
    shell: Shell,
    approval: web::Path<String>,
    form: CheckedForm<Form>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let found = one::find(&approval, &database).await?;
    not_own(&shell, &found)?;
    let CheckedForm(mut form) = form;
    form.mistakes.reason = submission::reason_mistake(&mut form.reason);
    if form.mistakes.reason.is_some() {
        let said = Said {
            form,
            refusal: None,
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return one::answer(&shell, found, &database, said, status).await;
    }
    let entry = entry(&shell, &found, Action::AdjustmentDeclined).with("why", &form.reason);
    let verdict = (Verdict::Declined, Some(form.reason.as_str()));
    let decided = database.approval_decide(found.id, shell.staff.id, verdict, &entry);
    if decided.await.map_err(AdminError::Storage)? {
        info!(
            approval.id = found.id,
            staff.id = shell.staff.id,
            "adjustment declined"
        );
        return closed(&shell, &found, id!("approvals-declined-done"), lang).await;
    }
    again(&shell, &approval, (Verdict::Declined, &database)).await
}

/// Withdraws the reader's own proposal.
pub async fn withdraw(
    shell: Shell,
    approval: web::Path<String>,
    _: CheckedForm<NoFields>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let found = one::find(&approval, &database).await?;
    if found.adjustment.staff_id != shell.staff.id {
        return Err(AdminError::Status(StatusCode::FORBIDDEN));
    }
    let entry = entry(&shell, &found, Action::AdjustmentWithdrawn);
    let withdrawn = database.approval_withdraw(found.id, shell.staff.id, &entry);
    let withdrawn = withdrawn.await;
    if withdrawn.map_err(AdminError::Storage)? {
        info!(
            approval.id = found.id,
            staff.id = shell.staff.id,
            "adjustment withdrawn"
        );
        return closed(&shell, &found, id!("approvals-withdrawn-done"), shell.lang).await;
    }
    again(&shell, &approval, (Verdict::Withdrawn, &database)).await
}

/// The entry of the journal.
fn entry(shell: &Shell, found: &Approval, action: Action) -> StaffAction {
    let entry = found.adjustment.entry(action, shell.staff.actor());
    entry.with("proposal", found.id)
}

/// Refuses who may not decide. The statement that decides checks it as well.
fn not_own(shell: &Shell, found: &Approval) -> Result<(), AdminError> {
    let may = found.adjustment.staff_id != shell.staff.id && shell.staff.role >= Role::Supervisor;
    may.then_some(())
        .ok_or(AdminError::Status(StatusCode::FORBIDDEN))
}

/// The answer where nothing was changed: the same as before if the reader themselves did that before, as by a double click.
async fn again(
    shell: &Shell,
    named: &str,
    (verdict, database): (Verdict, &Database),
) -> Result<HttpResponse, AdminError> {
    let found = one::find(named, database).await?;
    let decision = found.decision.as_ref();
    let is_own = decision
        .is_some_and(|decision| decision.verdict == verdict && decision.staff_id == shell.staff.id);
    if is_own {
        let text = match verdict {
            Verdict::Withdrawn => id!("approvals-withdrawn-done"),
            _ => id!("approvals-declined-done"),
        };
        return closed(shell, &found, text, shell.lang).await;
    }
    let state = found.state();
    refused(shell, found, state, database).await
}

async fn refused(
    shell: &Shell,
    found: Approval,
    state: ApprovalState,
    database: &Database,
) -> Result<HttpResponse, AdminError> {
    let text = if state == ApprovalState::Waiting && !found.may_propose {
        id!("approvals-proposer-may-not")
    } else {
        state::closed(state)
    };
    let said = Said {
        refusal: Some(shell.lang.text(text).to_owned()),
        ..Said::default()
    };
    one::answer(shell, found, database, said, StatusCode::CONFLICT).await
}

/// The answer once it is in the ledger, with the balance after it if it is known.
async fn done(
    shell: &Shell,
    found: &Approval,
    balance: Option<String>,
) -> Result<HttpResponse, AdminError> {
    let text = match balance {
        Some(balance) => text!(shell.lang, "wallets-done", balance = balance),
        None => text!(shell.lang, "approvals-is-done").to_owned(),
    };
    let message = FlashMessage::done(text);
    let page = path::proposal_of(found.id);
    Ok(shell.redirect_anyway(&page, message).await)
}

async fn closed(
    shell: &Shell,
    found: &Approval,
    text: Id,
    lang: Lang,
) -> Result<HttpResponse, AdminError> {
    let message = FlashMessage::done(lang.text(text));
    let page = path::proposal_of(found.id);
    Ok(shell.redirect_anyway(&page, message).await)
}
