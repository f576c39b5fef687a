//! What a run gives: counts and response times.

use std::time::Duration;

use crate::Nanos;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Operations that clients sent and received the answer of, warming up and draining included.
    pub sent: u64,
    pub answered: u64,
    /// Operations that were written, each once; rows of the ledger.
    pub written: u64,
    pub rows: u64,
    /// What is left anywhere when every client has stopped.
    pub left: usize,
    /// Operations a second and their response times, while it was measured.
    pub throughput: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Group commits, two-phase commits among them, and their operations on average.
    pub groups: u64,
    pub two_phase: u64,
    pub operations_a_group: f64,
    /// Write sets that missed, as another engine had written the wallet.
    pub misses: u64,
    /// How busy the busiest were, from 0 to 1.
    pub engine_busy: f64,
    pub node_busy: f64,
    pub coordinator_busy: f64,
}

/// Response times, as measured.
#[derive(Debug, Default)]
pub struct Times(Vec<Nanos>);

impl Times {
    pub fn add(&mut self, time: Nanos) {
        self.0.push(time);
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that this share of the operations did not exceed.
    pub fn quantile(&mut self, share: f64) -> Duration {
        if self.0.is_empty() {
            return Duration::ZERO;
        }
        let at = (self.0.len() as f64 * share).ceil() as usize;
        let at = at.clamp(1, self.0.len()) - 1;
        Duration::from_nanos(*self.0.select_nth_unstable(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_time_that_was_measured() {
        let mut times = Times::default();
        for time in 1..=100 {
            times.add(time);
        }
        assert_eq!(times.quantile(0.99), Duration::from_nanos(99));
        assert_eq!(times.quantile(0.5), Duration::from_nanos(50));
        assert_eq!(times.quantile(1.0), Duration::from_nanos(100));
        assert_eq!(Times::default().quantile(0.5), Duration::ZERO);
    }
}
