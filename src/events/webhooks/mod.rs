//! Webhooks: events that are delivered, signed, to other systems, as Standard Webhooks 1.0 has it.
//!
//! `webhook` has what one is, and `store` where they are, for whoever makes and changes them (`management`); `request` is what
//! an idempotency key stands for; `destination` what a URL may be, and `guard` which addresses are connected
//! to; `secret` and `signature` are how receivers know who sends; `sender` makes one attempt, on a connection by `dial`, of which
//! `outcome` is what it came to.
//!
//! `deliverer` is what an engine runs: a `worker` for each webhook that it has the `lease` of. `backlog` decides what a worker sends
//! next, by a `lane` a wallet and `slots` of what was read; `verdict` and
//! `schedule` when what failed is sent again. `message` is an event as it is sent; `attempt` sends it,
//! `again` what was given up. `deliveries` is where leases and progress are, `shared` what workers share, `metrics` what operators see.

mod again;
mod attempt;
mod backlog;
mod deliverer;
mod deliveries;
mod destination;
mod dial;
mod guard;
mod lane;
mod lease;
mod management;
mod message;
mod metrics;
mod outcome;
mod request;
mod schedule;
mod secret;
mod sender;
mod shared;
mod signature;
mod slots;
mod store;
mod verdict;
mod webhook;
mod worker;

pub use deliverer::Deliverer;
pub use deliveries::{
    Again, Deliveries, GivenUp, Leased, Record, Recording, SET_ASIDE_MAX, Waiting,
};
pub use destination::{Destination, DestinationFault, URL_CHARS_MAX};
pub use guard::Guard;
pub use management::Webhooks;
pub use message::{BODY_MAX_BYTES, Render};
pub use outcome::{Failure, Outcome, Reason};
pub use request::request_hash;
pub use secret::{NoSecret, SECRET_PREFIX, WebhookSecret};
pub use sender::{Message, Sender};
pub use signature::signatures;
pub use store::{Cause, Changed, Request, Store, StoreError, WebhookReach};
pub use webhook::{
    Changes, NewWebhook, Progress, SetAside, WEBHOOKS_MAX, Webhook, WebhookId, WebhookState,
};
