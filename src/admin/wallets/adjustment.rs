//! `POST /admin/wallets/{wallet}/adjustment/`: a deposit, a withdrawal or a transfer to another wallet by staff, with its
//! reason.
//!
//! 1. The form is checked ([`form`](super::form)), and all its mistakes are reported together.
//! 2. The adjustment is recorded with its reason (`storage::admin::adjustments`).
//! 3. The engine applies it under the form's key. So a form that is sent twice is applied once, and one whose
//!    outcome is unknown can be sent again.
//! 4. Then the browser is redirected to the wallet's page. After a refusal it gets the form again with everything entered.
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

use super::form::Form;
use super::refusal::{Attempt, Refusal};
use super::{path, submission};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html_with};
use crate::admin::safe_redirect::see_other;
use crate::domain::linked::Step;
use crate::domain::{Balance, OperationRequest, WalletId};
use crate::engine::Engine;
use crate::messages::{Lang, id, text};
use crate::storage::admin::{Adjustment, AdjustmentRecorded};
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

#[derive(Template)]
#[template(path = "wallets/adjustment.html")]
struct AdjustmentPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    form: Form,
    refusal: Option<String>,
}

/// The form by itself, for a reload of the page of a refusal.
pub async fn show(shell: Shell, wallet: web::Path<String>) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    form_page(&shell, id, Form::fresh(), None, StatusCode::OK)
}

pub async fn carry_out(
    shell: Shell,
    wallet: web::Path<String>,
    form: CheckedForm<Form>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let CheckedForm(mut form) = form;
    let Some((key, movement)) = form.check(id) else {
        return form_page(&shell, id, form, None, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let wallets = [Some(id), movement.other()].into_iter().flatten();
    match missing(&database, wallets).await {
        Ok(None) => {}
        Ok(Some(missing)) if missing == id => return Err(AdminError::NotFound),
        Ok(Some(_)) => {
            form.mistakes.to = Some(id!("wallets-receiver-unknown"));
            return form_page(&shell, id, form, None, StatusCode::UNPROCESSABLE_ENTITY);
        }
        Err(error) => {
            warn!(wallet.id = %id, error = %chain(&error), "could not record an adjustment");
            // The key stays: the form may be a retry of an adjustment that may still happen.
            let status = StatusCode::SERVICE_UNAVAILABLE;
            let text = text!(shell.lang, "wallets-not-recorded").to_owned();
            return form_page(&shell, id, form, Some(text), status);
        }
    }
    let adjustment = Adjustment {
        wallet: id,
        id: key,
        staff_id: shell.staff.id,
        movement,
        reason: form.reason.clone(),
    };
    match apply(&adjustment, &engine, &database, shell.lang).await? {
        Ok(balance) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, key = %key, "adjustment applied");
            let balance = format::money(balance.into(), shell.lang);
            let text = text!(shell.lang, "wallets-done", balance = balance);
            // The ledger on the next page shows the operation in any case.
            if let Err(error) = shell.flash(FlashMessage::done(text)).await {
                warn!(error = %chain(&error), "could not store the flash message of an adjustment");
            }
            Ok(see_other(&path::page_of(id)))
        }
        Err(refusal) => {
            if !refusal.unknown {
                form.key = submission::fresh_key();
            }
            form_page(&shell, id, form, Some(refusal.text), refusal.status)
        }
    }
}

/// Returns the first of the wallets that does not exist.
async fn missing(
    database: &Database,
    wallets: impl Iterator<Item = WalletId>,
) -> Result<Option<WalletId>, StorageError> {
    for wallet in wallets {
        if database.wallet_find(wallet).await?.is_none() {
            return Ok(Some(wallet));
        }
    }
    Ok(None)
}

/// Records the adjustment, and lets the engine apply it.
async fn apply(
    adjustment: &Adjustment,
    engine: &Engine,
    database: &Database,
    lang: Lang,
) -> Result<Result<Balance, Refusal>, AdminError> {
    let recorded = database.adjustment_insert(adjustment).await;
    let is_new = match recorded {
        Ok(AdjustmentRecorded::New) => true,
        Ok(AdjustmentRecorded::Before) => false,
        Ok(AdjustmentRecorded::Other) => {
            return Ok(Err(Refusal::final_refusal(
                text!(lang, "wallets-key-reused"),
                StatusCode::CONFLICT,
            )));
        }
        Err(error) => {
            warn!(wallet.id = %adjustment.wallet, error = %chain(&error), "could not record an adjustment");
            // The key stays: the adjustment may be recorded all the same.
            return Ok(Err(Refusal::unknown(text!(lang, "wallets-not-recorded"))));
        }
    };
    let step = Step {
        wallet: adjustment.wallet,
        request: OperationRequest {
            key: Some(adjustment.key()),
            ..adjustment.movement.clone().into()
        },
    };
    let attempt = Attempt {
        wallet: adjustment.wallet,
        is_between: adjustment.movement.other().is_some(),
        is_new,
        lang,
    };
    match engine.apply_step(step, engine.deadline()).await {
        Ok(receipt) => Ok(Ok(receipt.balance)),
        Err(error) => Refusal::of(&error, attempt).map(Err),
    }
}

fn form_page(
    shell: &Shell,
    id: WalletId,
    form: Form,
    refusal: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, AdminError> {
    let page = AdjustmentPage {
        page: shell.page(text!(shell.lang, "wallets-adjustment")),
        lang: shell.lang,
        id,
        form,
        refusal,
    };
    html_with(status, &page)
}
