//! One attempt to deliver an event.

use std::sync::Arc;

use tokio::sync::watch;

use super::destination::Destination;
use super::lease::Lease;
use super::message;
use super::outcome::{Failure, Outcome};
use super::sender::Message;
use super::shared::Shared;
use super::signature::signatures;
use crate::domain::WalletId;
use crate::events::Event;

/// An attempt to be made.
pub(super) struct Attempt {
    /// Whose lane the event is in.
    pub wallet: WalletId,
    pub event: Arc<Event>,
    pub lease: watch::Receiver<Lease>,
}

/// What became of it.
pub(super) struct Attempted {
    pub wallet: WalletId,
    pub event: Arc<Event>,
    pub outcome: Outcome,
}

impl Attempt {
    /// Makes it, once there is room among those of all webhooks.
    pub async fn make(self, shared: Arc<Shared>) -> Attempted {
        let outcome = match shared.in_flight.acquire().await {
            Ok(_permit) => self.send(&shared).await,
            Err(_) => Outcome::Failed(Failure::Connect), // It is never closed.
        };
        shared.metrics.attempted(outcome);
        Attempted {
            wallet: self.wallet,
            event: self.event,
            outcome,
        }
    }

    async fn send(&self, shared: &Shared) -> Outcome {
        let lease = self.lease.borrow().clone();
        let Ok(destination) = Destination::parse(&lease.leased.url, shared.guard) else {
            return Outcome::Failed(Failure::Url);
        };
        // By the database's clock, which all engines share.
        let now = lease.now();
        let happened = message::happened_at(&self.event).unwrap_or(now);
        let Ok(body) = message::body(&self.event, happened, shared.render) else {
            return Outcome::Failed(Failure::TooLarge);
        };
        let id = message::id(&self.event);
        let timestamp = now.unix_timestamp();
        let signatures = signatures(&lease.leased.secrets, &id, timestamp, &body);
        let message = Message {
            id,
            timestamp,
            signatures,
            body,
        };
        shared.sender.send(&destination, message).await
    }
}
