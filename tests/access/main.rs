//! Keys and tokens over several engines, and while their database fails: what is revoked ends everywhere within a second, and
//! what is known goes on for as long as the settings say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod engines;
mod limits;
mod outages;
mod revoked;

use testkit::{app, postgres, servers};
