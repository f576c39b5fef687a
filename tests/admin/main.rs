//! Stories told to the admin panel through HTTP, as a browser would, and as an attacker would.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod adjustment_keys;
mod adjustments;
mod admin;
#[allow(dead_code, reason = "shared with the tests of the API")]
#[path = "../api/app.rs"]
mod app;
mod attacks;
mod audit;
mod kinds;
mod origins;
mod overview;
mod overview_totals;
mod pages;
#[path = "../api/plan.rs"]
mod plan;
#[allow(dead_code, reason = "shared with the tests of the API")]
#[path = "../api/postgres.rs"]
mod postgres;
mod scans;
mod sign_in;
mod users;
mod wallet_export;
mod wallet_plans;
mod wallets;
