//! What the deliverer stores, as a trait: `storage` implements it on PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use uuid::Uuid;

use super::outcome::{Outcome, Reason};
use super::secret::WebhookSecret;
use super::store::Cause;
use super::webhook::WebhookId;
use crate::domain::WalletId;
use crate::events::{Cursor, Event};

/// Events of a webhook that are set aside when it is disabled. Those that were under way then may come on top.
pub const SET_ASIDE_MAX: i64 = 10_000;

/// A webhook that this engine delivers for until the lease's time is over.
#[derive(Clone, Debug)]
pub struct Leased {
    pub id: WebhookId,
    pub url: String,
    /// Each of them signs: during a rotation there are two.
    pub secrets: Vec<WebhookSecret>,
    /// Only events of these types; `None`: all.
    pub types: Option<Vec<String>>,
    /// Only events of this wallet.
    pub wallet: Option<WalletId>,
    /// Everything up to here is delivered, or of a wallet that waits.
    pub after: Cursor,
    /// Rises with every change of the webhook: after one, it is read again.
    pub version: i64,
    /// When it was made, enabled or replayed: the time that an event has to be delivered in begins no earlier.
    pub since: OffsetDateTime,
    /// Events that were given up are to be sent again.
    pub has_again: bool,
    /// The database's clock.
    pub now: OffsetDateTime,
}

impl Leased {
    /// Whether the event is of a type that it is for.
    pub(super) fn wants(&self, event: &Event) -> bool {
        let types = self.types.as_ref();
        types.is_none_or(|types| types.iter().any(|name| name == event.type_name()))
    }
}

/// A wallet that is held back, since a delivery failed.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub wallet: WalletId,
    /// Right before the event that failed.
    pub after: Cursor,
    /// How often it has failed.
    pub failures: u32,
    /// The time until its next attempt.
    pub due_in: Duration,
    /// When it failed first.
    pub failed_at: OffsetDateTime,
    /// Why the last attempt failed.
    pub reason: Reason,
}

/// An event that is attempted no more.
#[derive(Clone, Debug)]
pub struct GivenUp {
    pub event: Arc<Event>,
    pub failures: u32,
    pub outcome: Outcome,
}

/// What has changed since it was last recorded, all at once.
#[derive(Clone, Debug)]
pub struct Record {
    /// What was recorded before. Where something else is stored, the webhook was replayed.
    pub expected: Cursor,
    pub after: Cursor,
    pub has_delivered: bool,
    /// The last failure.
    pub failure: Option<Outcome>,
    /// Wallets that wait, as they are now.
    pub waiting: Vec<Waiting>,
    /// Wallets that wait no longer.
    pub released: Vec<WalletId>,
    pub given_up: Vec<GivenUp>,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    Done,
    /// It was recorded, and as many events are set aside as may be ([`SET_ASIDE_MAX`]): the webhook is disabled.
    Full,
    /// The lease is another engine's, or the webhook was deleted or replayed: nothing was recorded.
    Lost,
}

/// An event that was given up, and is to be sent once more.
#[derive(Clone, Debug)]
pub struct Again {
    pub id: i64,
    /// `None`: it is of no wallet.
    pub wallet: Option<WalletId>,
    /// Right after it.
    pub cursor: Cursor,
}

/// Where webhooks and their state are.
///
/// An engine is named by a number of its own, drawn at its start. All times are the database's, so that engines whose clocks differ
/// agree on leases.
pub trait Deliveries: Send + Sync + 'static {
    /// Takes leases that are free, renews this engine's own, and returns all that it has, for as long as `lasts` from now.
    fn lease(&self, engine: Uuid, lasts: Duration) -> BoxFuture<'_, Result<Vec<Leased>, Cause>>;

    /// Gives this engine's leases back, so that another engine goes on at once.
    fn give_back(&self, engine: Uuid) -> BoxFuture<'_, Result<(), Cause>>;

    /// Returns the wallets of a webhook that wait.
    fn waiting(&self, webhook: WebhookId) -> BoxFuture<'_, Result<Vec<Waiting>, Cause>>;

    /// Records progress, if this engine still has the lease, and the webhook was neither replayed nor enabled after `since`: then it
    /// begins at another place, which may look like the one before.
    fn record<'a>(
        &'a self,
        engine: Uuid,
        webhook: WebhookId,
        since: OffsetDateTime,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<Recording, Cause>>;

    /// Disables a webhook whose receiver is gone, if this engine has its lease.
    fn disable(&self, engine: Uuid, webhook: WebhookId) -> BoxFuture<'_, Result<(), Cause>>;

    /// Returns events that were given up and are to be sent again, at most `max`.
    fn again(&self, webhook: WebhookId, max: i64) -> BoxFuture<'_, Result<Vec<Again>, Cause>>;

    /// Records what became of one: it is removed if it was delivered, and otherwise stays given up.
    fn sent_again(
        &self,
        webhook: WebhookId,
        given_up: i64,
        outcome: Outcome,
    ) -> BoxFuture<'_, Result<(), Cause>>;
}
