//! Sends events once more that were given up, as someone asked for.
//!
//! They come out of order anyway, so each is one attempt, whatever waits of its wallet. One that fails stays given up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::warn;

use super::attempt::Attempt;
use super::deliveries::Again;
use super::lease::Lease;
use super::outcome::Outcome;
use super::shared::Shared;
use super::store::Cause;
use super::webhook::WebhookId;
use crate::domain::WalletId;
use crate::events::{Cursor, Event, Happened, Query};
use crate::telemetry::chain;

/// Events that are sent before it is asked again for which.
const EVENTS_MAX: i64 = 16;
/// The timeout of reading one.
const READ_MAX: Duration = Duration::from_secs(5);

/// Sends what was asked for, one event after the other.
pub(super) async fn send(shared: Arc<Shared>, webhook: WebhookId, lease: watch::Receiver<Lease>) {
    if let Err(error) = try_send(&shared, webhook, &lease).await {
        warn!(webhook.id = %webhook, error = %chain(&*error), "could not send events again; it is tried again");
    }
}

async fn try_send(
    shared: &Arc<Shared>,
    webhook: WebhookId,
    lease: &watch::Receiver<Lease>,
) -> Result<(), Cause> {
    for again in shared.deliveries.again(webhook, EVENTS_MAX).await? {
        let outcome = match event(shared, &again).await? {
            Some(event) => {
                let attempt = Attempt {
                    wallet: again.wallet.unwrap_or(WalletId(uuid::Uuid::nil())),
                    event: Arc::new(event),
                    lease: lease.clone(),
                };
                attempt.make(Arc::clone(shared)).await.outcome
            }
            // A failover or a restore has undone it: there is nothing to send.
            None => Outcome::Delivered,
        };
        let deliveries = &shared.deliveries;
        deliveries.sent_again(webhook, again.id, outcome).await?;
    }
    Ok(())
}

/// Reads the event; `None`: the feed does not have it any more.
async fn event(shared: &Shared, again: &Again) -> Result<Option<Event>, Cause> {
    let cursor = again.cursor;
    if again.wallet.is_none() {
        let happened = Happened::Rewound;
        return Ok(Some(Event { cursor, happened }));
    }
    let query = Query {
        // Right before it, as no other row is between.
        after: Cursor {
            seq: cursor.seq - 1,
            ..cursor
        },
        wallet: again.wallet,
        // The feed may say before it that it was rewound.
        limit: 2,
    };
    let page = shared.feed.page(query, Duration::ZERO, READ_MAX).await;
    let page = page.map_err(|error| -> Cause { Arc::new(error) })?;
    let mut events = page.events.into_iter();
    Ok(events.find(|event| {
        let found = event.cursor;
        (found.position, found.wallet, found.seq) == (cursor.position, cursor.wallet, cursor.seq)
    }))
}
