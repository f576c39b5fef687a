//! What the database promises, checked on a real PostgreSQL: how the schema comes to be, and what an engine does with rows
//! and tables that are not as it left them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod access;
mod access_plans;
mod audits;
mod catalogue;
mod clock;
mod closing;
mod emails;
mod feed_migrated;
mod hold_audits;
mod hold_plans;
mod import_plans;
mod kinds;
mod migrations;
mod old_databases;
mod places;
mod plans;
mod promises;
mod shard_hash;
mod transfer_audits;
mod unreadable;
mod verify;
mod webhook_plans;

use testkit::{app, plan, postgres};
