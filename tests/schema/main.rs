//! What the database promises, checked on a real PostgreSQL: how the schema comes to be, and what an engine does with rows
//! and tables that are not as it left them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

#[allow(dead_code, reason = "shared with the tests of the API")]
#[path = "../api/app.rs"]
mod app;
mod audits;
mod catalogue;
mod clock;
mod closing;
mod emails;
mod kinds;
mod migrations;
mod old_databases;
mod places;
#[path = "../api/plan.rs"]
mod plan;
mod plans;
#[allow(dead_code, reason = "shared with the tests of the API")]
#[path = "../api/postgres.rs"]
mod postgres;
mod promises;
mod unreadable;
mod verify;
