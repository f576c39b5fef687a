//! `/admin/wallets/{wallet}/holds/{hold}/`: a hold with its rows, and a form that voids an open one.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::{info, warn};

use super::confirmation::{self, Question, Stage};
use super::refusal::{Attempt, Refusal};
use super::submission::{self, Submission};
use super::summary::Summary;
use super::{kinds, path};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html, html_with};
use crate::domain::hold::{Hold, HoldStatus};
use crate::domain::linked::Step;
use crate::domain::staff_journal::Action;
use crate::domain::{Movement, WalletId};
use crate::engine::{Engine, LinkedError};
use crate::messages::{Id, Lang, text};
use crate::storage::admin::HoldRow;
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub key: String,
    pub again: String,
    pub reason: String,
    /// Of the page that asks once more ([`Stage`]).
    pub confirmed: String,
    pub edit: String,
    #[serde(skip)]
    pub mistakes: Mistakes,
}

/// The mistakes, by field.
#[derive(Debug, Default)]
pub struct Mistakes {
    pub reason: Option<Id>,
}

#[derive(Template)]
#[template(path = "wallets/hold.html")]
struct HoldPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    number: i64,
    form: Form,
    refusal: Option<String>,
    /// `None` on the page of a refusal.
    state: Option<State>,
    /// On the page of a refusal, as far as it could be read.
    summary: Option<Summary>,
}

struct State {
    hold: Hold,
    rows: Vec<HoldRow>,
}

pub async fn show(
    shell: Shell,
    path: web::Path<(String, String)>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let (wallet, hold) = path.into_inner();
    let (id, number) = (path::wallet(&wallet)?, path::number(&hold)?);
    let hold = engine.hold(id, number, None).await;
    let hold = hold.map_err(AdminError::Engine)?;
    let rows = database.hold_rows(id, number).await;
    html(&HoldPage {
        page: title(&shell, number),
        lang: shell.lang,
        id,
        number,
        form: Form {
            key: submission::fresh_key(),
            ..Form::default()
        },
        refusal: None,
        state: Some(State {
            hold,
            rows: rows.map_err(AdminError::Storage)?,
        }),
        summary: None,
    })
}

/// Voids the hold.
pub async fn void(
    shell: Shell,
    path: web::Path<(String, String)>,
    form: CheckedForm<Form>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let (wallet, hold) = path.into_inner();
    let (id, number) = (path::wallet(&wallet)?, path::number(&hold)?);
    let lang = shell.lang;
    let CheckedForm(mut form) = form;
    let summary = Summary::now(&database, id, lang).await;
    let place = (id, number);
    let Some(submission) = form.check() else {
        let summary = summary.ok().and_then(Result::ok);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form_page(&shell, place, form, (None, summary), status);
    };
    let summary = match summary {
        Ok(Ok(summary)) => summary,
        Ok(Err(_)) => return Err(AdminError::NotFound),
        Err(error) => return unread(&shell, place, form, &error),
    };
    match Stage::of(&form.confirmed, &form.edit) {
        Stage::Ask => return ask(&shell, place, form, (&engine, summary)).await,
        Stage::Edit => {
            return form_page(&shell, place, form, (None, Some(summary)), StatusCode::OK);
        }
        Stage::Confirmed => {}
    }
    let entry = submission.entry(&shell.staff, Action::HoldVoided, id);
    let written = database.journal_write(&entry.with("hold", number)).await;
    if let Err(error) = written {
        return unread(&shell, place, form, &error);
    }
    let step = Step {
        wallet: id,
        request: submission.request(Movement::Void { hold: number }, shell.staff.id),
    };
    match engine.apply_step(step, engine.deadline()).await {
        Ok(receipt) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, seq = receipt.seq, hold = number, "hold voided");
            let message = FlashMessage::done(text!(lang, "holds-done"));
            // The hold on the next page is shown as voided in any case.
            let page = path::hold_of(id, number);
            Ok(shell.redirect_anyway(&page, message).await)
        }
        Err(error) => {
            let refusal = Refusal::of(&error, attempt(id, &form, lang))?;
            submission::settle(&mut form.key, &mut form.again, &refusal);
            let status = refusal.status;
            let refusal = (Some(refusal.text), Some(summary));
            form_page(&shell, place, form, refusal, status)
        }
    }
}

fn attempt(wallet: WalletId, form: &Form, lang: Lang) -> Attempt {
    Attempt {
        wallet,
        is_between: false,
        is_new: form.again.is_empty(),
        lang,
    }
}

/// Shows what would be released, and asks once more.
async fn ask(
    shell: &Shell,
    (id, number): (WalletId, i64),
    form: Form,
    (engine, summary): (&Engine, Summary),
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let hold = match engine.hold(id, number, None).await {
        Ok(hold) => hold,
        Err(error) => {
            let refusal = Refusal::of(&LinkedError::Engine(error), attempt(id, &form, lang))?;
            // Nothing happened under its key, so that stays.
            let (text, status) = (Some(refusal.text), refusal.status);
            return form_page(shell, (id, number), form, (text, Some(summary)), status);
        }
    };
    let remaining = format::money(hold.remaining(), lang);
    let asked = Question {
        title: text!(lang, "holds-void-title").to_owned(),
        facts: vec![
            (text!(lang, "holds-one-short"), format::count(number)),
            (text!(lang, "holds-remaining"), remaining),
            (text!(lang, "panel-reason"), form.reason.clone()),
        ],
        summary,
        note: None,
        action: path::void_of(id, number),
        fields: vec![
            ("key", form.key),
            ("again", form.again),
            ("reason", form.reason),
        ],
        button: text!(lang, "confirm-button"),
    };
    confirmation::page(shell, id, asked)
}

/// The answer where the database does not say what a form is about. Its key stays.
fn unread(
    shell: &Shell,
    place: (WalletId, i64),
    form: Form,
    error: &StorageError,
) -> Result<HttpResponse, AdminError> {
    warn!(wallet.id = %place.0, error = %chain(error), "hold not voided");
    let text = submission::unread(&form.again, shell.lang).to_owned();
    let status = StatusCode::SERVICE_UNAVAILABLE;
    form_page(shell, place, form, (Some(text), None), status)
}

fn title(shell: &Shell, number: i64) -> Page {
    shell.page(text!(
        shell.lang,
        "holds-one",
        number = format::count(number)
    ))
}

fn form_page(
    shell: &Shell,
    (id, number): (WalletId, i64),
    form: Form,
    (refusal, summary): (Option<String>, Option<Summary>),
    status: StatusCode,
) -> Result<HttpResponse, AdminError> {
    let page = HoldPage {
        page: title(shell, number),
        lang: shell.lang,
        id,
        number,
        form,
        refusal,
        state: None,
        summary,
    };
    html_with(status, &page)
}

impl Form {
    /// Returns what is sent; `None` if there are mistakes, which the form then has.
    fn check(&mut self) -> Option<Submission> {
        self.mistakes.reason = submission::reason_mistake(&mut self.reason);
        let key = submission::key(&mut self.key)?;
        let reason = self.reason.clone();
        let is_right = self.mistakes.reason.is_none();
        is_right.then_some(Submission { key, reason })
    }
}

impl HoldPage {
    /// What is not known may be tried.
    fn can_be_voided(&self) -> bool {
        let state = self.state.as_ref();
        state.is_none_or(|state| state.hold.status == HoldStatus::Open)
    }
}
