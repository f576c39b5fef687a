//! `POST /admin/wallets/{wallet}/adjustment/`: a deposit or a withdrawal by staff, with its reason.
//!
//! 1. The form is checked, and all its mistakes are reported together.
//! 2. The adjustment is recorded with its reason (`storage::admin::adjustments`).
//! 3. The engine applies the operation under the form's key. So a form that is sent twice is applied once, and one whose
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
use serde::Deserialize;
use tracing::{info, warn};
use uuid::Uuid;

use super::{money, path};
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html_with};
use crate::admin::safe_redirect::see_other;
use crate::domain::{
    AmountError, Operation, OperationKind, OperationRefused, OperationRequest, Receipt, WalletId,
};
use crate::engine::{Engine, EngineError};
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::{Adjustment, AdjustmentRecorded};
use crate::telemetry::chain;

/// Characters of a reason.
const REASON_MIN: usize = 3;
const REASON_MAX: usize = 500;

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub key: String,
    pub kind: String,
    pub amount: String,
    pub reason: String,
    #[serde(skip)]
    pub mistakes: Mistakes,
}

/// The mistakes, by field.
#[derive(Debug, Default)]
pub struct Mistakes {
    pub kind: Option<Id>,
    pub amount: Option<Id>,
    pub reason: Option<Id>,
}

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
    let Some((key, operation)) = form.check() else {
        return form_page(&shell, id, form, None, StatusCode::UNPROCESSABLE_ENTITY);
    };
    match database.wallet_find(id).await {
        Ok(Some(_)) => {}
        Ok(None) => return Err(AdminError::NotFound),
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
        operation,
        reason: form.reason.clone(),
    };
    match apply(&adjustment, &engine, &database).await {
        Ok(receipt) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, key = %key, "adjustment applied");
            let balance = format::money(receipt.balance.into(), shell.lang);
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

/// Records the adjustment, and lets the engine apply it.
async fn apply(
    adjustment: &Adjustment,
    engine: &Engine,
    database: &Database,
) -> Result<Receipt, Refusal> {
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
    let request = OperationRequest {
        operation: adjustment.operation,
        key: Some(adjustment.key()),
        reference: None,
    };
    let applied = engine.apply(adjustment.wallet, request).await;
    applied.map_err(|error| Refusal::of(&error, is_new, adjustment.wallet))
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
    fn of(error: &EngineError, is_new: bool, wallet: WalletId) -> Self {
        match error {
            EngineError::Refused(OperationRefused::InsufficientFunds) => {
                Self::final_refusal(id!("wallets-insufficient-funds"), StatusCode::CONFLICT)
            }
            EngineError::Refused(OperationRefused::BalanceLimit) => {
                Self::final_refusal(id!("wallets-balance-limit"), StatusCode::CONFLICT)
            }
            EngineError::Overloaded(_) if is_new => {
                Self::final_refusal(id!("wallets-overloaded"), StatusCode::SERVICE_UNAVAILABLE)
            }
            EngineError::Stopping if is_new => {
                Self::final_refusal(id!("wallets-stopping"), StatusCode::SERVICE_UNAVAILABLE)
            }
            EngineError::NotDone(error) if is_new => {
                warn!(wallet.id = %wallet, error = %chain(&**error), "adjustment not applied");
                Self::final_refusal(id!("wallets-unreachable"), StatusCode::SERVICE_UNAVAILABLE)
            }
            EngineError::KeyReused => {
                Self::final_refusal(id!("wallets-key-reused"), StatusCode::CONFLICT)
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

impl Form {
    /// Makes an empty form with a new key.
    pub fn fresh() -> Self {
        Self {
            key: Uuid::new_v4().to_string(),
            ..Self::default()
        }
    }

    /// Returns the key and the operation; `None` if there are mistakes, which the form then has. White space in the reason
    /// becomes single spaces.
    fn check(&mut self) -> Option<(Uuid, Operation)> {
        self.reason = self.reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let kind = OperationKind::parse_requestable(&self.kind);
        let amount = money::amount(&self.amount);
        self.mistakes = Mistakes {
            kind: kind.is_none().then_some(id!("wallets-kind-missing")),
            amount: amount.err().map(amount_mistake),
            reason: reason_mistake(&self.reason),
        };
        // Only a form written by hand has such a key.
        let key = Uuid::try_parse(&self.key).ok();
        if key.is_none() {
            self.key = Uuid::new_v4().to_string();
        }
        match (key, kind, amount, self.mistakes.reason) {
            (Some(key), Some(kind), Ok(amount), None) => Some((key, Operation { kind, amount })),
            _ => None,
        }
    }
}

fn amount_mistake(error: AmountError) -> Id {
    match error {
        AmountError::TextTooLong | AmountError::NotANumber => id!("wallets-amount-wrong"),
        AmountError::TooManyPlaces => id!("wallets-amount-places"),
        AmountError::TooManyDigits | AmountError::TooManyWholeDigits => id!("wallets-amount-large"),
        AmountError::NotPositive => id!("wallets-amount-zero"),
    }
}

fn reason_mistake(reason: &str) -> Option<Id> {
    // Marks that change the direction of a text make it look like another one.
    let odd =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match reason.chars().count() {
        ..REASON_MIN => Some(id!("wallets-reason-short")),
        REASON_MIN..=REASON_MAX => reason.chars().any(odd).then_some(id!("wallets-reason-odd")),
        _ => Some(id!("wallets-reason-long")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(kind: &str, amount: &str, reason: &str) -> (Form, bool) {
        let mut form = Form {
            kind: kind.to_owned(),
            amount: amount.to_owned(),
            reason: reason.to_owned(),
            ..Form::fresh()
        };
        let good = form.check().is_some();
        (form, good)
    }

    #[test]
    fn all_mistakes_are_reported_together() {
        let (form, good) = checked("", "0", " a ");
        assert!(!good);
        assert_eq!(form.mistakes.kind, Some(id!("wallets-kind-missing")));
        assert_eq!(form.mistakes.amount, Some(id!("wallets-amount-zero")));
        assert_eq!(form.mistakes.reason, Some(id!("wallets-reason-short")));
    }

    #[test]
    fn a_reason_is_3_to_500_characters_of_visible_text() {
        let longest = "ы".repeat(500);
        for reason in ["abc", " two\r\n lines\t", &longest] {
            assert!(checked("DEPOSIT", "1", reason).1, "{reason}");
        }
        assert_eq!(
            checked("DEPOSIT", "1", " two\r\n lines\t").0.reason,
            "two lines"
        );
        for (reason, mistake) in [
            (" ab ", id!("wallets-reason-short")),
            ("\u{3000}a\u{a0}", id!("wallets-reason-short")),
            ("bell \u{7}", id!("wallets-reason-odd")),
            ("turned \u{202e}txt", id!("wallets-reason-odd")),
            (&format!("{longest}x"), id!("wallets-reason-long")),
        ] {
            assert_eq!(
                checked("DEPOSIT", "1", reason).0.mistakes.reason,
                Some(mistake),
                "{reason:?}"
            );
        }
    }

    #[test]
    fn a_key_that_is_not_the_form_s_is_replaced_and_nothing_done() {
        let mut form = checked("DEPOSIT", "1", "because").0;
        form.key = "mine".to_owned();
        assert!(form.check().is_none());
        assert!(Uuid::try_parse(&form.key).is_ok());
    }
}
