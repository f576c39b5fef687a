//! Where webhooks are, for those who make and change them, as a trait: `storage` implements it on PostgreSQL.
//!
//! A change under an idempotency key happens once: the key, the hash of the request and the row that was answered are stored in the
//! transaction of the change, for ever. Secrets are not part of what is stored with a key, so a repetition does not have one.

use std::error::Error;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::webhook::{Changes, NewWebhook, SetAside, Webhook, WebhookId, WebhookState};
use crate::domain::staff_journal::StaffAction;
use crate::domain::{IdempotencyKey, Principal, WalletId};

/// Why the store failed, for the log.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why the store did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was changed.
    #[error("the webhooks were not reached")]
    NotDone(#[source] Cause),
    /// It may have been changed.
    #[error("whether the webhooks were changed is not known")]
    Unknown(#[source] Cause),
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed<T> {
    Done(T),
    /// It was done before under the same key; this was answered then.
    Replayed(T),
    /// Another request was made under the key.
    KeyReused,
    /// No such webhook, or no such event that was set aside.
    NotFound,
    /// There are as many webhooks as there can be.
    Full,
}

/// Who asks for a change.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    pub principal: Option<&'a Principal>,
    pub reach: WebhookReach<'a>,
    /// With the hash of what is asked for.
    pub key: Option<(&'a IdempotencyKey, [u8; 32])>,
    /// What the journal of the staff has of it, if it is one of the staff who asks.
    pub entry: Option<&'a StaffAction>,
}

/// The wallets whose webhooks exist for a caller; `None`: all webhooks.
pub type WebhookReach<'a> = Option<&'a [WalletId]>;

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Where webhooks are.
pub trait Store: Send + Sync + 'static {
    /// Makes a webhook.
    fn create<'a>(
        &'a self,
        new: &'a NewWebhook<'a>,
        request: Request<'a>,
    ) -> Answer<'a, Changed<Webhook>>;

    /// Returns all webhooks within reach, oldest first.
    fn list<'a>(&'a self, reach: WebhookReach<'a>) -> Answer<'a, Vec<WebhookState>>;

    /// Returns a webhook.
    fn find<'a>(
        &'a self,
        id: WebhookId,
        reach: WebhookReach<'a>,
    ) -> Answer<'a, Option<WebhookState>>;

    /// Changes a webhook. Enabled, what waits is sent at once.
    fn change<'a>(
        &'a self,
        id: WebhookId,
        changes: &'a Changes,
        request: Request<'a>,
    ) -> Answer<'a, Changed<Webhook>>;

    /// Gives a webhook another secret. The present one signs as well for a day, the one before it no more.
    fn rotate<'a>(
        &'a self,
        id: WebhookId,
        secret: &'a [u8],
        request: Request<'a>,
    ) -> Answer<'a, Changed<Webhook>>;

    /// Delivers everything after this cursor of the feed, once more if it was delivered before. What waits is dropped.
    fn replay<'a>(
        &'a self,
        id: WebhookId,
        cursor: &'a str,
        request: Request<'a>,
    ) -> Answer<'a, Changed<Webhook>>;

    /// Deletes a webhook with all that waits and is set aside; `false`: there was none.
    fn delete<'a>(&'a self, id: WebhookId, request: Request<'a>) -> Answer<'a, bool>;

    /// Returns events that were set aside, newest first: those below this number, at most so many.
    fn set_aside(&self, id: WebhookId, below: Option<i64>, max: i64) -> Answer<'_, Vec<SetAside>>;

    /// Has an event that was set aside sent again.
    fn send_again<'a>(
        &'a self,
        id: WebhookId,
        number: i64,
        request: Request<'a>,
    ) -> Answer<'a, Changed<SetAside>>;
}
