//! What the deliveries of all webhooks share.

use std::sync::Arc;

use futures_util::future::{BoxFuture, pending};
use tokio::sync::{Notify, Semaphore};
use tracing::{info, warn};
use uuid::Uuid;

use super::deliveries::Deliveries;
use super::guard::Guard;
use super::message::Render;
use super::metrics::Metrics;
use super::sender::Sender;
use super::webhook::WebhookId;
use crate::events::Feed;
use crate::telemetry::chain;

/// See the fields.
pub(super) struct Shared {
    /// This engine's name in leases: another one after each start.
    pub engine: Uuid,
    pub feed: Feed,
    pub deliveries: Arc<dyn Deliveries>,
    pub sender: Sender,
    pub guard: Guard,
    pub render: Render,
    /// Limits the attempts of all webhooks at once.
    pub in_flight: Semaphore,
    /// A webhook's deliveries have ended.
    pub ended: Notify,
    pub metrics: Metrics,
}

impl Shared {
    /// Logs that a webhook was disabled with its last record.
    pub fn disabled_as_full(&self, webhook: WebhookId) {
        self.metrics.set(webhook, None);
        warn!(webhook.id = %webhook, "a webhook is disabled, as too many of its events are set aside");
    }

    /// Disables a webhook whose receiver answered 410.
    pub async fn disable(&self, webhook: WebhookId) {
        match self.deliveries.disable(self.engine, webhook).await {
            Ok(()) => {
                info!(webhook.id = %webhook, "a webhook is disabled, as its receiver answered 410");
            }
            Err(error) => {
                warn!(webhook.id = %webhook, error = %chain(&*error), "could not disable a webhook");
            }
        }
    }
}

/// Waits for the future; for ever, if there is none.
pub(super) async fn pending_or<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}

/// Whether a loop has more to do.
#[derive(PartialEq, Eq)]
pub(super) enum Step {
    On,
    End,
}
