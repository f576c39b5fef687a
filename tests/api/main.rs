//! Stories told to the whole application through HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod access;
mod balance;
mod batches;
mod broken_http;
mod charsets;
mod clients;
mod conformance;
mod contended;
mod cors;
mod database;
mod documentation;
mod documented;
mod events;
mod garbage;
mod history;
mod holds;
mod idempotency;
mod keyed_commit;
mod linked;
mod metrics;
mod outages;
mod overload;
mod random_requests;
mod registered;
mod registration;
mod registration_keys;
mod reversals;
mod row_places;
mod rules;
mod slow_clients;
mod tls;
mod transfers;
mod two_engines;
mod upgrade;
mod wallets;
mod webhooks;

use testkit::{app, plan, postgres, raw_http, replay};
