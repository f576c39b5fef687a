//! `POST /admin/wallets/{wallet}/adjustment/`: a deposit, a withdrawal or a transfer to another wallet by staff, with its
//! reason.
//!
//! 1. The form is checked ([`form`](super::form)), and all its mistakes are reported together.
//! 2. A page shows what it would do, and asks once more ([`confirmation`](super::confirmation)).
//! 3. Confirmed, the adjustment is recorded with its reason, together with what it takes of an operator's ceiling
//!    (`storage::admin::adjustments`). What is above the ceiling is proposed to a second person instead (`admin::approvals`).
//! 4. The engine applies it under the form's key ([`apply`](super::apply)). So a form that is sent twice is applied once, and one
//!    whose outcome is unknown can be sent again.
//! 5. Then the browser is redirected to the wallet's page. After a refusal it gets the form again with everything entered.
//!
//! A form that was finally refused gets a new key, so the next one is another adjustment. A form with an unknown outcome keeps
//! its key, also when a retry is refused for lack of room, as the first attempt may still happen.
//!
//! Until it is applied, the wallet's page offers an adjustment for a retry under its key to the member of staff who submitted
//! it, as the form may be lost with the browser or the session.
//!
//! No client of the API can send such a key ([`IdempotencyKey::of_adjustment`](crate::domain::IdempotencyKey)), so no client
//! can apply a recorded adjustment or make it look applied. A client's key like `staff-...` is a key like any other.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::{info, warn};

use super::apply::{self, Applied};
use super::confirmation::{self, Question, Stage};
use super::form::Form;
use super::summary::{Missing, Summary};
use super::{ceiling, kinds, path, submission};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html_with};
use crate::config::AdjustCeiling;
use crate::domain::{Balance, WalletId};
use crate::engine::Engine;
use crate::messages::{Lang, id, text};
use crate::storage::admin::Adjustment;
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

#[derive(Template)]
#[template(path = "wallets/adjustment.html")]
struct FormPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    form: Form,
    refusal: Option<String>,
    /// `None` if it could not be read.
    summary: Option<Summary>,
}

/// The form by itself, for a reload of the page of a refusal.
pub async fn show(
    shell: Shell,
    wallet: web::Path<String>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let summary = Summary::now(&database, id, shell.lang).await;
    let Ok(summary) = summary.map_err(AdminError::Storage)? else {
        return Err(AdminError::NotFound);
    };
    let page = FormPage::of(&shell, id, Form::fresh());
    page.with(summary).answer(None, StatusCode::OK)
}

