//! The real binary beside real database servers that fail over, stand behind a pooler, are short of room or in other
//! trouble: each story proves one sentence about what clients and operators see.
//!
//! `app` is an engine in a process of its own,
//! `pgbouncer` a pooler, and `ledger` what a database holds in the end. Every other file tells stories of one kind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test needs and cannot have fails the test"
)]

mod addresses;
mod app;
mod disk;
mod ended_waits;
mod events;
mod holds;
mod ledger;
mod limits;
mod lost;
mod pgbouncer;
mod poolers;
mod readiness;
mod registrations;
mod sessions;
mod standby_asked;
mod standby_away;
mod standby_promoted;
mod transfers;

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two checks of a condition.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits for a condition.
async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    until_within(PATIENCE, what, condition).await;
}

async fn until_within<F: Future<Output = bool>>(
    limit: Duration,
    what: &str,
    condition: impl Fn() -> F,
) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < limit, "waited in vain until {what}");
        sleep(PAUSE).await;
    }
}

/// Fails loudly instead of hanging.
async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let done = timeout(PATIENCE, future).await;
    done.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}
