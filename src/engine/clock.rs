//! A moment as a number, which fits into an atomic.

use std::time::Duration;

use tokio::time::Instant;

/// Counts milliseconds from when it was made.
pub(super) struct Clock(Instant);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn now_ms(&self) -> u64 {
        let now = self.0.elapsed();
        // It overflows after 500 million years.
        now.as_secs() * 1_000 + u64::from(now.subsec_millis())
    }

    /// Returns how long ago a moment of this clock was.
    pub fn since(&self, at_ms: u64) -> Duration {
        (self.0 + Duration::from_millis(at_ms)).elapsed()
    }
}
