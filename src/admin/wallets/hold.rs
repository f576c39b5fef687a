//! `/admin/wallets/{wallet}/holds/{hold}/`: a hold with its rows, and a form that voids an open one.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::{info, warn};

use super::refusal::{Attempt, Refusal};
use super::submission::{self, Submission};
use super::{kinds, path};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html, html_with};
use crate::admin::safe_redirect::see_other;
use crate::domain::hold::{Hold, HoldStatus};
use crate::domain::linked::Step;
use crate::domain::{Amount, Balance, Movement, WalletId};
use crate::engine::Engine;
use crate::messages::{Id, Lang, text};
use crate::storage::Database;
use crate::storage::admin::HoldRow;
use crate::telemetry::chain;

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub key: String,
    pub again: String,
    pub reason: String,
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
    /// `None` on the page of a refusal, which asks the database for nothing.
    state: Option<State>,
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
    })
}

/// Voids the hold.
pub async fn void(
    shell: Shell,
    path: web::Path<(String, String)>,
    form: CheckedForm<Form>,
    engine: web::Data<Engine>,
) -> Result<HttpResponse, AdminError> {
    let (wallet, hold) = path.into_inner();
    let (id, number) = (path::wallet(&wallet)?, path::number(&hold)?);
    let lang = shell.lang;
    let CheckedForm(mut form) = form;
    let Some(submission) = form.check() else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form_page(&shell, (id, number), form, None, status);
    };
    let step = Step {
        wallet: id,
        request: submission.request(Movement::Void { hold: number }, shell.staff.id),
    };
    match engine.apply_step(step, engine.deadline()).await {
        Ok(receipt) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, seq = receipt.seq, hold = number, "hold voided");
            let message = FlashMessage::done(text!(lang, "holds-done"));
            // The hold on the next page is shown as voided in any case.
            if let Err(error) = shell.flash(message).await {
                warn!(error = %chain(&error), "could not store the flash message of a void");
            }
            Ok(see_other(&path::hold_of(id, number)))
        }
        Err(error) => {
            let refusal = Refusal::of(
                &error,
                Attempt {
                    wallet: id,
                    is_between: false,
                    is_new: form.again.is_empty(),
                    lang,
                },
            )?;
            submission::settle(&mut form.key, &mut form.again, &refusal);
            let status = refusal.status;
            form_page(&shell, (id, number), form, Some(refusal.text), status)
        }
    }
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
    refusal: Option<String>,
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

    fn money(&self, balance: Balance) -> String {
        format::money(balance.into(), self.lang)
    }

    fn amount(&self, amount: Amount) -> String {
        format::money(amount.into(), self.lang)
    }
}
