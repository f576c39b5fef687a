//! A moment as a number, which fits into an atomic of four bytes: every wallet in memory has one.

use std::time::Duration;

use tokio::time::Instant;

/// Counts milliseconds from when it was made, and begins again after 49 days. What is compared is younger than half of that:
/// an unused wallet leaves memory within a day or so (`WALLET_IDLE_S`).
pub(super) struct Clock(Instant);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    #[expect(clippy::cast_possible_truncation, reason = "it begins again")]
    pub fn now_ms(&self) -> u32 {
        let now = self.0.elapsed();
        (now.as_secs() as u32)
            .wrapping_mul(1_000)
            .wrapping_add(now.subsec_millis())
    }

    /// Returns how long ago a moment of this clock was.
    pub fn since(&self, at_ms: u32) -> Duration {
        Duration::from_millis(passed_ms(at_ms, self.now_ms()).into())
    }
}

/// Returns the milliseconds from one moment to another; none, if another thread has read the clock later.
pub(super) fn passed_ms(from: u32, to: u32) -> u32 {
    let passed = to.wrapping_sub(from);
    if passed > u32::MAX / 2 { 0 } else { passed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_between_two_moments_is_right_across_the_clock_s_end() {
        assert_eq!(passed_ms(5, 12), 7);
        assert_eq!(passed_ms(u32::MAX - 2, 4), 7);
        assert_eq!(passed_ms(12, 5), 0, "read by another thread meanwhile");
        assert_eq!(passed_ms(4, u32::MAX - 2), 0);
    }
}
