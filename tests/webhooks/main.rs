//! Deliveries of webhooks: the whole application, a real PostgreSQL, and receivers that behave as receivers do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod changes;
mod delivery;
mod engines;
mod given_up;
mod guarded;
mod hook;
mod https;
mod misbehaving;
mod order;
mod process;
mod receiver;
