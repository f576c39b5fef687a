//! Webhooks and events that were set aside, as responses show them.

use std::sync::LazyLock;

use serde::Serialize;
use serde_json::{Value, json};

use super::query::written;
use crate::events::type_names;
use crate::events::webhooks::{Progress, SetAside, Webhook, WebhookSecret, WebhookState};

/// A webhook, for examples.
pub const ID: &str = "5f0c0b6e-7a55-4a0b-8e0e-4a1b2c3d4e5f";
/// A secret, for examples.
pub const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
/// A place in the feed, for examples.
pub const CURSOR: &str =
    "00000001-5a5a5a5a-0000000000000007-47c6a9957685412c99fe4259db91f18f-0000000000000001";

static TYPES: LazyLock<Vec<&'static str>> = LazyLock::new(|| type_names().collect());

/// The types that events can have.
pub fn types() -> &'static [&'static str] {
    &TYPES
}

/// A webhook. Its schema, and those of the others, are in `openapi/webhooks.rs`.
#[derive(Serialize)]
pub struct WebhookBody {
    id: String,
    url: String,
    types: Option<Vec<String>>,
    wallet: Option<String>,
    enabled: bool,
    created_at: String,
    updated_at: String,
    old_secret_until: Option<String>,
}

/// A webhook with a secret that was just made.
#[derive(Serialize)]
pub struct MadeBody {
    #[serde(flatten)]
    webhook: WebhookBody,
    secret: Option<String>,
}

/// A webhook with its progress.
#[derive(Serialize)]
pub struct StateBody {
    #[serde(flatten)]
    webhook: WebhookBody,
    progress: ProgressBody,
}

/// How far a webhook's deliveries are.
#[derive(Serialize)]
struct ProgressBody {
    cursor: String,
    waiting: i64,
    set_aside: i64,
    last_success_at: Option<String>,
    last_failure_at: Option<String>,
    last_failure: Option<String>,
}

/// An event that was given up.
#[derive(Serialize)]
pub struct SetAsideBody {
    id: i64,
    cursor: String,
    r#type: String,
    wallet: Option<String>,
    operation: Option<i64>,
    set_aside_at: String,
    attempts: i32,
    last_status: Option<i32>,
    last_error: Option<String>,
    send_requested_at: Option<String>,
}

impl From<&Webhook> for WebhookBody {
    fn from(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url.clone(),
            types: webhook.types.clone(),
            wallet: webhook.wallet.map(|wallet| wallet.to_string()),
            enabled: webhook.is_enabled,
            created_at: written(webhook.created_at),
            updated_at: written(webhook.updated_at),
            old_secret_until: webhook.old_secret_until.map(written),
        }
    }
}

impl MadeBody {
    /// The webhook with its secret; without one, if that was shown before.
    pub fn new(webhook: &Webhook, secret: Option<&WebhookSecret>) -> Self {
        Self {
            webhook: webhook.into(),
            secret: secret.map(WebhookSecret::expose),
        }
    }
}

impl From<&WebhookState> for StateBody {
    fn from(state: &WebhookState) -> Self {
        Self {
            webhook: WebhookBody::from(&state.webhook),
            progress: ProgressBody::from(&state.progress),
        }
    }
}

impl From<&Progress> for ProgressBody {
    fn from(progress: &Progress) -> Self {
        Self {
            cursor: progress.cursor.clone(),
            waiting: progress.waiting,
            set_aside: progress.set_aside,
            last_success_at: progress.last_success_at.map(written),
            last_failure_at: progress.last_failure_at.map(written),
            last_failure: progress.last_failure.clone(),
        }
    }
}

impl From<&SetAside> for SetAsideBody {
    fn from(event: &SetAside) -> Self {
        Self {
            id: event.id,
            cursor: event.cursor.clone(),
            r#type: event.kind.clone(),
            wallet: event.wallet.map(|wallet| wallet.to_string()),
            operation: event.seq,
            set_aside_at: written(event.set_aside_at),
            attempts: event.attempts,
            last_status: event.last_status,
            last_error: event.last_error.clone(),
            send_requested_at: event.send_requested_at.map(written),
        }
    }
}

pub fn example() -> Value {
    json!({
        "id": ID,
        "url": "https://hooks.example.com/wallets",
        "types": ["operation.deposit"],
        "wallet": null,
        "enabled": true,
        "created_at": "2031-05-01T12:00:00.123456Z",
        "updated_at": "2031-05-01T12:00:00.123456Z",
        "old_secret_until": null,
    })
}

pub fn made_example() -> Value {
    let mut made = example();
    made["secret"] = json!(SECRET);
    made
}

pub fn state_example() -> Value {
    let mut state = example();
    state["progress"] = json!({
        "cursor": CURSOR,
        "waiting": 0,
        "set_aside": 0,
        "last_success_at": "2031-05-01T12:30:00.123456Z",
        "last_failure_at": null,
        "last_failure": null,
    });
    state
}

pub fn set_aside_example() -> Value {
    json!({
        "id": 3,
        "cursor": CURSOR,
        "type": "operation.deposit",
        "wallet": "47c6a995-7685-412c-99fe-4259db91f18f",
        "operation": 7,
        "set_aside_at": "2031-05-04T12:00:00.123456Z",
        "attempts": 40,
        "last_status": 500,
        "last_error": "the receiver answered 500",
        "send_requested_at": null,
    })
}
