//! `/admin/wallets/{wallet}/operations/{operation}/`: an operation, and a form that reverses it or a part of it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::{info, warn};

use super::refusal::{Attempt, Refusal};
use super::submission::{self, Submission};
use super::wallet::REVERSALS_SHOWN;
use super::{kinds, money, path};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html, html_with};
use crate::admin::safe_redirect::see_other;
use crate::domain::{Amount, Balance, Principal, UserId, WalletId};
use crate::engine::{Engine, ReversalRequest};
use crate::messages::{Id, Lang, text};
use crate::storage::Database;
use crate::storage::admin::LedgerRow;
use crate::telemetry::chain;

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub key: String,
    pub again: String,
    pub amount: String,
    pub reason: String,
    #[serde(skip)]
    pub mistakes: Mistakes,
}

/// The mistakes, by field.
#[derive(Debug, Default)]
pub struct Mistakes {
    pub amount: Option<Id>,
    pub reason: Option<Id>,
}

#[derive(Template)]
#[template(path = "wallets/operation.html")]
struct OperationPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    seq: i64,
    form: Form,
    refusal: Option<String>,
    /// `None` on the page of a refusal, which asks the database for nothing.
    row: Option<LedgerRow>,
}

pub async fn show(
    shell: Shell,
    path: web::Path<(String, String)>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let (wallet, operation) = path.into_inner();
    let (id, seq) = (path::wallet(&wallet)?, path::number(&operation)?);
    let rows = database.wallet_ledger(id, seq.checked_add(1), 1).await;
    let rows = rows.map_err(AdminError::Storage)?.rows;
    let row = rows.into_iter().find(|row| row.seq == seq);
    let row = row.ok_or(AdminError::NotFound)?;
    html(&OperationPage {
        page: title(&shell, seq),
        lang: shell.lang,
        id,
        seq,
        form: Form {
            key: submission::fresh_key(),
            amount: row
                .reversible()
                .map_or_else(String::new, |left| left.to_string()),
            ..Form::default()
        },
        refusal: None,
        row: Some(row),
    })
}

/// Reverses the operation.
pub async fn reverse(
    shell: Shell,
    path: web::Path<(String, String)>,
    form: CheckedForm<Form>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let (wallet, operation) = path.into_inner();
    let (id, seq) = (path::wallet(&wallet)?, path::number(&operation)?);
    let lang = shell.lang;
    let CheckedForm(mut form) = form;
    let Some((submission, amount)) = form.check() else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form_page(&shell, (id, seq), form, None, status);
    };
    let asked = ReversalRequest {
        wallet: id,
        operation: seq,
        amount: Some(amount),
        key: Some(submission.key()),
        reason: Some(submission.reason()),
        principal: Some(Principal::staff(UserId(shell.staff.id))),
    };
    match engine.reverse(asked, engine.deadline()).await {
        Ok(receipt) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, seq = receipt.seq, reverses = seq, "operation reversed");
            let balance = format::money(receipt.balance.into(), lang);
            let text = text!(lang, "reversal-done", balance = balance);
            // The ledger on the next page shows the reversal in any case.
            if let Err(error) = shell.flash(FlashMessage::done(text)).await {
                warn!(error = %chain(&error), "could not store the flash message of a reversal");
            }
            Ok(see_other(&path::page_of(id)))
        }
        Err(error) => {
            let refusal = Refusal::of(
                &error,
                Attempt {
                    wallet: id,
                    is_between: is_between(&database, id, seq).await,
                    is_new: form.again.is_empty(),
                    lang,
                },
            )?;
            submission::settle(&mut form.key, &mut form.again, &refusal);
            let status = refusal.status;
            form_page(&shell, (id, seq), form, Some(refusal.text), status)
        }
    }
}

/// Returns whether the operation, as far as can be read, moved money between two wallets: the reason is told accordingly.
async fn is_between(database: &Database, id: WalletId, seq: i64) -> bool {
    let rows = database.wallet_ledger(id, seq.checked_add(1), 1).await;
    let first = rows.ok().and_then(|page| page.rows.into_iter().next());
    first.is_some_and(|row| row.seq == seq && row.transfer.is_some())
}

fn title(shell: &Shell, seq: i64) -> Page {
    shell.page(text!(
        shell.lang,
        "reversal-title",
        number = format::count(seq)
    ))
}

fn form_page(
    shell: &Shell,
    (id, seq): (WalletId, i64),
    form: Form,
    refusal: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, AdminError> {
    let page = OperationPage {
        page: title(shell, seq),
        lang: shell.lang,
        id,
        seq,
        form,
        refusal,
        row: None,
    };
    html_with(status, &page)
}

impl Form {
    /// Returns what is sent; `None` if there are mistakes, which the form then has.
    fn check(&mut self) -> Option<(Submission, Amount)> {
        let amount = money::amount(&self.amount);
        self.mistakes = Mistakes {
            amount: amount.err().map(money::mistake),
            reason: submission::reason_mistake(&mut self.reason),
        };
        let key = submission::key(&mut self.key)?;
        let reason = self.reason.clone();
        let is_right = self.mistakes.reason.is_none();
        is_right.then_some((Submission { key, reason }, amount.ok()?))
    }
}

impl OperationPage {
    /// What is not known may be tried.
    fn can_be_reversed(&self) -> bool {
        let row = self.row.as_ref();
        row.is_none_or(|row| row.reversible().is_some())
    }

    fn amount(&self, amount: Amount) -> String {
        format::money(amount.into(), self.lang)
    }

    fn money(&self, balance: Balance) -> String {
        format::money(balance.into(), self.lang)
    }
}
