//! `POST /admin/wallets/{wallet}/adjustment/`: a deposit or a withdrawal by staff, with its reason.
//!
//! 1. The form is read, and refused with all its mistakes at once.
//! 2. The adjustment is recorded with its reason (`storage::admin::adjustments`).
//! 3. The engine applies the operation, under a key that came with the form. So a form that is sent twice is carried out
//!    once, and one whose outcome is not known can be sent again.
//! 4. Done: back to the wallet's page. Refused: the form again, with the reason why and all that was typed.
//!
//! A form that was refused for good gets a new key: what is sent next is another adjustment. Only one whose outcome is not
//! known keeps its own; also when it is sent again and there is no room for it, since the first one may still happen.
//!
//! Until it is carried out, the wallet's page offers an adjustment under its key to who asked for it: a form may be
//! lost, with a browser or with the session that it was made in.
//!
//! Its key has a form that no client of the API can send ([`IdempotencyKey::of_adjustment`](crate::domain::IdempotencyKey)),
//! so nobody can carry out, or pass off as carried out, what staff only asked for. A key like `staff-...` from a client is
//! one like any other.

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

/// The form as it came, or as it is shown.
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

/// What is wrong with each field, in words.
#[derive(Debug, Default)]
pub struct Mistakes {
    pub kind: Option<Id>,
    pub amount: Option<Id>,
    pub reason: Option<Id>,
}

/// Why an adjustment was not carried out.
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

/// The form by itself, for whoever reloads the page of a refusal.
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
            warn!(wallet.id = %id, error = %chain(&error), "an adjustment was not recorded");
            // Under its own key: it may be one that was sent before and may still happen.
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
    match applied(&adjustment, &engine, &database).await {
        Ok(receipt) => {
            info!(wallet.id = %id, staff.id = shell.staff.id, key = %key, "an adjustment was carried out");
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

/// Records the adjustment, and has the engine carry it out.
async fn applied(
    adjustment: &Adjustment,
    engine: &Engine,
    database: &Database,
) -> Result<Receipt, Refusal> {
    let recorded = database.adjustment_insert(adjustment).await;
    let is_new = match recorded {
        Ok(AdjustmentRecorded::New) => true,
        Ok(AdjustmentRecorded::Before) => false,
        Ok(AdjustmentRecorded::Other) => {
            return Err(Refusal::for_good(
                id!("wallets-key-reused"),
                StatusCode::CONFLICT,
            ));
        }
        Err(error) => {
            warn!(wallet.id = %adjustment.wallet, error = %chain(&error), "an adjustment was not recorded");
            // Under its own key: it may be recorded all the same.
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
    fn for_good(text: Id, status: StatusCode) -> Self {
        Self {
            text,
            status,
            unknown: false,
        }
    }

    /// Why the engine did not do it. What was asked for before (`is_new` is false) may still happen, whatever is said of
    /// asking again.
    fn of(error: &EngineError, is_new: bool, wallet: WalletId) -> Self {
        match error {
            EngineError::Refused(OperationRefused::InsufficientFunds) => {
                Self::for_good(id!("wallets-insufficient-funds"), StatusCode::CONFLICT)
            }
            EngineError::Refused(OperationRefused::BalanceLimit) => {
                Self::for_good(id!("wallets-balance-limit"), StatusCode::CONFLICT)
            }
            EngineError::Overloaded(_) if is_new => {
                Self::for_good(id!("wallets-overloaded"), StatusCode::SERVICE_UNAVAILABLE)
            }
            EngineError::Stopping if is_new => {
                Self::for_good(id!("wallets-stopping"), StatusCode::SERVICE_UNAVAILABLE)
            }
            EngineError::NotDone(error) if is_new => {
                warn!(wallet.id = %wallet, error = %chain(&**error), "an adjustment was not carried out");
                Self::for_good(id!("wallets-unreachable"), StatusCode::SERVICE_UNAVAILABLE)
            }
            EngineError::KeyReused => {
                Self::for_good(id!("wallets-key-reused"), StatusCode::CONFLICT)
            }
            error => {
                warn!(wallet.id = %wallet, error = %chain(error), "an adjustment's outcome is not known");
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
    /// An empty one, that can be carried out once.
    pub fn fresh() -> Self {
        Self {
            key: Uuid::new_v4().to_string(),
            ..Self::default()
        }
    }

    /// The key and the operation; `None` if there are mistakes, which are noted then. The reason is made tidy: whatever
    /// white space it has becomes single spaces.
    fn check(&mut self) -> Option<(Uuid, Operation)> {
        self.reason = self.reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let kind = OperationKind::parse_requestable(&self.kind);
        let amount = money::amount(&self.amount);
        self.mistakes = Mistakes {
            kind: kind.is_none().then_some(id!("wallets-kind-missing")),
            amount: amount.err().map(amount_mistake),
            reason: reason_mistake(&self.reason),
        };
        // Only somebody who wrote the form by hand has another key than ours.
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
    // Marks that turn the direction of a text show a reader another one than was written.
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
    fn every_mistake_is_told_at_once() {
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
