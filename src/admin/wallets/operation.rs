//! `/admin/wallets/{wallet}/operations/{operation}/`: an operation, and a form that reverses it or a part of it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use tracing::{info, warn};

use super::confirmation::{self, Question, Stage};
use super::refusal::{Attempt, Refusal};
use super::submission::{self, Submission};
use super::summary::{Effect, Summary};
use super::wallet::REVERSALS_SHOWN;
use super::{apply, ceiling, kinds, money, path};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html, html_with};
use crate::config::AdjustCeiling;
use crate::domain::staff_journal::Action;
use crate::domain::{Amount, OperationKind, Principal, Sign, UserId, WalletId};
use crate::engine::{Engine, ReversalRequest};
use crate::messages::{Id, Lang, text};
use crate::storage::admin::{FormAmount, LedgerRow, Reserved};
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub key: String,
    pub again: String,
    pub amount: String,
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
    /// `None` on the page of a refusal.
    row: Option<LedgerRow>,
    /// On the page of a refusal, as far as it could be read.
    summary: Option<Summary>,
}

pub async fn show(
    shell: Shell,
    path: web::Path<(String, String)>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let (wallet, operation) = path.into_inner();
    let (id, seq) = (path::wallet(&wallet)?, path::number(&operation)?);
    let row = find(&database, id, seq)
        .await
        .map_err(AdminError::Storage)?;
    let row = row.ok_or(AdminError::NotFound)?;
    let form = Form {
        key: submission::fresh_key(),
        amount: row
            .reversible()
            .map_or_else(String::new, |left| left.to_string()),
        ..Form::default()
    };
    html(&OperationPage {
        row: Some(row),
        ..OperationPage::of(&shell, (id, seq), form)
    })
}

