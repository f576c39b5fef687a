//! Webhooks: what is delivered where, and what is not delivered yet.

use std::fmt;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Principal, WalletId};

/// The webhooks that there can be.
pub const WEBHOOKS_MAX: usize = 100;

/// A webhook's address in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookId(pub Uuid);

impl WebhookId {
    /// Reads the one form of an id: hyphenated, in either letter case, as a wallet's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        WalletId::parse(text).map(|id| Self(id.0))
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A webhook as it was made and changed. Its secrets are elsewhere: nothing that lists webhooks reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    /// `None`: every type.
    pub types: Option<Vec<String>>,
    /// `None`: every wallet.
    pub wallet: Option<WalletId>,
    /// Nothing is sent while it is not.
    pub is_enabled: bool,
    /// When it was created, enabled or replayed last.
    pub since: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    /// Until when the secret before the present one signs as well.
    pub old_secret_until: Option<OffsetDateTime>,
    /// Who made it, if that is known.
    pub actor: Option<Principal>,
    /// Rises with every change.
    pub version: i64,
}

/// How far a webhook's deliveries are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The feed's cursor, up to which every event is delivered, waits or is set aside.
    pub cursor: String,
    pub last_success_at: Option<OffsetDateTime>,
    pub last_failure_at: Option<OffsetDateTime>,
    pub last_failure: Option<String>,
    /// Wallets whose next event could not be delivered yet.
    pub waiting: i64,
    /// Events that were given up.
    pub set_aside: i64,
}

/// A webhook with its progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookState {
    pub webhook: Webhook,
    pub progress: Progress,
}

/// A webhook to be made.
#[derive(Debug)]
pub struct NewWebhook<'a> {
    pub url: &'a str,
    /// `None`: every type.
    pub types: Option<&'a [String]>,
    /// `None`: every wallet.
    pub wallet: Option<WalletId>,
    pub is_enabled: bool,
    pub secret: &'a [u8],
    /// The feed's cursor to begin after.
    pub cursor: &'a str,
}

/// What is to be changed of a webhook; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub url: Option<String>,
    /// `Some(None)`: every type from now on.
    pub types: Option<Option<Vec<String>>>,
    pub is_enabled: Option<bool>,
}

/// An event that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Its number at its webhook.
    pub id: i64,
    /// The event's place in the feed.
    pub cursor: String,
    /// The event's type.
    pub kind: String,
    /// With `seq` the row of the ledger; `None`: an event that is of no wallet.
    pub wallet: Option<WalletId>,
    pub seq: Option<i64>,
    pub set_aside_at: OffsetDateTime,
    pub attempts: i32,
    /// The status of the last answer, if there was one.
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
    /// It is to be sent again.
    pub send_requested_at: Option<OffsetDateTime>,
}
