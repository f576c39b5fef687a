//! Webhooks: events that are delivered, signed, to other systems, as Standard Webhooks 1.0 has it.
//!
//! `webhook` has what one is, and `store` where they are, for whoever makes and changes them (`management`); `request` is what
//! an idempotency key stands for; `destination` what a URL may be, and `guard` which addresses are connected
//! to; `secret` and `signature` are how receivers know who sends; `sender` makes one attempt, on a connection by `dial`, of which
//! `outcome` is what it came to.

mod destination;
mod dial;
mod guard;
mod management;
mod outcome;
mod request;
mod secret;
mod sender;
mod signature;
mod store;
mod webhook;

pub use destination::{Destination, DestinationFault, URL_CHARS_MAX};
pub use guard::Guard;
pub use management::Webhooks;
pub use outcome::{Failure, Outcome};
pub use request::request_hash;
pub use secret::{NoSecret, SECRET_PREFIX, WebhookSecret};
pub use sender::{Message, NoTls, Sender};
pub use signature::signatures;
pub use store::{Cause, Changed, Request, Store, StoreError, WebhookReach};
pub use webhook::{
    Changes, NewWebhook, Progress, SetAside, WEBHOOKS_MAX, Webhook, WebhookId, WebhookState,
};
