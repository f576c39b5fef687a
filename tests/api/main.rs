//! Stories told to the whole application through HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod app;
mod broken_http;
mod charsets;
mod clients;
mod conformance;
mod database;
mod documentation;
mod documented;
mod garbage;
mod history;
mod idempotency;
mod keyed_commit;
mod metrics;
mod outages;
mod overload;
mod plan;
mod postgres;
mod random_requests;
mod raw_http;
mod registration;
mod registration_keys;
#[path = "../conformance/mod.rs"]
mod replay;
mod slow_clients;
mod tls;
mod two_engines;
mod upgrade;
mod wallets;
