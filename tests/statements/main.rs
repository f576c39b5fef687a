//! Statements: as others read them, as they follow one another, and as they fail.
//!
//! `make statement-readers` installs the programs and libraries that read them here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod bounds;
mod bytes;
mod chain;
mod endpoint;
mod files;
mod happenings;
mod journals;
mod readers;
mod slow_clients;

use testkit::{app, postgres, random};