pub async fn carry_out(
    shell: Shell,
    wallet: web::Path<String>,
    form: CheckedForm<Form>,
    (engine, database): (web::Data<Engine>, web::Data<Database>),
    limit: web::Data<AdjustCeiling>,
) -> Result<HttpResponse, AdminError> {
    const WRONG: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    let id = path::wallet(&wallet)?;
    let lang = shell.lang;
    let CheckedForm(mut form) = form;
    let Some((key, movement)) = form.check(id) else {
        let summary = Summary::now(&database, id, lang).await.ok();
        let page = FormPage::of(&shell, id, form).with_some(summary.and_then(Result::ok));
        return page.answer(None, WRONG);
    };
    let summary = match Summary::of(&database, id, &movement, lang).await {
        Ok(Ok(summary)) => summary,
        Ok(Err(Missing::Own)) => return Err(AdminError::NotFound),
        Ok(Err(Missing::Other)) => {
            form.mistakes.to = Some(id!("wallets-receiver-unknown"));
            let summary = Summary::now(&database, id, lang).await.ok();
            let page = FormPage::of(&shell, id, form).with_some(summary.and_then(Result::ok));
            return page.answer(None, WRONG);
        }
        Err(error) => return unread(&shell, id, form, &error),
    };
    let adjustment = Adjustment {
        wallet: id,
        id: key,
        staff_id: shell.staff.id,
        movement,
        reason: form.reason.clone(),
    };
    let ceiling = ceiling::of(&limit);
    match Stage::of(&form.confirmed, &form.edit) {
        Stage::Edit => {
            let page = FormPage::of(&shell, id, form).with(summary);
            return page.answer(None, StatusCode::OK);
        }
        Stage::Ask => {
            let left = ceiling::exceeded(&shell, &adjustment.form(), ceiling, &database).await;
            return match left {
                Ok(left) => {
                    let asked = question(&adjustment, form, summary, (left, ceiling), lang);
                    confirmation::page(&shell, id, asked)
                }
                Err(error) => unread(&shell, id, form, &error),
            };
        }
        Stage::Confirmed => {}
    }
    match apply::adjustment(&adjustment, ceiling, (&engine, &database), &shell).await? {
        Applied::Done(balance) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, key = %key, "adjustment applied");
            let balance = format::money(balance, lang);
            let text = text!(lang, "wallets-done", balance = balance);
            // The ledger on the next page shows the operation in any case.
            let message = FlashMessage::done(text);
            Ok(shell.redirect_anyway(&path::page_of(id), message).await)
        }
        Applied::Proposed(proposal) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, key = %key, proposal, "adjustment proposed");
            let message = FlashMessage::done(text!(lang, "approvals-proposed"));
            let page = path::proposal_of(proposal);
            Ok(shell.redirect_anyway(&page, message).await)
        }
        Applied::Refused(refusal) => {
            if !refusal.unknown {
                form.key = submission::fresh_key();
            }
            let page = FormPage::of(&shell, id, form).with(summary);
            page.answer(Some(refusal.text), refusal.status)
        }
    }
}

/// What is asked before it is carried out; `left` of the ceiling, if it is above that.
fn question(
    adjustment: &Adjustment,
    form: Form,
    summary: Summary,
    (left, ceiling): (Option<Balance>, Balance),
    lang: Lang,
) -> Question {
    let operation = adjustment.movement.operation();
    let money = |balance: Balance| format::money(balance, lang);
    Question {
        title: kinds::kind_name(operation.kind.as_str(), lang).to_owned(),
        facts: vec![
            (
                text!(lang, "wallets-amount"),
                format::money(operation.amount, lang),
            ),
            (text!(lang, "panel-reason"), adjustment.reason.clone()),
        ],
        summary,
        note: left.map(|left| {
            text!(
                lang,
                "approvals-above",
                left = money(left),
                ceiling = money(ceiling)
            )
        }),
        action: path::adjustment_of(adjustment.wallet),
        fields: vec![
            ("key", form.key),
            ("kind", form.kind),
            ("to", form.to),
            ("amount", form.amount),
            ("reason", form.reason),
        ],
        button: if left.is_some() {
            text!(lang, "approvals-propose")
        } else {
            text!(lang, "confirm-button")
        },
    }
}

/// The answer where the database does not say what a form is about.
fn unread(
    shell: &Shell,
    id: WalletId,
    form: Form,
    error: &StorageError,
) -> Result<HttpResponse, AdminError> {
    warn!(wallet.id = %id, error = %chain(error), "could not record an adjustment");
    // The key stays: the form may be a retry of an adjustment that may still happen.
    let text = text!(shell.lang, "wallets-not-recorded").to_owned();
    let page = FormPage::of(shell, id, form);
    page.answer(Some(text), StatusCode::SERVICE_UNAVAILABLE)
}

impl FormPage {
    fn of(shell: &Shell, id: WalletId, form: Form) -> Self {
        Self {
            page: shell.page(text!(shell.lang, "wallets-adjustment")),
            lang: shell.lang,
            id,
            form,
            refusal: None,
            summary: None,
        }
    }

    fn with(self, summary: Summary) -> Self {
        self.with_some(Some(summary))
    }

    fn with_some(self, summary: Option<Summary>) -> Self {
        Self { summary, ..self }
    }

    fn answer(
        self,
        refusal: Option<String>,
        status: StatusCode,
    ) -> Result<HttpResponse, AdminError> {
        html_with(status, &Self { refusal, ..self })
    }
}
