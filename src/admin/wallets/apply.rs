//! What a form of staff has the engine do, and what it takes of its sender's ceiling.

use actix_web::http::StatusCode;
use tracing::warn;

use super::refusal::{Attempt, Refusal};
use crate::admin::error::AdminError;
use crate::admin::page::Shell;
use crate::domain::linked::Step;
use crate::domain::{Balance, OperationRequest};
use crate::engine::Engine;
use crate::messages::{Lang, text};
use crate::storage::Database;
use crate::storage::admin::{Adjustment, AdjustmentRecorded, FormAmount};
use crate::telemetry::chain;

/// What became of an adjustment.
pub enum Applied {
    /// With the balance after it.
    Done(Balance),
    /// It waits for a second person, as the proposal of this number.
    Proposed(i64),
    Refused(Refusal),
}

/// Records an adjustment, and lets the engine apply it, unless it is above its sender's ceiling.
pub async fn adjustment(
    adjustment: &Adjustment,
    ceiling: Balance,
    (engine, database): (&Engine, &Database),
    shell: &Shell,
) -> Result<Applied, AdminError> {
    let lang = shell.lang;
    let by = shell.staff.actor();
    let refused = |text: &str| {
        let refusal = Refusal::final_refusal(text, StatusCode::CONFLICT);
        Ok(Applied::Refused(refusal))
    };
    let recorded = database.adjustment_record(adjustment, ceiling, &by).await;
    let (is_new, is_reserved) = match recorded {
        Ok(AdjustmentRecorded::Recorded {
            is_new,
            is_reserved,
        }) => (is_new, is_reserved),
        Ok(AdjustmentRecorded::Proposed(proposal)) => return Ok(Applied::Proposed(proposal)),
        Ok(AdjustmentRecorded::Other) => return refused(text!(lang, "wallets-key-reused")),
        Ok(AdjustmentRecorded::TooManyWait) => return refused(text!(lang, "approvals-too-many")),
        Ok(AdjustmentRecorded::MayNot) => return Err(AdminError::Status(StatusCode::FORBIDDEN)),
        Err(error) => {
            warn!(wallet.id = %adjustment.wallet, error = %chain(&error), "could not record an adjustment");
            // The key stays: the adjustment may be recorded all the same.
            let refusal = Refusal::unknown(text!(lang, "wallets-not-recorded"));
            return Ok(Applied::Refused(refusal));
        }
    };
    let applied = recorded_adjustment(adjustment, is_new, engine, lang).await;
    let is_refused = match &applied {
        Ok(Applied::Refused(refusal)) => !refusal.unknown,
        Ok(Applied::Done(_) | Applied::Proposed(_)) => false,
        Err(_) => true,
    };
    if is_reserved && is_refused {
        release(&adjustment.form(), database).await;
    }
    applied
}

/// Lets the engine apply an adjustment that is recorded.
pub async fn recorded_adjustment(
    adjustment: &Adjustment,
    is_new: bool,
    engine: &Engine,
    lang: Lang,
) -> Result<Applied, AdminError> {
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
        Ok(receipt) => Ok(Applied::Done(receipt.balance)),
        Err(error) => Refusal::of(&error, attempt).map(Applied::Refused),
    }
}

/// Releases what an attempt took of its sender's ceiling, as it was finally refused. What cannot be released stays reserved for a day.
pub async fn release(form: &FormAmount, database: &Database) {
    if let Err(error) = database.amount_release(form).await {
        warn!(staff.id = form.staff_id, error = %chain(&error), "could not release an amount");
    }
}
