//! The addresses of the webhooks' pages.

use crate::admin::error::AdminError;
use crate::events::webhooks::{WebhookId, WebhookState, Webhooks};

pub const LIST: &str = "/admin/webhooks/";
pub const NEW: &str = "/admin/webhooks/new/";
pub const MAKE: &str = "/admin/webhooks/new/make/";

/// Returns the webhook that a path names.
pub async fn webhook(webhooks: &Webhooks, named: &str) -> Result<WebhookState, AdminError> {
    let id = WebhookId::parse(named).ok_or(AdminError::NotFound)?;
    let found = webhooks.store().find(id, None).await;
    found
        .map_err(AdminError::Webhooks)?
        .ok_or(AdminError::NotFound)
}

pub fn one_of(id: WebhookId) -> String {
    format!("{LIST}{id}/")
}

pub fn switch_of(id: WebhookId) -> String {
    format!("{LIST}{id}/switch/")
}

pub fn replay_of(id: WebhookId) -> String {
    format!("{LIST}{id}/replay/")
}

pub fn rotate_of(id: WebhookId) -> String {
    format!("{LIST}{id}/rotate/")
}

pub fn rotate_make_of(id: WebhookId) -> String {
    format!("{LIST}{id}/rotate/make/")
}

pub fn delete_of(id: WebhookId) -> String {
    format!("{LIST}{id}/delete/")
}

pub fn delete_confirm_of(id: WebhookId) -> String {
    format!("{LIST}{id}/delete/confirm/")
}

pub fn set_aside_of(id: WebhookId) -> String {
    format!("{LIST}{id}/set-aside/")
}

pub fn send_of(id: WebhookId) -> String {
    format!("{LIST}{id}/set-aside/send/")
}
