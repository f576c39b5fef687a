//! Wallets over the nodes of a Citus cluster: the command that distributes them, migrations, and an engine that serves them.
//!
//! The cluster is given by `WALLET_TEST_CITUS_URL`: the address of a database of its coordinator, as a superuser who logs in to every node
//! alike, and to which other nodes were added. Without it each test passes without having run, which is said once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

#[allow(
    dead_code,
    reason = "what a browser of the panel's own tests can do besides"
)]
#[path = "../admin/admin.rs"]
mod admin;
mod at_once;
mod catalogue;
mod command;
mod feed;
mod load;
mod migrations;
mod moves;
mod outages;
mod panel;
mod refusals;
mod rows;
mod served;
mod statements;

use testkit::{app, postgres};
