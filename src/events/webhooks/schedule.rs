//! When a delivery that failed is attempted again, and when no more.

use std::time::Duration;

use uuid::Uuid;

/// The pause after the first failure; each one after it is twice as long.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(4 * 60 * 60);
/// An event is attempted until it is this old.
pub const AGE_MAX: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Returns the pause after so many failures in a row.
///
/// It is up to a fifth shorter or longer, so that wallets that failed together, as their receiver was away, do not come back
/// together. It is at least what the receiver asked for.
pub(super) fn pause(failures: u32, retry_after: Option<Duration>, random: Random) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let pause = PAUSE_FIRST.saturating_mul(1 << doublings).min(PAUSE_MAX);
    let varied = pause.mul_f64(0.8 + 0.4 * random.0);
    varied.max(retry_after.unwrap_or_default())
}

/// A number from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Random(f64);

impl Random {
    pub fn new() -> Self {
        // A random UUID's last bits are random.
        let bits = u16::try_from(Uuid::new_v4().as_u128() & 0xffff).unwrap_or_default();
        Self(f64::from(bits) / f64::from(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_a_second_to_hours() {
        let pauses = (1..=17).map(|failures| pause(failures, None, Random(0.5)).as_secs());
        let expected = [
            1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 14_400, 14_400,
            14_400,
        ];
        assert_eq!(pauses.collect::<Vec<_>>(), expected);
        assert_eq!(pause(u32::MAX, None, Random(0.5)).as_secs(), 14_400);
    }

    #[test]
    fn pauses_vary_by_a_fifth() {
        assert_eq!(pause(1, None, Random(0.0)).as_millis(), 800);
        assert_eq!(pause(1, None, Random(1.0)).as_millis(), 1_200);
        let drawn: Vec<_> = (0..64).map(|_| pause(10, None, Random::new())).collect();
        assert!(drawn.iter().any(|pause| *pause != drawn[0]));
    }

    #[test]
    fn a_pause_is_at_least_what_the_receiver_asks_for() {
        let asked = Some(Duration::from_secs(60));
        assert_eq!(pause(1, asked, Random(0.5)).as_secs(), 60);
        assert_eq!(pause(9, asked, Random(0.5)).as_secs(), 256);
    }
}
