//! Clients and proxies that repeat requests by themselves, or do not, as `docs/clients.md` says: the real programs, sent to
//! real engines through a proxy that loses responses. What was booked is what the ledger has. And libraries that check deliveries.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod bank;
mod curl;
mod faults;
mod java;
mod keys;
mod nginx;
mod programs;
mod python;
mod stainless;
mod stripe;
mod webhooks;

use testkit::{app, postgres};