/// Reverses the operation.
pub async fn reverse(
    shell: Shell,
    path: web::Path<(String, String)>,
    form: CheckedForm<Form>,
    (engine, database): (web::Data<Engine>, web::Data<Database>),
    limit: web::Data<AdjustCeiling>,
) -> Result<HttpResponse, AdminError> {
    let (wallet, operation) = path.into_inner();
    let place = (path::wallet(&wallet)?, path::number(&operation)?);
    let (id, seq) = place;
    let lang = shell.lang;
    let CheckedForm(mut form) = form;
    let Some((submission, amount)) = form.check() else {
        let summary = Summary::now(&database, id, lang).await.ok();
        let page = OperationPage::of(&shell, place, form);
        let page = page.with(summary.and_then(Result::ok));
        return page.refused(None, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let (row, summary) = match read(&database, place, amount, lang).await {
        Ok(Some(found)) => found,
        Ok(None) => return Err(AdminError::NotFound),
        Err(error) => return unread(&shell, place, form, &error),
    };
    let taken = FormAmount {
        staff_id: shell.staff.id,
        wallet: id,
        form: submission.key,
        amount,
    };
    let ceiling = ceiling::of(&limit);
    match Stage::of(&form.confirmed, &form.edit) {
        Stage::Ask => {
            return match ceiling::exceeded(&shell, &taken, ceiling, &database).await {
                Ok(Some(_)) => {
                    let page = OperationPage::of(&shell, place, form).with(Some(summary));
                    page.refused(Some(above(lang)), StatusCode::CONFLICT)
                }
                Ok(None) => {
                    let asked = question((&row, amount), form, summary, place, lang);
                    confirmation::page(&shell, id, asked)
                }
                Err(error) => unread(&shell, place, form, &error),
            };
        }
        Stage::Edit => {
            let page = OperationPage::of(&shell, place, form).with(Some(summary));
            return page.refused(None, StatusCode::OK);
        }
        Stage::Confirmed => {}
    }
    let entry = submission.entry(&shell.staff, Action::Reversal, id);
    let entry = entry.with("operation", seq).with("amount", amount);
    let is_reserved = match database.amount_reserve(&taken, ceiling, &entry).await {
        Ok(Reserved::Held) => true,
        Ok(Reserved::NotNeeded) => false,
        Ok(Reserved::Above) => {
            let page = OperationPage::of(&shell, place, form).with(Some(summary));
            return page.refused(Some(above(lang)), StatusCode::CONFLICT);
        }
        Ok(Reserved::MayNot) => return Err(AdminError::Status(StatusCode::FORBIDDEN)),
        Err(error) => return unread(&shell, place, form, &error),
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
            let balance = format::money(receipt.balance, lang);
            let message = FlashMessage::done(text!(lang, "reversal-done", balance = balance));
            // The ledger on the next page shows the reversal in any case.
            Ok(shell.redirect_anyway(&path::page_of(id), message).await)
        }
        Err(error) => {
            let attempt = Attempt {
                wallet: id,
                is_between: row.transfer.is_some(),
                is_new: form.again.is_empty(),
                lang,
            };
            let refusal = Refusal::of(&error, attempt);
            let is_final = refusal.as_ref().map_or(true, |refusal| !refusal.unknown);
            if is_reserved && is_final {
                apply::release(&taken, &database).await;
            }
            let refusal = refusal?;
            submission::settle(&mut form.key, &mut form.again, &refusal);
            let page = OperationPage::of(&shell, place, form).with(Some(summary));
            page.refused(Some(refusal.text), refusal.status)
        }
    }
}

/// Returns the operation.
async fn find(
    database: &Database,
    id: WalletId,
    seq: i64,
) -> Result<Option<LedgerRow>, StorageError> {
    let rows = database.wallet_ledger(id, seq.checked_add(1), 1).await?;
    Ok(rows.rows.into_iter().find(|row| row.seq == seq))
}

/// Returns the operation, and what its reversal does; `None` if it does not exist.
async fn read(
    database: &Database,
    (id, seq): (WalletId, i64),
    amount: Amount,
    lang: Lang,
) -> Result<Option<(LedgerRow, Summary)>, StorageError> {
    let Some(row) = find(database, id, seq).await? else {
        return Ok(None);
    };
    let reversed_by = OperationKind::parse(&row.kind).and_then(OperationKind::reversed_by);
    let sign = reversed_by.map_or(Sign::Zero, OperationKind::balance_sign);
    let other = row.transfer.map(|transfer| transfer.other_wallet);
    let summary = Summary::after(database, (id, Effect { sign, amount }), other, lang).await?;
    Ok(summary.ok().map(|summary| (row, summary)))
}

/// What is asked before it is reversed.
fn question(
    (row, amount): (&LedgerRow, Amount),
    form: Form,
    summary: Summary,
    (id, seq): (WalletId, i64),
    lang: Lang,
) -> Question {
    let money = |amount: Amount| format::money(amount, lang);
    let kind = kinds::kind_name(&row.kind, lang);
    let operation = format!(
        "{kind}, {} ({})",
        money(row.amount),
        format::time(row.created_at)
    );
    Question {
        title: text!(lang, "reversal-form").to_owned(),
        facts: vec![
            (text!(lang, "wallets-row"), format::count(seq)),
            (text!(lang, "wallets-kind"), operation),
            (text!(lang, "reversal-reverse"), money(amount)),
            (text!(lang, "panel-reason"), form.reason.clone()),
        ],
        summary,
        note: None,
        action: path::reversal_of(id, seq),
        fields: vec![
            ("key", form.key),
            ("again", form.again),
            ("amount", form.amount),
            ("reason", form.reason),
        ],
        button: text!(lang, "confirm-button"),
    }
}

fn above(lang: Lang) -> String {
    text!(lang, "approvals-reversal-above").to_owned()
}

/// The answer where the database does not say what a form is about. Its key stays.
fn unread(
    shell: &Shell,
    place: (WalletId, i64),
    form: Form,
    error: &StorageError,
) -> Result<HttpResponse, AdminError> {
    warn!(wallet.id = %place.0, error = %chain(error), "operation not reversed");
    let text = submission::unread(&form.again, shell.lang).to_owned();
    let page = OperationPage::of(shell, place, form);
    page.refused(Some(text), StatusCode::SERVICE_UNAVAILABLE)
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
    fn of(shell: &Shell, (id, seq): (WalletId, i64), form: Form) -> Self {
        let number = format::count(seq);
        Self {
            page: shell.page(text!(shell.lang, "reversal-title", number = number)),
            lang: shell.lang,
            id,
            seq,
            form,
            refusal: None,
            row: None,
            summary: None,
        }
    }

    fn with(self, summary: Option<Summary>) -> Self {
        Self { summary, ..self }
    }

    fn refused(
        self,
        refusal: Option<String>,
        status: StatusCode,
    ) -> Result<HttpResponse, AdminError> {
        html_with(status, &Self { refusal, ..self })
    }

    /// What is not known may be tried.
    fn can_be_reversed(&self) -> bool {
        let row = self.row.as_ref();
        row.is_none_or(|row| row.reversible().is_some())
    }
}
