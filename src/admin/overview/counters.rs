//! The counters of an engine at one time, as they are sampled, stored for the other engines, and compared.
//!
//! The difference of two samples is what happened between them. After a time without samples (the process was stopped, the
//! machine slept, the database was away) there is a gap, as the difference says nothing about the rate at a time.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::telemetry::metrics::Distribution;

/// There is a gap between samples that are further apart.
pub const GAP: Duration = Duration::from_secs(15);

/// What was counted since the engine's start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Seconds since the start, by the engine's own clock: between two samples nothing else is as exact.
    pub running_s: f64,
    pub committed: u64,
    pub refused: u64,
    /// Durations of operations' requests.
    pub request_seconds: Distribution,
    pub group_operations: Distribution,
}

/// Counters and their time.
#[derive(Clone, Debug)]
pub struct Sample {
    pub at: OffsetDateTime,
    pub counters: Counters,
}

/// The time between two consecutive samples of one engine.
#[derive(Clone, Copy)]
pub struct Interval<'a> {
    from: &'a Sample,
    to: &'a Sample,
}

impl<'a> Interval<'a> {
    /// The interval of two samples; `None` if it is a gap.
    pub fn of(from: &'a Sample, to: &'a Sample) -> Option<Self> {
        let interval = Self { from, to };
        (0.1..=GAP.as_secs_f64())
            .contains(&interval.length_s())
            .then_some(interval)
    }

    /// Returns the newest interval.
    pub fn newest(samples: &'a [Sample]) -> Option<Self> {
        match samples {
            [.., from, to] => Self::of(from, to),
            _ => None,
        }
    }

    /// Returns the interval that a time is in.
    pub fn around(samples: &'a [Sample], at: OffsetDateTime) -> Option<Self> {
        let end = samples.partition_point(|sample| sample.at < at);
        Self::of(samples.get(end.checked_sub(1)?)?, samples.get(end)?)
    }

    /// Returns the rate of a counter per second.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a chart does not show so small a difference"
    )]
    pub fn rate(&self, counted: impl Fn(&Counters) -> u64) -> Option<f64> {
        // A counter that went back was reset, and the events before are not known.
        let times = counted(&self.to.counters).checked_sub(counted(&self.from.counters))?;
        Some(times as f64 / self.length_s())
    }

    /// Returns the observations of a distribution within the interval.
    pub fn observed(&self, distribution: impl Fn(&Counters) -> &Distribution) -> Distribution {
        distribution(&self.to.counters).since(distribution(&self.from.counters))
    }

    fn length_s(&self) -> f64 {
        self.to.counters.running_s - self.from.counters.running_s
    }
}

#[cfg(test)]
mod tests {
    use prometheus::{Histogram, HistogramOpts};

    use super::*;

    /// A sample at that second, after so many operations.
    fn sample(second: u32, committed: u64) -> Sample {
        Sample {
            at: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second.into()),
            counters: Counters {
                running_s: second.into(),
                committed,
                ..Counters::default()
            },
        }
    }

    fn rates(samples: &[Sample]) -> Vec<Option<f64>> {
        let rate =
            |pair: &[Sample]| Interval::of(&pair[0], &pair[1])?.rate(|counters| counters.committed);
        samples.windows(2).map(rate).collect()
    }

    #[test]
    fn a_rate_is_of_the_time_that_passed() {
        let samples = [sample(0, 0), sample(5, 50), sample(12, 120)];
        assert_eq!(rates(&samples), [Some(10.0), Some(10.0)]);
        assert_eq!(rates(&[sample(0, 7), sample(5, 7)]), [Some(0.0)]);
        assert!(Interval::newest(&samples[..1]).is_none());
    }

    #[test]
    fn a_reset_counter_and_a_pause_are_gaps() {
        let samples = [
            sample(0, 100),
            sample(5, 10),
            sample(10, 20),
            sample(100, 900),
            sample(105, 905),
        ];
        assert_eq!(rates(&samples), [None, Some(2.0), None, Some(1.0)]);
        assert_eq!(
            rates(&[sample(5, 0), sample(5, 9), sample(0, 9)]),
            [None, None]
        );
    }

    #[test]
    fn a_time_is_in_the_interval_that_ends_at_it_or_after() {
        let samples = [sample(0, 0), sample(5, 50), sample(10, 60)];
        let at = |second: u32| {
            let interval = Interval::around(&samples, sample(second, 0).at)?;
            interval.rate(|counters| counters.committed)
        };
        assert_eq!(
            [0, 1, 5, 6, 10, 11].map(at),
            [None, Some(10.0), Some(10.0), Some(2.0), Some(2.0), None]
        );
    }

    #[test]
    fn an_idle_engine_has_no_latency() {
        let histogram = Histogram::with_opts(HistogramOpts::new("seconds", "Seconds")).unwrap();
        let at = |second| {
            let mut sample = sample(second, 0);
            sample.counters.request_seconds = Distribution::of(&histogram, |_| true);
            sample
        };
        let before = at(0);
        histogram.observe(0.5);
        let samples = [before, at(5), at(10)];
        let mean = |pair: &[Sample]| {
            let interval = Interval::of(&pair[0], &pair[1]).unwrap();
            interval
                .observed(|counters| &counters.request_seconds)
                .mean()
        };
        let means: Vec<_> = samples.windows(2).map(mean).collect();
        assert_eq!(means, [Some(0.5), None]);
    }
}
