//! The deliveries of webhooks, as the settings say.

use std::sync::Arc;

use crate::api;
use crate::config::WebhookConfig;
use crate::events::Feed;
use crate::events::webhooks::{Deliverer, Guard};
use crate::storage::Database;

/// Which addresses webhooks may have.
pub(super) fn guard(config: WebhookConfig) -> Guard {
    if config.allow_private {
        Guard::Any
    } else {
        Guard::PublicOnly
    }
}

/// Begins to deliver what the database has.
pub(super) fn start(config: WebhookConfig, feed: &Feed, database: &Database) -> Deliverer {
    let deliveries = Arc::new(database.clone());
    Deliverer::start(feed.clone(), deliveries, guard(config), api::webhook_data)
}
