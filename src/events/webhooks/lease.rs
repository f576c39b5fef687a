//! The right to deliver for a webhook, as an engine has it.
//!
//! A lease is a row's columns, by the database's clock. An engine counts from when it asked, by a clock of its own that nobody sets: so
//! it takes its lease to end a little before it does, whatever the clocks of both say.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use super::deliveries::Leased;

/// How long a lease lasts after each renewal.
pub const LEASE_LASTS: Duration = Duration::from_secs(6);
/// How often leases are renewed, and free ones taken: after an engine's death, another one delivers within the sum of both.
pub const RENEW_EVERY: Duration = Duration::from_secs(2);

/// A webhook as of the last renewal of its lease.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub leased: Arc<Leased>,
    /// When it was asked for.
    pub asked: Instant,
}

impl Lease {
    /// When this engine has to have stopped.
    pub fn until(&self) -> Instant {
        self.asked + LEASE_LASTS
    }

    /// The time by the database's clock.
    pub fn now(&self) -> OffsetDateTime {
        self.leased.now + self.asked.elapsed()
    }
}
