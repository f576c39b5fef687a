//! Clients and proxies that repeat requests by themselves, or do not, as `docs/clients.md` says: the real programs, sent to
//! real engines through a proxy that loses responses. What was booked is what the ledger has.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

#[allow(dead_code, reason = "shared with the tests of the API")]
#[path = "../api/app.rs"]
mod app;
mod bank;
mod curl;
mod faults;
mod java;
mod nginx;
#[allow(dead_code, reason = "shared with the tests of the API")]
#[path = "../api/postgres.rs"]
mod postgres;
mod programs;
mod python;
mod stainless;
mod stripe;
