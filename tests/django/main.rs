//! The import from Django, of the real service's database: as it goes on the day of the move, and as it fails.
//!
//! * `move_day` is the whole day with the real service: its API, its commands, its hashes.
//! * The others make rows in the service's tables themselves (`source.rs`), run the program (`command.rs`), and compare both
//!   databases (`target.rs`).
//!
//! `make django` installs the service's packages, and runs these.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod changes;
mod command;
mod concurrent;
mod finals;
mod killed;
mod mapping;
mod misfits;
mod move_day;
mod servers;
mod source;
mod target;
