//! `POST /admin/wallets/{wallet}/adjustment/`: a deposit, a withdrawal or a transfer to another wallet by staff, with its
//! reason.
//!
//! 1. The form is checked ([`form`](super::form)), and all its mistakes are reported together.
//! 2. The adjustment is recorded with its reason (`storage::admin::adjustments`).
//! 3. The engine applies it under the form's key, as a linked set of one step. So a form that is sent twice is applied once, and one whose
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
use uuid::Uuid;

use super::form::Form;
use super::path;
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html_with};
use crate::admin::safe_redirect::see_other;
use crate::domain::linked::{LinkedSet, Step};
use crate::domain::{Balance, OperationRefused, OperationRequest, WalletId};
use crate::engine::{Engine, EngineError, LinkedError};
use crate::messages::{Id, Lang, id, text};
use crate::storage::admin::{Adjustment, AdjustmentRecorded};
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// Why an adjustment was not applied.
struct Refusal {
    text: Id,
    status: StatusCode,
    /// The operation may have happened, or may still happen.
    unknown: bool,
}

#[derive(Template)]
#[template(path = "wallets/adjustment.html")]
struct AdjustmentPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    form: Form,
    refusal: Option<Id>,
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
            return form_page(&shell, id, form, Some(id!("wallets-not-recorded")), status);
        }
    }
    let adjustment = Adjustment {
        wallet: id,
        id: key,
        staff_id: shell.staff.id,
        movement,
        reason: form.reason.clone(),
    };
    match apply(&adjustment, &engine, &database).await {
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
                form.key = Uuid::new_v4().to_string();
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
) -> Result<Balance, Refusal> {
    let recorded = database.adjustment_insert(adjustment).await;
    let is_new = match recorded {
        Ok(AdjustmentRecorded::New) => true,
        Ok(AdjustmentRecorded::Before) => false,
        Ok(AdjustmentRecorded::Other) => {
            return Err(Refusal::final_refusal(
                id!("wallets-key-reused"),
                StatusCode::CONFLICT,
            ));
        }
        Err(error) => {
            warn!(wallet.id = %adjustment.wallet, error = %chain(&error), "could not record an adjustment");
            // The key stays: the adjustment may be recorded all the same.
            return Err(Refusal {
                text: id!("wallets-not-recorded"),
                status: StatusCode::SERVICE_UNAVAILABLE,
                unknown: true,
            });
        }
    };
    let step = Step {
        wallet: adjustment.wallet,
        request: OperationRequest {
            key: Some(adjustment.key()),
            ..adjustment.movement.clone().into()
        },
    };
    let set = LinkedSet::new(vec![step]).map_err(|_| {
        Refusal::final_refusal(
            id!("wallets-receiver-same"),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
    })?;
    let receipt = engine.apply_linked(set).await.and_then(|receipts| {
        let none = LinkedError::Engine(EngineError::OperationNotFound);
        receipts.into_iter().next().ok_or(none)
    });
    receipt
        .map(|receipt| receipt.balance)
        .map_err(|error| Refusal::of(&error, is_new, adjustment))
}

fn form_page(
    shell: &Shell,
    id: WalletId,
    form: Form,
    refusal: Option<Id>,
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

impl Refusal {
    fn final_refusal(text: Id, status: StatusCode) -> Self {
        Self {
            text,
            status,
            unknown: false,
        }
    }

    /// Maps the engine's error. A retry (`is_new` is false) leaves the outcome of the first attempt unknown.
    fn of(error: &LinkedError, is_new: bool, adjustment: &Adjustment) -> Self {
        let wallet = adjustment.wallet;
        match error {
            LinkedError::Refused(refused) => {
                let text = match refused.reason {
                    OperationRefused::InsufficientFunds => id!("wallets-insufficient-funds"),
                    // A transfer takes from its own wallet.
                    OperationRefused::BalanceLimit if adjustment.movement.other().is_some() => {
                        id!("wallets-receiver-limit")
                    }
                    OperationRefused::BalanceLimit => id!("wallets-balance-limit"),
                    OperationRefused::Frozen => id!("wallet-frozen"),
                    OperationRefused::Closed => id!("wallet-closed"),
                    OperationRefused::LimitExceeded { .. } => id!("limit-exceeded"),
                    // No adjustment concerns a hold, an earlier operation or a rule.
                    _ => id!("unavailable"),
                };
                Self::final_refusal(text, StatusCode::CONFLICT)
            }
            LinkedError::KeyReused(_) => {
                Self::final_refusal(id!("wallets-key-reused"), StatusCode::CONFLICT)
            }
            LinkedError::Engine(EngineError::Overloaded(_)) if is_new => {
                Self::final_refusal(id!("wallets-overloaded"), StatusCode::SERVICE_UNAVAILABLE)
            }
            LinkedError::Engine(EngineError::Stopping) if is_new => {
                Self::final_refusal(id!("wallets-stopping"), StatusCode::SERVICE_UNAVAILABLE)
            }
            LinkedError::Engine(EngineError::NotDone(error)) if is_new => {
                warn!(wallet.id = %wallet, error = %chain(&**error), "adjustment not applied");
                Self::final_refusal(id!("wallets-unreachable"), StatusCode::SERVICE_UNAVAILABLE)
            }
            error => {
                warn!(wallet.id = %wallet, error = %chain(error), "outcome of an adjustment unknown");
                Self {
                    text: id!("wallets-outcome-unknown"),
                    status: StatusCode::SERVICE_UNAVAILABLE,
                    unknown: true,
                }
            }
        }
    }
}
