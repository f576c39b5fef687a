//! Webhooks: events that are delivered, signed, to other systems.
//!
//! `webhook` has what one is, and `store` where they are.

mod store;
mod webhook;

pub use store::{Cause, Changed, Request, Store, StoreError, WebhookReach};
pub use webhook::{
    Changes, NewWebhook, Progress, SetAside, WEBHOOKS_MAX, Webhook, WebhookId, WebhookState,
};
