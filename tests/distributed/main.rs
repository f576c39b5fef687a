//! Wallets over the nodes of a Citus cluster: the command that distributes them, migrations, and an engine that serves them.
//!
//! The cluster is given by `WALLET_TEST_CITUS_URL`: the address of a database of its coordinator, as a superuser who logs in to every node
//! alike, and to which other nodes were added. Without it each test passes without having run, which is said once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod at_once;
mod catalogue;
mod command;
mod feed;
mod load;
mod migrations;
mod moves;
mod outages;
mod refusals;
mod rows;
mod served;
