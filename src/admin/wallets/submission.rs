//! What a form of staff asks of the engine: once, under the form's key, with a reason and who sent it.
//!
//! The ledger has both in the row itself, so nothing but an entry of the journal is recorded beforehand, unlike an adjustment's. A
//! form that is sent twice is applied once. One whose outcome is unknown keeps its key, and says so when it is sent again (`again`).

use std::sync::Arc;

use uuid::Uuid;

use super::refusal::Refusal;
use crate::admin::session::Staff;
use crate::domain::staff_journal::{Action, StaffAction, Subject};
use crate::domain::{IdempotencyKey, Movement, OperationRequest, Principal, UserId, WalletId};
use crate::messages::{Id, Lang, id, text};

/// Characters of a reason.
const REASON_MIN: usize = 3;
const REASON_MAX: usize = 500;

/// A form without mistakes.
pub struct Submission {
    pub key: Uuid,
    pub reason: String,
}

impl Submission {
    /// Returns the request of the movement by this member of the staff.
    pub fn request(&self, movement: Movement, staff_id: i64) -> OperationRequest {
        OperationRequest {
            key: Some(self.key()),
            reason: Some(self.reason()),
            principal: Some(Principal::staff(UserId(staff_id))),
            ..movement.into()
        }
    }

    /// Returns the key that makes it happen once.
    pub fn key(&self) -> IdempotencyKey {
        IdempotencyKey::of_adjustment(self.key)
    }

    /// Returns the entry of the journal, which is written before the engine is asked.
    pub fn entry(&self, by: &Staff, action: Action, wallet: WalletId) -> StaffAction {
        let entry = by.did(action).to(Subject::Wallet(wallet));
        entry.under(self.key).with("reason", &self.reason)
    }

    /// Returns why, for the ledger.
    pub fn reason(&self) -> Arc<str> {
        self.reason.as_str().into()
    }
}

/// Returns a new key.
pub fn fresh_key() -> String {
    Uuid::new_v4().to_string()
}

/// Reads the key; a text that is none, which only a form written by hand has, becomes a new one.
pub fn key(text: &mut String) -> Option<Uuid> {
    let key = Uuid::try_parse(text).ok();
    if key.is_none() {
        *text = fresh_key();
    }
    key
}

/// Prepares a form that was refused for another attempt: under another key, unless the first one may still happen.
pub fn settle(key: &mut String, again: &mut String, refusal: &Refusal) {
    if refusal.unknown {
        "1".clone_into(again);
    } else {
        *key = fresh_key();
        again.clear();
    }
}

/// What is said where the database does not say what a form is about: the engine was not asked, but may have been before.
pub fn unread(again: &str, lang: Lang) -> &'static str {
    if again.is_empty() {
        text!(lang, "wallets-unreachable")
    } else {
        text!(lang, "wallets-outcome-unknown")
    }
}

/// Makes white space in the reason single spaces, and returns what is wrong with it.
pub fn reason_mistake(reason: &mut String) -> Option<Id> {
    *reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    // Marks that change the direction of a text make it look like another one.
    let odd =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match reason.chars().count() {
        ..REASON_MIN => Some(id!("wallets-reason-short")),
        REASON_MIN..=REASON_MAX => reason.chars().any(odd).then_some(id!("wallets-reason-odd")),
        _ => Some(id!("wallets-reason-long")),
    }
}
