//! The names of what the journal has.

use crate::domain::staff_journal::Action;
use crate::messages::{Id, id};

/// The name of an action.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "called by templates")]
pub fn action(action: &Action) -> Id {
    match action {
        Action::SignIn => id!("journal-sign-in"),
        Action::SignInRefused => id!("journal-sign-in-refused"),
        Action::SignOut => id!("journal-sign-out"),
        Action::SessionEnded => id!("journal-session-ended"),
        Action::SecondFactorOn => id!("journal-second-factor-on"),
        Action::SecondFactorOff => id!("journal-second-factor-off"),
        Action::SecondFactorReset => id!("journal-second-factor-reset"),
        Action::RecoveryCodesMade => id!("journal-recovery-codes-made"),
        Action::RecoveryCodeUsed => id!("journal-recovery-code-used"),
        Action::Adjustment => id!("journal-adjustment"),
        Action::AdjustmentProposed => id!("journal-adjustment-proposed"),
        Action::AdjustmentApproved => id!("journal-adjustment-approved"),
        Action::AdjustmentDeclined => id!("journal-adjustment-declined"),
        Action::AdjustmentWithdrawn => id!("journal-adjustment-withdrawn"),
        Action::Reversal => id!("journal-reversal"),
        Action::HoldVoided => id!("journal-hold-voided"),
        Action::Rules => id!("journal-rules"),
        Action::UserEdited => id!("journal-user-edited"),
        Action::StaffMade => id!("journal-staff-made"),
        Action::PasswordSet => id!("journal-password-set"),
        Action::TokensEnded => id!("journal-tokens-ended"),
        Action::KeyMade => id!("journal-key-made"),
        Action::KeyRotated => id!("journal-key-rotated"),
        Action::KeyRevoked => id!("journal-key-revoked"),
        Action::WebhookMade => id!("journal-webhook-made"),
        Action::WebhookChanged => id!("journal-webhook-changed"),
        Action::WebhookRotated => id!("journal-webhook-rotated"),
        Action::WebhookReplayed => id!("journal-webhook-replayed"),
        Action::WebhookDeleted => id!("journal-webhook-deleted"),
        Action::EventSentAgain => id!("journal-event-sent-again"),
        Action::Audit => id!("journal-audit"),
        Action::Export => id!("journal-export"),
    }
}

/// The name of a kind of subjects; `None`: of a later version.
pub fn subject(kind: &str) -> Option<Id> {
    Some(match kind {
        "user" => id!("journal-subject-user"),
        "wallet" => id!("journal-subject-wallet"),
        "key" => id!("journal-subject-key"),
        "webhook" => id!("journal-subject-webhook"),
        _ => return None,
    })
}

/// The name of a detail; `None`: of one that has none.
pub fn detail(name: &str) -> Option<Id> {
    Some(match name {
        "amount" => id!("journal-detail-amount"),
        "to" => id!("journal-detail-to"),
        "kind" => id!("journal-detail-kind"),
        "operation" => id!("journal-detail-operation"),
        "hold" => id!("journal-detail-hold"),
        "reason" => id!("journal-detail-reason"),
        "name" => id!("journal-detail-name"),
        "scopes" => id!("journal-detail-scopes"),
        "wallets" => id!("journal-detail-wallets"),
        "url" => id!("journal-detail-url"),
        "enabled" => id!("journal-detail-enabled"),
        "after" => id!("journal-detail-after"),
        "event" => id!("journal-detail-event"),
        "what" => id!("journal-detail-what"),
        "period" => id!("journal-detail-period"),
        "email_old" => id!("journal-detail-email-old"),
        "email_new" => id!("journal-detail-email-new"),
        "active" => id!("journal-detail-active"),
        "role" => id!("journal-detail-role"),
        "role_old" => id!("journal-detail-role-old"),
        "role_new" => id!("journal-detail-role-new"),
        "rules" => id!("journal-detail-rules"),
        "balance" => id!("journal-detail-balance"),
        "filters" => id!("journal-detail-filters"),
        _ => return None,
    })
}
